"""The one place where a domain error becomes HTTP: status, and the JSON body every API answers with."""

from typing import Any

from sekisho.i18n.translator import Translator
from sekisho.kernel.errors import DomainError, ErrorKind

STATUS: dict[ErrorKind, int] = {
    ErrorKind.INVALID: 400,
    ErrorKind.UNAUTHENTICATED: 401,
    ErrorKind.FORBIDDEN: 403,
    ErrorKind.NOT_FOUND: 404,
    ErrorKind.CONFLICT: 409,
    ErrorKind.UNPROCESSABLE: 422,
    ErrorKind.TOO_MANY: 429,
    ErrorKind.NOT_IMPLEMENTED: 501,
    ErrorKind.UNAVAILABLE: 503,
}

RETRY_AFTER_SECONDS = 5


def status_of(error: DomainError) -> int:
    return STATUS[error.kind]


def error_body(error: DomainError, translate: Translator) -> dict[str, Any]:
    """Return `{code, message, data?, details?}`; only the message is localised (management-api.md §3.1)."""
    body: dict[str, Any] = {"code": error.code, "message": translate.error(error.code, **error.values)}
    if error.data is not None:
        body["data"] = error.data
    if error.details is not None:
        body["details"] = error.details
    return body
