"""How an OAuth error looks as JSON: our public code, a sentence in the caller's language, and the RFC's members.

Shared by every surface that can meet one: the endpoints, and the hosted pages and APIs that act within a sign-in.
"""

from collections.abc import Callable, Mapping

from sekisho.oidc.dpop import ALGORITHMS
from sekisho.oidc.errors import (
    ClientAuthenticationFailed,
    InvalidDpopProof,
    InvalidGrant,
    InvalidToken,
    KeyBindingRequired,
    OAuthError,
    SessionNotFound,
    TooManyFailures,
)

_INVALID_GRANT_HELP = "https://openid.sh/debug/invalid_grant"

#: Says a message by its code, with values for its placeholders; None for a code without a message.
Sentences = Callable[..., str | None]


def public_code(error: OAuthError) -> str:
    """Return our own code of an error: `oidc.<error>`, or `session.not_found` for a lost sign-in (oidc.md §28)."""
    if isinstance(error, SessionNotFound):
        return "session.not_found"
    if isinstance(error, TooManyFailures):
        return "request.rate_limited"
    return f"oidc.{error.members()['error']}"


def error_body(
    error: OAuthError, *, say: Sentences, is_raw: bool = False, extra: Mapping[str, str | None] | None = None
) -> dict[str, str]:
    """Return the JSON body. `is_raw` leaves our own members out; `extra` are `state` and `iss` where they are known."""
    members = {**error.members(), **{name: value for name, value in (extra or {}).items() if value is not None}}
    if is_raw:
        return members
    code = public_code(error)
    message = say(code, scope=error.scope) if error.scope is not None else say(code)
    if message is None:
        message = say("oidc.provider_error_fallback", code=code) or code
    body = {"code": code, "message": message}
    if isinstance(error, InvalidGrant):
        body["error_uri"] = _INVALID_GRANT_HELP
    return {**body, **members}


def challenge(error: OAuthError, *, issuer: str) -> str | None:
    """Return the `WWW-Authenticate` value of a refusal, where the RFCs ask for one."""
    match error:
        case ClientAuthenticationFailed():
            # RFC 6749 §5.2: only a client that used the Authorization header is answered in it.
            return f"Basic {_attributes(error, issuer)}" if error.used_header else None
        case KeyBindingRequired():
            return _proof_wanted(error, issuer)
        case InvalidDpopProof():
            # RFC 9449 §5, §7.1: at a resource the challenge says how; at the token endpoint there is none.
            return _proof_wanted(error, issuer) if error.is_at_resource else None
        case InvalidToken():
            # RFC 6750 §3.1: a request without any token learns the realm only.
            return f'Bearer realm="{issuer}"' if error.is_absent else f"Bearer {_attributes(error, issuer)}"
        case _:
            return None


def _proof_wanted(error: OAuthError, issuer: str) -> str:
    return f'DPoP {_attributes(error, issuer)}, algs="{" ".join(ALGORITHMS)}"'


def _attributes(error: OAuthError, issuer: str) -> str:
    return f'realm="{issuer}", error="{error.error}", error_description="{error.description}"'
