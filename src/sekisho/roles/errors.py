"""Refusals of the roles slice."""

from collections.abc import Iterable

from sekisho.kernel.errors import DomainError, EntityIdNotFound, EntityNotFound, ErrorKind


class RoleNotFound(EntityNotFound):
    """There is no role of this name."""


class RoleNameInUse(DomainError):
    """Values: `name`."""

    code = "role.name_in_use"
    kind = ErrorKind.UNPROCESSABLE


class InvalidUserRole(DomainError):
    """A machine-to-machine role was to be given to a user."""

    code = "user.invalid_role_type"
    kind = ErrorKind.UNPROCESSABLE


class InvalidApplicationRole(DomainError):
    """A user role was to be given to an application."""

    code = "application.invalid_role_type"
    kind = ErrorKind.UNPROCESSABLE


class DefaultRoleMissing(DomainError):
    """A role that the installation wants every new user to have does not exist. Values: `role_names`."""

    code = "role.default_role_missing"

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(role_names=", ".join(names))


class InternalRoleMissing(DomainError):
    """The seeded internal role is gone: the installation is broken, not the request. Values: `name`."""

    code = "entity.not_exists"
    kind = ErrorKind.NOT_FOUND


class RoleIdNotFound(EntityIdNotFound):
    """There is no role with this id."""

    def __init__(self, role_id: str) -> None:
        super().__init__(name="roles", id=role_id)


class RoleNotHeld(EntityNotFound):
    """Nobody of this id holds the role."""


class ScopeNotGiven(EntityNotFound):
    """The role does not have this scope."""


class ScopeGivenAlready(DomainError):
    """The role has one of the scopes already. Values: `scope_id`."""

    code = "role.scope_exists"
    kind = ErrorKind.UNPROCESSABLE


class UserHasRole(DomainError):
    """One of the users has the role already. Values: `user_id`."""

    code = "role.user_exists"
    kind = ErrorKind.UNPROCESSABLE


class ApplicationHasRole(DomainError):
    """One of the applications has the role already. Values: `application_id`."""

    code = "role.application_exists"
    kind = ErrorKind.UNPROCESSABLE


class ManagementApiForUsers(DomainError):
    """A role of users was to open the Management API."""

    code = "role.management_api_scopes_not_assignable_to_user_role"


class InternalRoleUnchangeable(DomainError):
    """Roles of the product itself are not the tenant's to make or to change."""

    code = "role.internal_role_violation"
    kind = ErrorKind.FORBIDDEN


class MachinesOnly(DomainError):
    """The application is none that acts for itself, so it has no roles."""

    code = "application.invalid_type"
    kind = ErrorKind.UNPROCESSABLE
