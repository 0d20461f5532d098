"""Refusals of the signing keys slice."""

from sekisho.kernel.errors import DomainError, ErrorKind


class KeyNotFound(DomainError):
    code = "oidc.key_not_found"
    kind = ErrorKind.NOT_FOUND

    def __init__(self, key_id: str) -> None:
        super().__init__(id=key_id)


class KeyRequired(DomainError):
    """The last key stays: without one nothing can be signed."""

    code = "oidc.key_required"
    kind = ErrorKind.UNPROCESSABLE


class OnlyPreviousKeyCanBeDeleted(DomainError):
    code = "oidc.only_previous_key_can_be_deleted"
    kind = ErrorKind.UNPROCESSABLE


class RotationPending(DomainError):
    """A next key waits for its time already; who wants another one now must give that one a time, too."""

    code = "oidc.invalid_request"
    kind = ErrorKind.UNPROCESSABLE


class GraceNotSupported(DomainError):
    """Cookie keys have no grace period: the older key goes on verifying anyway."""

    code = "oidc.invalid_request"
    kind = ErrorKind.UNPROCESSABLE
