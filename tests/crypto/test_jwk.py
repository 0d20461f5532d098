import base64
import json
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from sekisho.crypto.jwk import (
    KeyType,
    SigningAlgorithm,
    UnusableKey,
    algorithm_of,
    from_pem,
    generate_key,
    key_id_of,
    public_jwk,
    to_pem,
    type_of,
)


def _pem(key: PrivateKeyTypes) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_a_new_key_is_p384_and_signs_es384() -> None:
    key = generate_key()
    algorithm = algorithm_of(key)

    token = jwt.encode({"alg": algorithm}, {"sub": "me"}, key, algorithms=[algorithm])

    assert algorithm == "ES384"
    assert jwt.decode(token, key, algorithms=["ES384"]).claims == {"sub": "me"}


def test_an_rsa_key_has_4096_bits_and_signs_rs256() -> None:
    key = generate_key(SigningAlgorithm.RS256)

    assert algorithm_of(key) == "RS256"
    assert len(base64.urlsafe_b64decode(public_jwk(key)["n"] + "==")) == 512


@pytest.mark.parametrize(
    ("curve", "algorithm"), [(ec.SECP256R1(), "ES256"), (ec.SECP384R1(), "ES384"), (ec.SECP521R1(), "ES512")]
)
def test_the_curve_decides_the_algorithm(curve: ec.EllipticCurve, algorithm: str) -> None:
    assert algorithm_of(from_pem(_pem(ec.generate_private_key(curve)))) == algorithm


def test_an_ed25519_key_signs_eddsa() -> None:
    assert algorithm_of(from_pem(_pem(ed25519.Ed25519PrivateKey.generate()))) == "EdDSA"


@pytest.mark.parametrize("algorithm", SigningAlgorithm)
def test_a_key_is_made_for_its_algorithm_and_survives_pem(algorithm: SigningAlgorithm) -> None:
    key = generate_key(algorithm)

    assert algorithm_of(from_pem(to_pem(key))) is algorithm
    assert type_of(key) is (KeyType.RSA if algorithm == "RS256" else KeyType.EC)


def test_a_key_survives_pem_and_keeps_its_id() -> None:
    key = generate_key()

    assert key_id_of(from_pem(to_pem(key))) == key_id_of(key)
    assert key_id_of(from_pem(base64.b64encode(to_pem(key).encode()).decode())) == key_id_of(key)
    assert key_id_of(from_pem(to_pem(key).replace("\n", "\\n"))) == key_id_of(key)


def test_the_key_id_is_the_thumbprint_of_rfc_7638() -> None:
    key = generate_key()
    jwk = public_jwk(key)
    members = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    wanted = base64.urlsafe_b64encode(sha256(members.encode()).digest()).rstrip(b"=").decode()

    assert key_id_of(key) == wanted


def test_what_is_published_holds_nothing_private() -> None:
    assert set(public_jwk(generate_key())) == {"kty", "use", "kid", "alg", "crv", "x", "y"}
    rsa_key = from_pem(_pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)))
    assert set(public_jwk(rsa_key)) == {"kty", "use", "kid", "e", "n"}


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        _pem(ed448.Ed448PrivateKey.generate()),
        _pem(ec.generate_private_key(ec.SECP256K1())),
        _pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)),  # noqa: S505 — to be refused
        ECKey.generate_key("P-256").as_pem(private=False).decode(),
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        .decode(),
    ],
    ids=["text", "empty", "ed448", "secp256k1", "rsa1024", "public", "spki"],
)
def test_keys_that_cannot_sign_our_tokens_are_refused(text: str) -> None:
    with pytest.raises(UnusableKey):
        from_pem(text)
