"""Public keys that others hand us: of clients that sign their assertions, and of proofs of possession.

A key decides which algorithms it may verify (RFC 8725 §3.1). What is weak, private, symmetric or not understood is not
a key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from sekisho.crypto.jwk import SigningKeyObject

_OF_CURVE = {"P-256": ("ES256",), "P-384": ("ES384",), "P-521": ("ES512",), "Ed25519": ("Ed25519", "EdDSA")}
_OF_RSA = ("RS256", "PS256")
_SMALLEST_RSA = 2048  # RFC 7518 §3.3
# Attack: the cost of checking a signature grows with the square of the key, and the stranger chooses the key.
_LARGEST_RSA = 4096
_LONGEST_EXPONENT = 64
# RFC 7518 §6.2.2, §6.3.2, §6.4.1: members of private and symmetric keys.
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MEMBERS = {"EC": ("crv", "x", "y"), "OKP": ("crv", "x"), "RSA": ("n", "e")}
_MOST_KEYS = 100


class UnusablePublicKey(ValueError):
    """Not the public half of a key that is strong enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    key: SigningKeyObject
    #: What this key may verify.
    algorithms: frozenset[str]
    kid: str | None = None

    @property
    def thumbprint(self) -> str:
        """The SHA-256 thumbprint of RFC 7638: the same key under whatever name."""
        return self.key.thumbprint()


def read_public_key(jwk: object) -> PublicKey:
    """Read one JWK (RFC 7517 §4). Raises `UnusablePublicKey`."""
    if not isinstance(jwk, Mapping) or not _PRIVATE.isdisjoint(jwk):
        raise UnusablePublicKey("not a public key")
    kind = jwk.get("kty")
    members = _MEMBERS.get(kind) if isinstance(kind, str) else None
    if members is None or not all(isinstance(jwk.get(name), str) for name in members):
        raise UnusablePublicKey("not a key of a known kind")
    # RFC 7517 §4.2, §4.3: a key for encryption checks no signature.
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        raise UnusablePublicKey("not for signatures")
    # The library sees nothing but the key: its other members are judged here.
    key = _imported({"kty": kind, **{name: jwk[name] for name in members}})
    algorithms = _algorithms(key)
    # RFC 7517 §4.4: a key that names its algorithm is for that one only.
    if (named := jwk.get("alg")) is not None:
        algorithms = tuple(each for each in algorithms if each == named)
    if not algorithms:
        raise UnusablePublicKey("not for an algorithm we know")
    kid = jwk.get("kid")
    return PublicKey(key=key, algorithms=frozenset(algorithms), kid=kid if isinstance(kid, str) else None)


def read_key_set(document: object) -> Sequence[PublicKey]:
    """Return the usable keys of a JWK Set; unusable ones are ignored (RFC 7517 §5). Raises `UnusablePublicKey`."""
    keys = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(keys, list) or len(keys) > _MOST_KEYS:
        raise UnusablePublicKey("not a key set")
    usable = []
    for each in keys:
        try:
            usable.append(read_public_key(each))
        except UnusablePublicKey:
            continue
    return usable


def _imported(jwk: Mapping[str, Any]) -> SigningKeyObject:
    members = dict(jwk)
    kind = members["kty"]
    # Attack: a number of any length would be computed with before its size is judged.
    if kind == "RSA" and (len(members["n"]) > _LARGEST_RSA // 4 or len(members["e"]) > _LONGEST_EXPONENT):
        raise UnusablePublicKey("too large")
    if kind == "RSA" and len(members["n"]) * 6 < _SMALLEST_RSA:
        raise UnusablePublicKey("too weak")
    if kind == "OKP" and members["crv"] != "Ed25519":
        raise UnusablePublicKey("not a curve for signatures")
    try:
        match kind:
            case "EC":
                return ECKey.import_key(members)
            case "OKP":
                return OKPKey.import_key(members)
            case _:
                return RSAKey.import_key(members)
    except (JoseError, ValueError, TypeError, KeyError, UnsupportedAlgorithm) as error:
        raise UnusablePublicKey("not a key") from error


def _algorithms(key: SigningKeyObject) -> Sequence[str]:
    if isinstance(key, RSAKey):
        size = key.public_key.key_size
        return _OF_RSA if _SMALLEST_RSA <= size <= _LARGEST_RSA else ()
    return _OF_CURVE.get(key.curve_name, ())
