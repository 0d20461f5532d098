"""Verifying ID tokens of providers (OpenID Connect Core §3.1.3.7, RFC 7519 §7.2).

Which keys and which claims count the administrator decides; that a signature is asymmetric, and that the token is for
us, nobody can turn off. Whatever is wrong, the provider has failed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sekisho.connectors.kit.errors import ProviderFailed

# Attack: key confusion. A published key must never be taken for the key of an HMAC (RFC 8725 §2.1).
ASYMMETRIC = frozenset(
    ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What an ID token must say; what is None is not looked at."""

    audience: str
    issuers: Sequence[str] | None = None
    algorithms: frozenset[str] = ASYMMETRIC
    subject: str | None = None
    type: str | None = None
    max_age: timedelta | None = None
    tolerance: timedelta = timedelta()
    #: Header members that a token may call critical (RFC 7515 §4.1.11), and whether they must be protected.
    critical: Mapping[str, bool] = field(default_factory=dict)


def verify(token: str, *, key_set: Any, expected: Expectation, now: datetime) -> Mapping[str, Any]:
    """Return the claims of an ID token that one of the keys signed; raises `ProviderFailed`."""
    header, claims = _opened(token, key_set=key_set, algorithms=expected.algorithms & ASYMMETRIC)
    _check_header(header, expected)
    _check_parties(claims, expected)
    _check_times(claims, expected, now=now.timestamp())
    return claims


def _opened(token: str, *, key_set: Any, algorithms: frozenset[str]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    from joserfc import jwt  # noqa: PLC0415 — loaded with the first ID token
    from joserfc.errors import JoseError  # noqa: PLC0415 — as above
    from joserfc.jwk import KeySet  # noqa: PLC0415 — as above
    from joserfc.jws import JWSRegistry  # noqa: PLC0415 — as above

    if not algorithms:  # which the library would take for its own choice of them
        raise ProviderFailed("An ID token that nothing may be signed with.")
    registry = JWSRegistry(algorithms=sorted(algorithms), strict_check_header=False)
    try:
        opened = jwt.decode(token, KeySet.import_key_set(key_set), registry=registry)
    # The library stumbles over documents of other shapes than those of RFC 7515 and RFC 7517.
    except (JoseError, ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise ProviderFailed(f"An ID token that no key of the provider has signed: {type(error).__name__}.") from error
    return opened.header, opened.claims


def _check_header(header: Mapping[str, Any], expected: Expectation) -> None:
    # RFC 7515 §4.1.9: `JWT` and `application/jwt` are the same.
    if expected.type is not None and _media_type(header.get("typ")) != _media_type(expected.type):
        raise ProviderFailed("An ID token of another type.")
    # RFC 7515 §4.1.11: what is critical must be understood.
    if not set(header.get("crit", ())) <= set(expected.critical):
        raise ProviderFailed("An ID token with critical header members that are not understood.")


def _check_parties(claims: Mapping[str, Any], expected: Expectation) -> None:
    audience = claims.get("aud")
    # Attack: a token that the provider made for another application is presented to us.
    if expected.audience not in (audience if isinstance(audience, list) else [audience]):
        raise ProviderFailed("An ID token for another audience.")
    if expected.issuers is not None and claims.get("iss") not in expected.issuers:
        raise ProviderFailed("An ID token of another issuer.")
    if expected.subject is not None and claims.get("sub") != expected.subject:
        raise ProviderFailed("An ID token about another subject.")


def _check_times(claims: Mapping[str, Any], expected: Expectation, *, now: float) -> None:
    tolerance = expected.tolerance.total_seconds()
    issued_at, begins_at, expires_at = (_instant(claims, name) for name in ("iat", "nbf", "exp"))
    if expires_at is not None and expires_at <= now - tolerance:
        raise ProviderFailed("An ID token that has expired.")
    if begins_at is not None and begins_at > now + tolerance:
        raise ProviderFailed("An ID token from the future.")
    if expected.max_age is not None:
        if issued_at is None or now - issued_at > expected.max_age.total_seconds() + tolerance:
            raise ProviderFailed("An ID token that is too old.")
        if issued_at > now + tolerance:
            raise ProviderFailed("An ID token from the future.")


def _instant(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ProviderFailed(f"An ID token with an odd {name}.")
    return value


def _media_type(value: object) -> str:
    return str(value).lower().removeprefix("application/")
