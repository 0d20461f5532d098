"""Signatures of one implementation, checked by another."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from sekisho.crypto.ecdsa import signer_of
from sekisho.crypto.jwk import SigningAlgorithm, from_pem, generate_key, to_pem

_CURVES = {
    "ES256": (ec.SECP256R1(), hashes.SHA256(), 32),
    "ES384": (ec.SECP384R1(), hashes.SHA384(), 48),
    "ES512": (ec.SECP521R1(), hashes.SHA512(), 66),
}
_KEYS = {algorithm: ec.generate_private_key(curve) for algorithm, (curve, _, _) in _CURVES.items()}


def _check(signature: bytes, content: bytes, *, algorithm: str, key: ec.EllipticCurvePublicKey) -> None:
    _, hashed, size = _CURVES[algorithm]
    assert len(signature) == 2 * size
    numbers = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    key.verify(encode_dss_signature(*numbers), content, ec.ECDSA(hashed))


@pytest.mark.parametrize("algorithm", _CURVES)
@given(content=st.binary(max_size=2000))
def test_what_is_signed_verifies_with_the_public_key(algorithm: str, content: bytes) -> None:
    _check(signer_of(_KEYS[algorithm])(content), content, algorithm=algorithm, key=_KEYS[algorithm].public_key())


@pytest.mark.parametrize("algorithm", _CURVES)
def test_numbers_that_begin_with_zeros_keep_their_length(algorithm: str) -> None:
    # One in 128 has a first byte of zero in either number.
    sign = signer_of(_KEYS[algorithm])
    signatures = [sign(bytes([at % 256, at // 256])) for at in range(1500)]
    size = _CURVES[algorithm][2]
    assert {len(signature) for signature in signatures} == {2 * size}
    # P-521's first byte is always 0 or 1.
    assert any(signature[0] == 0 or signature[size] == 0 for signature in signatures)


@pytest.mark.parametrize("algorithm", _CURVES)
def test_a_signature_fits_nothing_else(algorithm: str) -> None:
    signature = signer_of(_KEYS[algorithm])(b"this")
    with pytest.raises(InvalidSignature):
        _check(signature, b"that", algorithm=algorithm, key=_KEYS[algorithm].public_key())
    other = ec.generate_private_key(_CURVES[algorithm][0])
    with pytest.raises(InvalidSignature):
        _check(signature, b"this", algorithm=algorithm, key=other.public_key())


def test_no_two_signatures_share_a_nonce() -> None:
    # Attack: two signatures with one nonce give the key away; with one nonce, their first halves are equal.
    sign = signer_of(_KEYS["ES384"])
    assert len({sign(b"the same")[:48] for _ in range(500)}) == 500


@pytest.mark.parametrize("algorithm", [SigningAlgorithm.ES256, SigningAlgorithm.ES384, SigningAlgorithm.ES512])
def test_a_key_that_was_kept_signs_as_before(algorithm: SigningAlgorithm) -> None:
    key = generate_key(algorithm)
    kept = from_pem(to_pem(key)).private_key
    original = key.private_key
    assert isinstance(kept, ec.EllipticCurvePrivateKey)
    assert isinstance(original, ec.EllipticCurvePrivateKey)
    _check(signer_of(kept)(b"x"), b"x", algorithm=algorithm.value, key=original.public_key())
