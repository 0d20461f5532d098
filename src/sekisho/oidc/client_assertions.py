"""Clients that sign instead of sending a secret: `private_key_jwt` and `client_secret_jwt`.

RFC 7523 §3 and OpenID Connect Core §9, one check after the other. Every objection looks the same from outside. Cheap
checks come before the signature, the signature before the database.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from joserfc.jwk import OctKey

from sekisho.crypto.digests import digest
from sekisho.crypto.jws import InvalidSignature, verified
from sekisho.crypto.public_keys import PublicKey, UnusablePublicKey, read_key_set
from sekisho.kernel.json import UnacceptableJson, check_text
from sekisho.oidc.errors import ClientAuthenticationFailed, InvalidRequest
from sekisho.oidc.models import CLOCK_TOLERANCE, Client, ClientAuthMethod
from sekisho.oidc.ports import Ports
from sekisho.oidc.statements import BadStatement, Statement, read_statement

#: The one value of `client_assertion_type` (RFC 7523 §2.2).
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

#: What an assertion may be signed with, as discovery says it.
ALGORITHMS: Sequence[str] = ("HS256", "RS256", "PS256", "ES256", "Ed25519", "EdDSA")
_SYMMETRIC = "HS256"
_ALGORITHMS_OF: Mapping[ClientAuthMethod, frozenset[str]] = {
    # Attack: key confusion. A public key is no secret, so it must never be tried as one; hence no overlap.
    ClientAuthMethod.SECRET_JWT: frozenset({_SYMMETRIC}),
    ClientAuthMethod.PRIVATE_KEY_JWT: frozenset(ALGORITHMS) - {_SYMMETRIC},
}
#: How far ahead an assertion may expire: it is made for one request, not for a day.
LONGEST_LIFE = timedelta(hours=1)
_SHORTEST_HMAC_KEY = 32  # RFC 7518 §3.2: as long as the hash


def subject_of(assertion: str) -> str:
    """Return whom an assertion says it is from. Nothing vouches for it yet."""
    subject = _read(assertion).claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise ClientAuthenticationFailed("assertion without sub")
    try:
        # Attack: JSON can say what no database can look for.
        check_text(subject)
    except UnacceptableJson as error:
        raise ClientAuthenticationFailed(f"sub {error}") from error
    return subject


async def prove_by_assertion(ports: Ports, client: Client, assertion: str) -> None:
    """Check that the client made this assertion, for us and for now, and use it up."""
    statement = _read(assertion)
    try:
        algorithm = statement.algorithm
        _check_algorithm(client, algorithm)
        _check_parties(ports, client, statement)
        expires_at = _check_times(statement, now=ports.clock.now())
        # OpenID Connect Core §9: required here, because without it nothing tells a replay.
        jti = statement.jti
    except BadStatement as error:
        raise ClientAuthenticationFailed(f"assertion: {error}") from error
    if algorithm == _SYMMETRIC:
        _check_hmac(client, assertion, now=ports.clock.now())
    else:
        kid = statement.header.get("kid")
        await _check_signature(ports, client, assertion, algorithm=algorithm, kid=kid if isinstance(kid, str) else None)
    # RFC 7523 §3 (7). Attack: whoever reads an assertion on its way presents it once more.
    proof = digest(json.dumps(["client assertion", client.id, jti])).hex()
    if not await ports.used_proofs.use(proof, until=expires_at + CLOCK_TOLERANCE):
        raise ClientAuthenticationFailed("assertion used before")


def _read(assertion: str) -> Statement:
    try:
        return read_statement(assertion)
    except BadStatement as error:
        raise ClientAuthenticationFailed(f"assertion is {error}") from error


def _check_algorithm(client: Client, algorithm: str) -> None:
    # RFC 8725 §3.1, §3.2: only what the client's method allows; never `none`.
    if algorithm not in _ALGORITHMS_OF[client.auth_method]:
        raise ClientAuthenticationFailed("algorithm of the assertion is not allowed for this client")


def _check_parties(ports: Ports, client: Client, statement: Statement) -> None:
    claims = statement.claims
    # RFC 7523 §3 (1), (2); OpenID Connect Core §9: the client speaks of itself.
    if claims.get("iss") != client.id or claims.get("sub") != client.id:
        raise ClientAuthenticationFailed("iss and sub must be the client")
    # RFC 7523 §3 (3), RFC 9126 §2. Attack: an assertion made for another server, presented here. Hence exact equality,
    # and everyone it names must be us.
    ours = {ports.issuer, ports.url("/token"), ports.url("/request")}
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else audience
    if not isinstance(named, list) or not named:
        raise ClientAuthenticationFailed("assertion without aud")
    if not all(isinstance(each, str) and each in ours for each in named):
        raise ClientAuthenticationFailed("assertion for another audience")


def _check_times(statement: Statement, *, now: datetime) -> datetime:
    """Check when an assertion is good; return when it expires."""
    expires_at = statement.instant("exp")
    # RFC 7523 §3 (4)
    # The tolerance is taken from now: the last instant there is can be claimed, and has nothing after it.
    if expires_at is None or expires_at <= now - CLOCK_TOLERANCE:
        raise ClientAuthenticationFailed("assertion expired, or without exp")
    if expires_at > now + LONGEST_LIFE + CLOCK_TOLERANCE:
        raise ClientAuthenticationFailed("assertion lives too long")
    # RFC 7523 §3 (5), (6)
    begins_at, issued_at = statement.instant("nbf"), statement.instant("iat")
    if any(each is not None and each > now + CLOCK_TOLERANCE for each in (begins_at, issued_at)):
        raise ClientAuthenticationFailed("assertion from the future")
    if issued_at is not None and issued_at + LONGEST_LIFE + CLOCK_TOLERANCE < now:
        raise ClientAuthenticationFailed("assertion made too long ago")
    return expires_at


def _check_hmac(client: Client, assertion: str, *, now: datetime) -> None:
    signed_with = [secret for secret in client.secrets if _is_signed_with(assertion, secret.value.reveal())]
    if not signed_with:
        raise ClientAuthenticationFailed("assertion signed with no secret of this client")
    if all(secret.expires_at is not None and secret.expires_at <= now for secret in signed_with):
        raise InvalidRequest("client secret has expired")


def _is_signed_with(assertion: str, secret: str) -> bool:
    if len(secret.encode()) < _SHORTEST_HMAC_KEY:
        return False
    try:
        verified(assertion, key=OctKey.import_key(secret), algorithm=_SYMMETRIC)
    except InvalidSignature:
        return False
    return True


async def _check_signature(ports: Ports, client: Client, assertion: str, *, algorithm: str, kid: str | None) -> None:
    keys = await _keys(ports, client)
    if any(_verifies(key, assertion, algorithm=algorithm, kid=kid) for key in keys):
        return
    # The client may have changed its keys since we read them; the port bounds how often we look again.
    if client.jwks_uri is not None and not any(_fits(key, algorithm=algorithm, kid=kid) for key in keys):
        newer = await ports.key_sets.fetch(client.jwks_uri, lacks_key=True)
        if any(_verifies(key, assertion, algorithm=algorithm, kid=kid) for key in newer):
            return
    raise ClientAuthenticationFailed("assertion signed with no key of this client")


async def _keys(ports: Ports, client: Client) -> Sequence[PublicKey]:
    if client.jwks_uri is not None:
        return await ports.key_sets.fetch(client.jwks_uri)
    try:
        return read_key_set(client.jwks)
    except UnusablePublicKey as error:
        raise ClientAuthenticationFailed("client has no keys") from error


def _fits(key: PublicKey, *, algorithm: str, kid: str | None) -> bool:
    # RFC 7515 §4.1.4: the name is a hint; a key without one may be the one that is meant.
    return algorithm in key.algorithms and (kid is None or key.kid is None or key.kid == kid)


def _verifies(key: PublicKey, assertion: str, *, algorithm: str, kid: str | None) -> bool:
    if not _fits(key, algorithm=algorithm, kid=kid):
        return False
    try:
        verified(assertion, key=key.key, algorithm=algorithm)
    except InvalidSignature:
        return False
    return True
