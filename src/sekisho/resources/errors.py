"""Refusals of the resources slice."""

from sekisho.kernel.errors import DomainError, EntityIdNotFound, EntityNotFound, ErrorKind


class ResourceNotFound(EntityIdNotFound):
    """There is no such resource."""

    def __init__(self, resource_id: str) -> None:
        super().__init__(name="resources", id=resource_id)


class IndicatorInUse(DomainError):
    """Values: `indicator`."""

    code = "resource.resource_identifier_in_use"
    kind = ErrorKind.UNPROCESSABLE


class ScopeNameInUse(DomainError):
    """Values: `name`."""

    code = "scope.name_exists"
    kind = ErrorKind.UNPROCESSABLE


class ScopeIdNotFound(EntityIdNotFound):
    """There is no scope with this id."""

    def __init__(self, scope_id: str) -> None:
        super().__init__(name="scopes", id=scope_id)


class ScopeToChangeNotFound(DomainError):
    """The resource has no such scope."""

    code = "entity.not_exists"
    kind = ErrorKind.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(name="scopes")


class ScopeToDeleteNotFound(EntityNotFound):
    """The resource has no such scope."""


class ScopeNameWithSpace(DomainError):
    """The names of scopes are separated by spaces wherever they are listed."""

    code = "scope.name_with_space"


class ManagementApiUnchangeable(DomainError):
    """The product itself stands on its Management API."""

    code = "resource.cannot_modify_management_api"


class ManagementApiUndeletable(DomainError):
    code = "resource.cannot_delete_management_api"
