"""OAuth errors: one class per error code, as it appears in RFC 6749, its successors and OpenID Connect.

`description` is public and goes out as `error_description`; `detail` is for our log only, because what a caller may
learn about a refused grant is exactly nothing. How an error becomes JSON is decided in `error_answers`.
"""

from collections.abc import Mapping
from typing import ClassVar


class OAuthError(Exception):
    """A refusal in the words of OAuth. `scope` names the scopes it is about, where the error is about scopes."""

    error: ClassVar[str]
    status: ClassVar[int] = 400
    #: Whether the error may be sent to a redirect URI. False where the URI itself is what is wrong.
    may_redirect: ClassVar[bool] = True
    default_description: ClassVar[str | None] = None

    def __init__(
        self,
        description: str | None = None,
        *,
        detail: str | None = None,
        scope: str | None = None,
        status: int | None = None,
    ) -> None:
        self.description = self.default_description if description is None else description
        self.detail = detail
        self.scope = scope
        self.answer_status = self.status if status is None else status
        super().__init__(detail or self.description or self.error)

    def members(self) -> Mapping[str, str]:
        """Return what travels on the wire, in the order it is written."""
        members = {"error": self.error}
        if self.description is not None:
            members["error_description"] = self.description
        if self.scope is not None:
            members["scope"] = self.scope
        return members


# RFC 6749 §4.1.2.1 and §5.2


class InvalidRequest(OAuthError):
    error = "invalid_request"
    default_description = "request is invalid"


class SessionNotFound(InvalidRequest):
    """The browser's sign-in is gone: expired, finished, or of another browser (oidc.md §4.4)."""


class OriginNotAllowed(InvalidRequest):
    """A browser application asked from an origin its client does not list (oidc.md §1.5)."""


class UnknownRoute(InvalidRequest):
    """No such endpoint or method under `/oidc` (oidc.md §1.2)."""

    status = 404


class InvalidClient(OAuthError):
    """There is no such client. Failed authentication is `ClientAuthenticationFailed`."""

    error = "invalid_client"


class ClientAuthenticationFailed(InvalidClient):
    """RFC 6749 §5.2: 401, and a challenge when the client tried the Authorization header."""

    status = 401
    default_description = "client authentication failed"

    def __init__(self, detail: str, *, used_header: bool = False) -> None:
        super().__init__(detail=detail)
        self.used_header = used_header


class TooManyFailures(OAuthError):
    """RFC 6585 §4: whoever asks failed to prove himself too often of late."""

    error = "temporarily_unavailable"
    status = 429
    default_description = "too many failed attempts, try again later"


class InvalidGrant(OAuthError):
    """Every cause looks the same from outside, so that a thief learns nothing about what he holds."""

    error = "invalid_grant"
    default_description = "grant request is invalid"

    def __init__(self, detail: str) -> None:
        super().__init__(detail=detail)


class InvalidScope(OAuthError):
    error = "invalid_scope"

    def __init__(self, description: str, *, scope: str) -> None:
        super().__init__(description, scope=scope)


class UnsupportedGrantType(OAuthError):
    error = "unsupported_grant_type"
    default_description = "unsupported grant_type requested"


class UnsupportedResponseType(OAuthError):
    error = "unsupported_response_type"
    default_description = "unsupported response_type requested"


class AccessDenied(OAuthError):
    error = "access_denied"


class ServerError(OAuthError):
    error = "server_error"
    status = 500
    default_description = "oops! something went wrong"


# OAuth 2.0 Multiple Response Type Encoding Practices §5; PKCE and redirect URIs


class UnsupportedResponseMode(OAuthError):
    error = "unsupported_response_mode"
    default_description = "unsupported response_mode requested"


class InvalidRedirectUri(OAuthError):
    """The redirect URI is not the client's: the one error that must never be redirected (RFC 6749 §3.1.2.4)."""

    error = "invalid_redirect_uri"
    may_redirect = False
    default_description = "redirect_uri did not match any of the client's registered redirect_uris"


class InvalidClientMetadata(OAuthError):
    error = "invalid_client_metadata"
    may_redirect = False


# RFC 8707 §2


class InvalidTarget(OAuthError):
    error = "invalid_target"
    default_description = "resource indicator is missing, or unknown"


# OpenID Connect Core §3.1.2.6


class LoginRequired(OAuthError):
    error = "login_required"
    default_description = "End-User authentication is required"


class ConsentRequired(OAuthError):
    error = "consent_required"
    default_description = "End-User consent is required"


class UnmetAuthenticationRequirements(OAuthError):
    """OpenID Connect Core Error Code unmet_authentication_requirements §2."""

    error = "unmet_authentication_requirements"
    default_description = "none of the requested acr_values can be met"


class InteractionRequired(OAuthError):
    error = "interaction_required"
    default_description = "interaction required"


class RequestNotSupported(OAuthError):
    error = "request_not_supported"
    default_description = "request parameter provided but not supported"


class RequestUriNotSupported(OAuthError):
    error = "request_uri_not_supported"
    default_description = "request_uri parameter provided but not supported"


class RegistrationNotSupported(OAuthError):
    error = "registration_not_supported"
    default_description = "registration parameter provided but not supported"


class InvalidRequestUri(OAuthError):
    """RFC 9126 §4: a pushed request that is unknown, expired or used."""

    error = "invalid_request_uri"
    default_description = "request_uri is invalid, expired, or was already used"


# RFC 6750 §3.1


class InvalidToken(OAuthError):
    """RFC 6750 §3: without any token in the request the challenge names no error."""

    error = "invalid_token"
    status = 401
    default_description = "invalid token provided"

    def __init__(self, description: str | None = None, *, detail: str | None = None, is_absent: bool = False) -> None:
        super().__init__(description, detail=detail)
        self.is_absent = is_absent


# RFC 9449 §5, §7.1


class InvalidDpopProof(OAuthError):
    """The proof of possession is missing or not good: 400 at the token endpoint, 401 at a resource."""

    error = "invalid_dpop_proof"

    def __init__(self, description: str, *, is_at_resource: bool = False) -> None:
        super().__init__(description, status=401 if is_at_resource else None)
        self.is_at_resource = is_at_resource


class KeyBindingRequired(InvalidToken):
    """RFC 9449 §7.2: the token is bound to a key, and was presented without it, or with another."""


class InsufficientScope(OAuthError):
    error = "insufficient_scope"
    status = 403

    def __init__(self, description: str, *, scope: str) -> None:
        super().__init__(description, scope=scope)


# RFC 7009 §2.2.1


class UnsupportedTokenType(OAuthError):
    error = "unsupported_token_type"


# RFC 8628 §3.5


class AuthorizationPending(OAuthError):
    error = "authorization_pending"
    default_description = (
        "authorization request is still pending as the end-user hasn't yet completed the user interaction steps"
    )


class ExpiredToken(OAuthError):
    error = "expired_token"
    default_description = "device code is expired"


class InteractionEnded(OAuthError):
    """What a hosted page decided to tell the application instead of a code: any error it names."""

    error = "access_denied"

    def __init__(self, *, error: str, description: str | None) -> None:
        super().__init__(description)
        self.reported = error

    def members(self) -> Mapping[str, str]:
        return {**super().members(), "error": self.reported}
