"""Refusals of the resources slice."""

from sekisho.kernel.errors import DomainError, EntityIdNotFound, ErrorKind


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
