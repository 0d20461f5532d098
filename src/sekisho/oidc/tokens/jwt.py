"""Compact JWTs: signed with the current key, verified against the published ones.

Signing is done here rather than through the JOSE library, because machine tokens are all signature and the header
never changes; verifying always goes through the library, with the key's own algorithm as the only one.
"""

from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from sekisho.crypto.jws import InvalidSignature, header_of, payload_of, verified
from sekisho.oidc.ports import SigningKey

# RFC 7515 §2: base64url without padding.
_URL_SAFE = bytes.maketrans(b"+/", b"-_")

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class UnverifiableToken(ValueError):
    """Not a JWT that one of our keys signed."""


def sign(claims: Mapping[str, Any], *, key: SigningKey, typ: str | None = None) -> str:
    """Return the claims as a compact JWT. ID tokens carry no `typ`, access tokens `at+jwt` (RFC 9068 §2.1)."""
    content = _header(key.algorithm, key.kid, typ) + _base64(_encode(claims))
    return b".".join((content, _base64(key.sign(content)))).decode()


def verify(token: str, *, keys: Sequence[SigningKey]) -> Mapping[str, Any]:
    """Return the claims of a JWT that one of our keys signed; what they say is the caller's to judge."""
    try:
        # RFC 7515 §4.1.4: the header names the key, and with it the work of trying the others is spared.
        named = header_of(token).get("kid")
        signer = next((key for key in keys if key.kid == named), None)
        if signer is None:
            raise UnverifiableToken("signed by none of our keys")
        # RFC 8725 §3.1: the key decides the algorithm, never the token's header.
        return decode_claims(verified(token, key=signer.key, algorithm=signer.algorithm))
    except InvalidSignature as error:
        raise UnverifiableToken("signed by none of our keys") from error


def peek(token: str) -> Mapping[str, Any]:
    """Return the claims of a JWT unverified: only to find out whose it says it is."""
    try:
        return decode_claims(payload_of(token))
    except InvalidSignature as error:
        raise UnverifiableToken("not a JWT") from error


def type_of(token: str) -> str | None:
    """Return what the header of a JWT says it is, without the prefix it may have; None for an ID token."""
    try:
        typ = header_of(token).get("typ")
    except InvalidSignature as error:
        raise UnverifiableToken("not a JWT") from error
    # RFC 7515 §4.1.9: a media type, whose case does not matter and whose `application/` may be left out.
    return None if typ is None else str(typ).lower().removeprefix("application/")


def looks_like_jwt(token: str) -> bool:
    # Our opaque values have no dots.
    return "." in token


def decode_claims(payload: bytes) -> Mapping[str, Any]:
    try:
        return _decode(payload)
    # Attack: what nobody signed yet may be nested as deeply as a request is long.
    except (ValueError, RecursionError) as error:
        raise UnverifiableToken("no JSON object inside") from error


@lru_cache(maxsize=64)
def _header(algorithm: str, kid: str, typ: str | None) -> bytes:
    """Return the encoded protected header with its dot: the same for all tokens of a key."""
    header = {"alg": algorithm, **({} if typ is None else {"typ": typ}), "kid": kid}
    return _base64(_encode(header)) + b"."


def _base64(data: bytes) -> bytes:
    return b2a_base64(data, newline=False).translate(_URL_SAFE).rstrip(b"=")
