"""What can go wrong in a connector: a refusal with a code a caller may see (connectors.md §4.4), or a failure."""

import json
from collections.abc import Mapping
from enum import StrEnum

from sekisho.kernel.errors import DomainError, ErrorKind


class ErrorCode(StrEnum):
    """Why a connector gave up; the wire says `connector.<value>`."""

    GENERAL = "general"
    INVALID_METADATA = "invalid_metadata"
    UNEXPECTED_TYPE = "unexpected_type"
    INVALID_CONFIG_GUARD = "invalid_config_guard"
    INVALID_REQUEST_PARAMETERS = "invalid_request_parameters"
    INSUFFICIENT_REQUEST_PARAMETERS = "insufficient_request_parameters"
    INVALID_CONFIG = "invalid_config"
    INVALID_CERTIFICATE = "invalid_certificate"
    INVALID_RESPONSE = "invalid_response"
    TEMPLATE_NOT_FOUND = "template_not_found"
    TEMPLATE_NOT_SUPPORTED = "template_not_supported"
    RATE_LIMIT_EXCEEDED = "rate_limit_exceeded"
    USAGE_LIMIT_EXCEEDED = "usage_limit_exceeded"
    NOT_IMPLEMENTED = "not_implemented"
    AUTH_CODE_INVALID = "social_auth_code_invalid"
    ACCESS_TOKEN_INVALID = "social_invalid_access_token"  # noqa: S105 — a code
    ID_TOKEN_INVALID = "social_invalid_id_token"  # noqa: S105 — the same
    AUTHORIZATION_FAILED = "authorization_failed"


_KINDS: Mapping[ErrorCode, ErrorKind] = {
    ErrorCode.RATE_LIMIT_EXCEEDED: ErrorKind.TOO_MANY,
    ErrorCode.USAGE_LIMIT_EXCEEDED: ErrorKind.TOO_MANY,
    ErrorCode.NOT_IMPLEMENTED: ErrorKind.NOT_IMPLEMENTED,
    ErrorCode.AUTH_CODE_INVALID: ErrorKind.UNAUTHENTICATED,
    ErrorCode.ACCESS_TOKEN_INVALID: ErrorKind.UNAUTHENTICATED,
    ErrorCode.ID_TOKEN_INVALID: ErrorKind.UNAUTHENTICATED,
    ErrorCode.AUTHORIZATION_FAILED: ErrorKind.UNAUTHENTICATED,
}


class ConnectorError(DomainError):
    """A connector gave up. `data` goes to the caller: JSON values, of which a text becomes `{"message": text}`."""

    def __init__(self, error: ErrorCode, data: object = None, *, details: str | None = None) -> None:
        self.error = error
        self.code = f"connector.{error}"  # type: ignore[misc] # one class, one code per reason
        self.kind = _KINDS.get(error, ErrorKind.INVALID)  # type: ignore[misc] # the same
        super().__init__(data={"message": data} if isinstance(data, str) else data, details=details)
        self.values = {"errorDescription": _description(self.data)}


class ProviderFailed(Exception):
    """The other side broke down, or said what cannot be understood: no fault of the caller's, so an API answers 500.

    The text is for the log.
    """


def _description(data: object) -> str:
    """Return what the message of a general error says."""
    if isinstance(data, Mapping) and isinstance(told := data.get("errorDescription"), str):
        return told
    return "" if data is None else json.dumps(data, ensure_ascii=False)
