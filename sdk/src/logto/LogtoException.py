"""What can go wrong, as one tree: every error this package raises is a LogtoException.

Catch the base class to show a page. Catch a subclass to decide: ServerUnavailable is worth another try,
NotSignedIn and CallbackRejected call for a new sign-in, the others need a person.
"""

from datetime import timedelta


class LogtoException(Exception):
    """The base of every error this package raises."""


class NotSignedIn(LogtoException):
    """The call needs a signed-in user and the storage holds none."""


class CallbackRejected(LogtoException):
    """The callback URI answers no sign-in that this storage knows: replayed, forged, expired or incomplete."""


class AuthorizationDenied(LogtoException):
    """The server ended the sign-in with an error (RFC 6749 §4.1.2.1).

    `str(error)` and `error.error` are the code, for example `access_denied`; `errorDescription` is the server's
    sentence, or None. Both come from the address bar: escape them before showing them.
    """

    def __init__(self, error: str, errorDescription: str | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.errorDescription = errorDescription


class RequestRefused(LogtoException):
    """The server refused a request with a 4xx answer other than 429 (RFC 6749 §5.2, RFC 6750 §3.1).

    A redirect counts as one: none is followed. `str(error)` is the answer's body, `status` its HTTP status; `error`
    and `errorDescription` are the members of that name when the body is an OAuth error, else None.
    """

    def __init__(
        self, body: str, *, status: int = 400, error: str | None = None, errorDescription: str | None = None
    ) -> None:
        super().__init__(body)
        self.status = status
        self.error = error
        self.errorDescription = errorDescription


class ServerUnavailable(LogtoException):
    """No answer, or one that says "later" (429, 5xx). Nothing in the storage was lost: try again.

    `status` is None when there was no answer; `retryAfter` is the server's wish, when it sent one in seconds.
    """

    def __init__(self, message: str, *, status: int | None = None, retryAfter: timedelta | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retryAfter = retryAfter


class UnexpectedResponse(LogtoException):
    """The server answered with something that the protocol does not allow, or lacks an endpoint that is needed."""


class TokenInvalid(LogtoException):
    """A token failed verification, or is not a JWT where one is needed."""
