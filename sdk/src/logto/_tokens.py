"""Reading and verifying JWTs: pure functions over a token, a key and the present second.

Sources: OpenID Connect Core 1.0 §3.1.3.7, RFC 9068 §4, RFC 8725.
"""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry
from pydantic import BaseModel, ValidationError

from logto.LogtoException import TokenInvalid

# RFC 8725 §3.1: an explicit list. No "none", and no HMAC: a public key must never pass for a shared secret.
ALGORITHMS = (
    *("ES256", "ES384", "ES512", "Ed25519", "EdDSA"),
    *("PS256", "PS384", "PS512", "RS256", "RS384", "RS512"),
)

_JWT_PARTS = 3

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the claims of a token must say. Without `nonce`, any nonce will do."""

    issuer: str
    audience: str
    now: float
    leeway: timedelta
    nonce: str | None = None


def key_id(token: str) -> str | None:
    """Return the `kid` the token names; refuse a header that is none, or an algorithm outside the list."""
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, RecursionError) as error:
        raise TokenInvalid(f"not a signed JWT: {error}") from error
    if header.get("alg") not in ALGORITHMS:
        raise TokenInvalid(f"the signature algorithm {header.get('alg')!r} is not allowed")
    kid = header.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise TokenInvalid("the key id is not a string")
    return kid


def verify_signature(token: str, *, key: Key, types: frozenset[str]) -> dict[str, Any]:
    """Return the claims once the signature holds and the header's `typ` (lower case, "" if absent) is one of types."""
    try:
        decoded = jwt.decode(token, key, registry=_Registry(algorithms=ALGORITHMS))
    except (JoseError, ValueError) as error:
        raise TokenInvalid(f"the signature does not hold: {error}") from error
    # RFC 8725 §3.11: an access or logout token must not pass for an ID token, nor the other way round.
    kind = str(decoded.header.get("typ", "")).lower().removeprefix("application/")
    if kind not in types:
        raise TokenInvalid(f"a token of type {kind!r} is not accepted here")
    return dict(decoded.claims)


class _Registry(JWSRegistry):
    """Takes `EdDSA` without a warning: what RFC 9864 §1 misses in that name, the curve, the key says."""

    def get_alg(self, name: str) -> Any:
        if name == "EdDSA" and self.allowed and name in self.allowed:
            return self.algorithms[name]
        return super().get_alg(name)


def check_claims(claims: Mapping[str, Any], expected: Expected) -> None:
    """Refuse claims that are not for us, not from our server, or not for this moment."""
    if claims.get("iss") != expected.issuer:
        raise TokenInvalid(f"issued by {claims.get('iss')!r}, not by {expected.issuer!r}")
    # OpenID Connect Core §3.1.3.7 (3): a further audience we do not trust makes the token unacceptable.
    if claims.get("aud") not in (expected.audience, [expected.audience]):
        raise TokenInvalid(f"issued for {claims.get('aud')!r}, not for {expected.audience!r}")
    _check_times(claims, now=expected.now, leeway=expected.leeway.total_seconds())
    if expected.nonce is not None:
        _check_nonce(claims.get("nonce"), expected.nonce)


def check_authorized_party(claims: Mapping[str, Any], client_id: str) -> None:
    """Refuse an ID token that was issued to another client (OpenID Connect Core §3.1.3.7 (5))."""
    if claims.get("azp", client_id) != client_id:
        raise TokenInvalid(f"issued to {claims['azp']!r}, not to {client_id!r}")


def read_claims(claims: Mapping[str, Any], model: type[M]) -> M:
    """Turn verified or unverified claims into their model."""
    values = dict(claims)
    match values.get("aud"):
        case [str() as only]:
            values["aud"] = only
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise TokenInvalid(f"the claims are not those of {model.__name__}: {error}") from error


def decode_unverified(token: str) -> dict[str, Any]:
    """Return the claims without looking at the signature: only for tokens that were verified when they arrived."""
    parts = token.split(".")
    if len(parts) != _JWT_PARTS:
        raise TokenInvalid("not a JWT: an opaque token carries no claims")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError as error:
        raise TokenInvalid(f"not a JWT: {error}") from error
    if not isinstance(claims, dict):
        raise TokenInvalid("not a JWT: the payload is not an object")
    return claims


def _check_times(claims: Mapping[str, Any], *, now: float, leeway: float) -> None:
    # The comparisons say what must hold, so that NaN, which compares false with everything, is refused.
    if not now < _instant(claims, "exp") + leeway:
        raise TokenInvalid("the token has expired")
    if not _instant(claims, "iat") <= now + leeway:
        raise TokenInvalid("the token was issued in the future: compare this machine's clock with the server's")
    if "nbf" in claims and not _instant(claims, "nbf") <= now + leeway:
        raise TokenInvalid("the token is not valid yet")


def _instant(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenInvalid(f"the claim {name!r} is not a time")
    return value


def _check_nonce(actual: object, expected: str) -> None:
    # OpenID Connect Core §3.1.3.7 (11): stops a token that was bought with somebody else's code.
    if not isinstance(actual, str) or not hmac.compare_digest(actual.encode(), expected.encode()):
        raise TokenInvalid("the token belongs to another sign-in: its nonce differs")
