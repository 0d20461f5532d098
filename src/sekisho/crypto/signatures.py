"""How each kind of signing key signs, as JOSE writes signatures (RFC 7518 §3, RFC 8037 §3.1)."""

from functools import partial

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from sekisho.crypto import ecdsa
from sekisho.crypto.ecdsa import Sign
from sekisho.crypto.jwk import SigningKeyObject


def signer_of(key: SigningKeyObject) -> Sign:
    """Return what signs with this key, found once for all that it will sign."""
    match key.private_key:
        case EllipticCurvePrivateKey() as private:
            return ecdsa.signer_of(private)
        case Ed25519PrivateKey() as private:
            return private.sign
        case RSAPrivateKey() as private:
            return partial(_by_rsa, private)
        case _:
            raise ValueError("this key cannot sign")


def _by_rsa(private: RSAPrivateKey, content: bytes) -> bytes:
    # RFC 7518 §3.3: RS256
    return private.sign(content, PKCS1v15(), SHA256())
