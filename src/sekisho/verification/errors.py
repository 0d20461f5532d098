"""Refusals about proof."""

from sekisho.kernel.errors import DomainError, ErrorKind


class VerificationNotFound(DomainError):
    """No such record in this interaction, or one that was replaced by a newer of its kind."""

    code = "session.verification_session_not_found"
    kind = ErrorKind.NOT_FOUND


class VerificationFailed(DomainError):
    """The record proves nothing yet, or not what is needed here."""

    code = "session.verification_failed"
