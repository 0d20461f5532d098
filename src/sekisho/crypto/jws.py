"""Checking compact signatures (RFC 7515) against a key whose algorithm we know.

The caller names the algorithm, never the token's header (RFC 8725 §3.1). Whatever is wrong with a token, and however
odd it is, is one error.
"""

from collections.abc import Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.jws import JWSRegistry

from sekisho.crypto.jwk import SigningKeyObject

_EDDSA = "EdDSA"

# The library stumbles over headers of other shapes than those of RFC 7515 §4.1, and over deep ones.
_UNREADABLE = (JoseError, ValueError, TypeError, AttributeError, RecursionError)


class InvalidSignature(ValueError):
    """Not a compact JWS, or not signed with this key and algorithm."""


def header_of(token: str) -> Mapping[str, Any]:
    """Return the protected header of a compact JWS; nothing vouches for it. Raises `InvalidSignature`."""
    try:
        return dict(jws.extract_compact(token.encode()).headers())
    except _UNREADABLE as error:
        raise InvalidSignature("not a compact JWS") from error


def payload_of(token: str) -> bytes:
    """Return the payload of a compact JWS unverified. Raises `InvalidSignature`."""
    try:
        return jws.extract_compact(token.encode()).payload
    except _UNREADABLE as error:
        raise InvalidSignature("not a compact JWS") from error


def verified(token: str, *, key: SigningKeyObject | OctKey, algorithm: str) -> bytes:
    """Return the payload of a compact JWS that this key signed. Raises `InvalidSignature`."""
    # RFC 7515 §4: header members that we do not know are ignored, unless `crit` says that they must not be.
    registry = _Registry(algorithms=[algorithm], strict_check_header=False)
    try:
        return jws.deserialize_compact(token, key, registry=registry).payload
    except _UNREADABLE as error:
        raise InvalidSignature("not signed with this key") from error


class _Registry(JWSRegistry):
    """Takes `EdDSA` without a warning: with a key of ours its curve is known, which is what RFC 9864 §1 misses."""

    def get_alg(self, name: str) -> Any:
        if name == _EDDSA and self.allowed and _EDDSA in self.allowed:
            return self.algorithms[_EDDSA]
        return super().get_alg(name)
