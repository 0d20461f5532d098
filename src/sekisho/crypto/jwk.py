"""Signing keys: made, read from PEM, named, and matched with the one algorithm each may sign with.

A key never chooses its algorithm from a token's header (RFC 8725 §3.1): `algorithm_of` does, from the key alone.
"""

import base64
import binascii
from enum import StrEnum
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc.jwk import ECKey, OKPKey, RSAKey

SigningKeyObject: TypeAlias = ECKey | OKPKey | RSAKey

_NIST_CURVES = {"secp256r1", "secp384r1", "secp521r1"}
_SMALLEST_RSA = 2048  # RFC 7518 §3.3
_PEM_MARK = "-----BEGIN"


class UnusableKey(ValueError):
    """A key that cannot sign our tokens. The text never contains key material."""


class SigningAlgorithm(StrEnum):
    """What tokens may be signed with; each name stands for one kind of key."""

    ES256 = "ES256"
    ES384 = "ES384"
    ES512 = "ES512"
    EDDSA = "EdDSA"
    RS256 = "RS256"


_ALGORITHM_OF_CURVE = {
    "P-256": SigningAlgorithm.ES256,
    "P-384": SigningAlgorithm.ES384,
    "P-521": SigningAlgorithm.ES512,
}


class KeyType(StrEnum):
    """The two kinds of keys an administrator tells apart: on a curve, or not."""

    EC = "EC"
    RSA = "RSA"


def generate_key(algorithm: SigningAlgorithm = SigningAlgorithm.ES384) -> SigningKeyObject:
    """Make a private key for an algorithm. An RSA key has 4096 bits and takes seconds: not for the event loop."""
    match algorithm:
        case SigningAlgorithm.ES256:
            return ECKey.generate_key("P-256", private=True)
        case SigningAlgorithm.ES384:
            return ECKey.generate_key("P-384", private=True)
        case SigningAlgorithm.ES512:
            return ECKey.generate_key("P-521", private=True)
        case SigningAlgorithm.EDDSA:
            return OKPKey.generate_key("Ed25519", private=True)
        case SigningAlgorithm.RS256:
            return RSAKey.generate_key(4096, private=True)


def to_pem(key: SigningKeyObject) -> str:
    """Return the private key in PKCS#8."""
    return key.as_pem(private=True).decode()


def from_pem(text: str) -> SigningKeyObject:
    """Read a private key from PEM, or from the base64 of PEM (for variables that cannot hold line breaks)."""
    try:
        pem = text if _PEM_MARK in text else base64.b64decode(text, validate=True).decode()
        private = load_pem_private_key(pem.replace("\\n", "\n").encode(), password=None)
    except (binascii.Error, UnicodeDecodeError, UnsupportedAlgorithm, ValueError, TypeError):
        raise UnusableKey("expected a private key in PEM") from None
    match private:
        case EllipticCurvePrivateKey() if private.curve.name in _NIST_CURVES:
            key: SigningKeyObject = ECKey.import_key(private)
        case RSAPrivateKey() if private.key_size >= _SMALLEST_RSA:
            key = RSAKey.import_key(private)
        case Ed25519PrivateKey():
            key = OKPKey.import_key(private)
        case _:
            raise UnusableKey("expected an RSA key of 2048 bits or more, or a key on P-256, P-384, P-521 or Ed25519")
    return key


def algorithm_of(key: SigningKeyObject) -> SigningAlgorithm:
    """Return the only algorithm this key signs with."""
    match key:
        case RSAKey():
            return SigningAlgorithm.RS256
        case OKPKey():
            return SigningAlgorithm.EDDSA
        case _:
            return _ALGORITHM_OF_CURVE[key.curve_name]


def type_of(key: SigningKeyObject) -> KeyType:
    return KeyType.RSA if isinstance(key, RSAKey) else KeyType.EC


def key_id_of(key: SigningKeyObject) -> str:
    """Return the RFC 7638 thumbprint: the same for a key wherever it is published."""
    return key.thumbprint()


def public_jwk(key: SigningKeyObject) -> dict[str, str]:
    """Return the key as the JWKS shows it; RSA keys verify more than one algorithm, so they name none."""
    members = {"kty": key.key_type, "use": "sig", "kid": key_id_of(key)}
    if not isinstance(key, RSAKey):
        members["alg"] = algorithm_of(key).value
    public = key.as_dict(private=False)
    return members | {name: str(public[name]) for name in ("crv", "x", "y", "e", "n") if name in public}
