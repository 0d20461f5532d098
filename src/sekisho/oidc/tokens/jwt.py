"""Compact JWTs: signed with the current key, verified against the published ones.

Signing ES256/384/512 is done here rather than through the JOSE library, because machine tokens are all signature and
the header never changes; verifying always goes through the library, with the key's own algorithm as the only one.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from sekisho.oidc.ports import SigningKey

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode

# RFC 7518 §3.4: the hash of each algorithm, and the length of the two numbers of its signature.
_ECDSA = {
    "ES256": (ECDSA(hashes.SHA256()), 32),
    "ES384": (ECDSA(hashes.SHA384()), 48),
    "ES512": (ECDSA(hashes.SHA512()), 66),
}


# The library stumbles over headers of other shapes than those of RFC 7515 §4.1.
_UNREADABLE = (JoseError, ValueError, TypeError)


class UnverifiableToken(ValueError):
    """Not a JWT that one of our keys signed."""


def sign(claims: Mapping[str, Any], *, key: SigningKey, typ: str | None = None) -> str:
    """Return the claims as a compact JWT. ID tokens carry no `typ`, access tokens `at+jwt` (RFC 9068 §2.1)."""
    if not isinstance(key.key, ECKey):
        header = {"alg": key.algorithm, "kid": key.kid, **({} if typ is None else {"typ": typ})}
        return jws.serialize_compact(header, _encode(claims), key.key, algorithms=[key.algorithm])
    private = key.key.private_key
    if private is None:
        raise ValueError("a public key cannot sign")
    algorithm, size = _ECDSA[key.algorithm]
    content = _header(key.algorithm, key.kid, typ) + _base64(_encode(claims))
    r, s = decode_dss_signature(private.sign(content, algorithm))
    signature = _base64(r.to_bytes(size, "big") + s.to_bytes(size, "big"))
    return b".".join((content, signature)).decode()


def verify(token: str, *, keys: Sequence[SigningKey]) -> Mapping[str, Any]:
    """Return the claims of a JWT that one of our keys signed; what they say is the caller's to judge."""
    for key in keys:
        try:
            # RFC 8725 §3.1: the key decides the algorithm, never the token's header.
            signed = jws.deserialize_compact(token, key.key, algorithms=[key.algorithm])
        except _UNREADABLE:
            continue
        return decode_claims(signed.payload)
    raise UnverifiableToken("signed by none of our keys")


def peek(token: str) -> Mapping[str, Any]:
    """Return the claims of a JWT unverified: only to find out whose it says it is."""
    try:
        payload = jws.extract_compact(token.encode()).payload
    except _UNREADABLE as error:
        raise UnverifiableToken("not a JWT") from error
    return decode_claims(payload)


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
    return urlsafe_b64encode(data).rstrip(b"=")
