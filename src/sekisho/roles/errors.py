"""Refusals of the roles slice."""

from collections.abc import Iterable

from sekisho.kernel.errors import DomainError, EntityNotFound, ErrorKind


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
