"""What can go wrong in the domain, without a word of HTTP.

A slice raises a subclass of `DomainError` that carries the stable public `code`; each surface maps it once
(`sekisho.http.errors`). OAuth errors are another family: `sekisho.oidc.errors`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar


class ErrorKind(StrEnum):
    """What sort of refusal an error is; a surface turns it into a status."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    UNPROCESSABLE = "unprocessable"
    TOO_MANY = "too_many"
    NOT_IMPLEMENTED = "not_implemented"
    UNAVAILABLE = "unavailable"


class DomainError(Exception):
    """A refusal with a public code; `values` fill the placeholders of its message, `data` goes to the caller."""

    code: ClassVar[str]
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID

    def __init__(self, *, data: object = None, details: str | None = None, **values: object) -> None:
        super().__init__(self.code)
        self.data = data
        self.details = details
        self.values: Mapping[str, object] = values


class EntityNotFound(DomainError):
    """There is no such row (or none that this caller may see)."""

    code = "entity.not_found"
    kind = ErrorKind.NOT_FOUND


class EntityIdNotFound(DomainError):
    """There is no row with this id. Values: `name` (plural noun), `id`."""

    code = "entity.not_exists_with_id"
    kind = ErrorKind.NOT_FOUND


class InvalidRelation(DomainError):
    """A row names another one that does not exist."""

    code = "entity.relation_foreign_key_not_found"
    kind = ErrorKind.NOT_FOUND


class Outdated(Exception):
    """What was to be changed is no longer as it was read: nothing of it was written."""


class NothingToUpdate(DomainError):
    """An update without one effective field."""

    code = "entity.invalid_input"
    kind = ErrorKind.UNPROCESSABLE


class ValueTooLong(DomainError):
    """A text is longer than its column."""

    code = "entity.value_too_long"
    kind = ErrorKind.UNPROCESSABLE


class ConstraintViolated(DomainError):
    """A rule of the data model forbids this combination."""

    code = "entity.db_constraint_violated"
    kind = ErrorKind.UNPROCESSABLE


class Forbidden(DomainError):
    code = "auth.forbidden"
    kind = ErrorKind.FORBIDDEN


class InvalidInput(DomainError):
    """The request contradicts itself or a rule. `details` is the reason, and part of the message."""

    code = "request.invalid_input"

    def __init__(self, *, details: str, data: object = None) -> None:
        super().__init__(data=data)
        self.values = {"details": details}


class DatabaseUnavailable(Exception):
    """The database cannot be reached; surfaces answer 503 with Retry-After, never a refusal that ends a session."""
