"""Refusals of the one-time tokens slice."""

from sekisho.kernel.errors import DomainError, ErrorKind


class TokenNotFound(DomainError):
    """Nobody was given this token."""

    code = "one_time_token.token_not_found"
    kind = ErrorKind.NOT_FOUND


class EmailMismatch(DomainError):
    """The token was made for another address."""

    code = "one_time_token.email_mismatch"


class TokenExpired(DomainError):
    code = "one_time_token.token_expired"


class TokenConsumed(DomainError):
    code = "one_time_token.token_consumed"


class TokenRevoked(DomainError):
    code = "one_time_token.token_revoked"


class EventMismatch(DomainError):
    """The token was made for another kind of flow."""

    code = "one_time_token.interaction_event_mismatch"


class CannotReactivate(DomainError):
    """No token becomes active again."""

    code = "one_time_token.cannot_reactivate_token"
