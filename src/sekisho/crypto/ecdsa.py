"""ECDSA signatures as JOSE writes them: by AWS-LC, which takes two fifths of OpenSSL's time over P-384 (ADR 6).

What verifies them, here and elsewhere, is another implementation.
"""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

Sign = Callable[[bytes], bytes]

# RFC 7518 §3.4: the hash that goes with each curve. AWS-LC's binding has no P-521.
_HASHES = {"secp256r1": hashlib.sha256, "secp384r1": hashlib.sha384}
_ES512 = ec.ECDSA(SHA512())


def signer_of(private: ec.EllipticCurvePrivateKey) -> Sign:
    """Return what signs with this key: the two numbers of RFC 7518 §3.4, each as long as the curve's order."""
    size = (private.key_size + 7) // 8
    hashed = _HASHES.get(private.curve.name)
    if hashed is None:
        return partial(_by_openssl, private, size)
    return _AwsLc(private, size, hashed).sign


class _AwsLc:
    """A key of AWS-LC, made with its first signature: an idle server does not need those 13 MB."""

    __slots__ = ("_hashed", "_key", "_private", "_size")

    def __init__(self, private: ec.EllipticCurvePrivateKey, size: int, hashed: Callable[[bytes], Any]) -> None:
        self._private = private
        self._size = size
        self._hashed = hashed
        self._key: Any = None

    def sign(self, content: bytes) -> bytes:
        if self._key is None:
            from awscrt.crypto import EC  # noqa: PLC0415

            der = self._private.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
            self._key = EC.new_key_from_der_data(der)
        signature: bytes = self._key.decode_der_signature_to_padded_pair(
            self._key.sign(self._hashed(content).digest()), self._size
        )
        return signature


def _by_openssl(private: ec.EllipticCurvePrivateKey, size: int, content: bytes) -> bytes:
    r, s = decode_dss_signature(private.sign(content, _ES512))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")
