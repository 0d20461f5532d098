"""Requests without the declared shape: Pydantic's errors become the wire's refusal (management-api.md §3.2)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sekisho.kernel.errors import DomainError
from sekisho.kernel.issues import Issue, details_of, document_of, issues_of

_PARTS = {"query": "query", "path": "params", "body": "body"}


class GuardInvalidInput(DomainError):
    """A part of the request does not have the declared shape. Values: `type` (body, query, params)."""

    code = "guard.invalid_input"

    def __init__(self, *, part: str, issues: Sequence[Issue]) -> None:
        super().__init__(data=document_of(issues), details=details_of(issues), type=part)


def from_errors(errors: Sequence[Mapping[str, Any]], *, shape: Any = None) -> GuardInvalidInput:
    """Return the refusal for Pydantic's `errors()`; `shape` is the type the body should have had."""
    part = _part(errors[0])
    inside = [{**error, "loc": tuple(error["loc"][1:])} for error in errors if _part(error) == part]
    return GuardInvalidInput(part=part, issues=issues_of(inside, shape=shape))


def _part(error: Mapping[str, Any]) -> str:
    return _PARTS.get(str(error["loc"][0]), "body")
