"""Digests of other systems: known ones match, and none costs more than a moment."""

import asyncio
import hashlib
import json
from collections.abc import Iterator
from itertools import count

import bcrypt
import pytest

from sekisho.kernel.errors import DomainError, InvalidInput
from sekisho.kernel.secret import Secret
from sekisho.passwords.errors import InvalidLegacyDigest, UnsupportedLegacyAlgorithm
from sekisho.passwords.hasher import PasswordHasher
from sekisho.passwords.imported import imported_hash
from sekisho.passwords.models import HashMethod, PasswordHash

_PASSWORD = "user1password"
_HEX = hashlib.sha512(b"salt" + _PASSWORD.encode()).hexdigest()
_PBKDF2 = hashlib.pbkdf2_hmac("sha512", _PASSWORD.encode(), b"mySalt", 1000, 20).hex()
_PBKDF2_HEX = hashlib.pbkdf2_hmac("sha1", _PASSWORD.encode(), b"\x00\xff", 10, 32).hex()
# The example that the makers of this algorithm publish with their tool.
_FIREBASE = [
    "firebase-scrypt",
    [
        "42xEC+ixf3L2lw==",
        "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==",
        "Bw==",
        "8",
        "14",
        "@",
    ],
    "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
]


@pytest.fixture
def hasher() -> Iterator[PasswordHasher]:
    made = PasswordHasher(threads=1, waiting=2)
    yield made
    made.close()


def legacy(*parts: object) -> str:
    return json.dumps(parts)


@pytest.mark.parametrize(
    ("method", "encoded"),
    [
        (HashMethod.MD5, hashlib.md5(_PASSWORD.encode(), usedforsecurity=False).hexdigest()),
        (HashMethod.SHA1, hashlib.sha1(_PASSWORD.encode(), usedforsecurity=False).hexdigest().upper()),
        (HashMethod.SHA256, hashlib.sha256(_PASSWORD.encode()).hexdigest()),
        (HashMethod.BCRYPT, bcrypt.hashpw(_PASSWORD.encode(), bcrypt.gensalt(4)).decode()),
        (HashMethod.BCRYPT, bcrypt.hashpw(_PASSWORD.encode(), bcrypt.gensalt(4)).decode().replace("$2b$", "$2y$")),
        (HashMethod.LEGACY, legacy("sha512", ["salt", "@"], _HEX)),
        (HashMethod.LEGACY, legacy("RSA-SHA512", ["sa", "lt", "@", ""], _HEX)),
        (HashMethod.LEGACY, legacy("sha3-256", ["@"], hashlib.sha3_256(_PASSWORD.encode()).hexdigest())),
        (HashMethod.LEGACY, legacy("shake128", ["@"], hashlib.shake_128(_PASSWORD.encode()).hexdigest(16))),
        (HashMethod.LEGACY, legacy("pbkdf2", ["mySalt", "1000", "20", "sha512", "@"], _PBKDF2)),
        (HashMethod.LEGACY, legacy("pbkdf2", ["hex:00ff", "10", "32", "sha1", "@"], _PBKDF2_HEX)),
        (HashMethod.LEGACY, legacy(*_FIREBASE)),
    ],
    ids=count(),
)
def test_a_digest_of_each_kind_matches_its_password_alone(
    hasher: PasswordHasher, method: HashMethod, encoded: str
) -> None:
    kept = imported_hash(encoded, method=method)
    assert asyncio.run(hasher.verify(Secret(_PASSWORD), kept))
    assert not asyncio.run(hasher.verify(Secret("user2password"), kept))
    assert hasher.needs_rehash(kept)


def test_bcrypt_looks_at_seventy_two_bytes_as_it_always_did(hasher: PasswordHasher) -> None:
    encoded = bcrypt.hashpw(b"a" * 72, bcrypt.gensalt(4)).decode()
    kept = imported_hash(encoded, method=HashMethod.BCRYPT)
    assert asyncio.run(hasher.verify(Secret("a" * 80), kept))
    assert not asyncio.run(hasher.verify(Secret("a" * 71), kept))


@pytest.mark.parametrize(
    ("encoded", "refusal"),
    [
        ("nonsense", InvalidLegacyDigest),
        ("[" * 200, InvalidLegacyDigest),
        (legacy("sha256", ["@"]), InvalidLegacyDigest),
        (legacy("sha256", ["@"], "x", "y"), InvalidLegacyDigest),
        (legacy("sha256", [1, "@"], "x"), InvalidLegacyDigest),
        (legacy("sha256", ["salt"], "x"), InvalidLegacyDigest),
        (legacy("pbkdf2", ["salt", "1000", "@"], "x"), InvalidLegacyDigest),
        (legacy("pbkdf2", ["hex:abc", "1000", "20", "sha512", "@"], "x"), InvalidLegacyDigest),
        (legacy("pbkdf2", ["salt", "0", "20", "sha512", "@"], "x"), InvalidLegacyDigest),
        (legacy("pbkdf2", ["salt", "many", "20", "sha512", "@"], "x"), InvalidLegacyDigest),
        (legacy("firebase-scrypt", ["!", "!", "!", "8", "14", "@"], "x"), InvalidLegacyDigest),
        (legacy("rot13", ["@"], "x"), UnsupportedLegacyAlgorithm),
        (legacy("pbkdf2", ["salt", "1000", "20", "rot13", "@"], "x"), UnsupportedLegacyAlgorithm),
        (legacy("pbkdf2", ["salt", "1000", "20", "shake256", "@"], "x"), UnsupportedLegacyAlgorithm),
    ],
)
def test_a_legacy_tuple_that_cannot_be_evaluated_is_refused(encoded: str, refusal: type[DomainError]) -> None:
    with pytest.raises(refusal):
        imported_hash(encoded, method=HashMethod.LEGACY)


_BOMBS = [
    (HashMethod.BCRYPT, "$2b$31$" + "a" * 53),
    (HashMethod.LEGACY, legacy("pbkdf2", ["salt", "999999999", "20", "sha512", "@"], "x")),
    (HashMethod.LEGACY, legacy("pbkdf2", ["salt", "1000000", "128", "md5", "@"], "x")),
    (HashMethod.LEGACY, legacy("pbkdf2", ["salt", "1", "99999999", "sha512", "@"], "x")),
    (HashMethod.LEGACY, legacy("firebase-scrypt", ["aa==", "aa==", "Bw==", "8", "20", "@"], "x")),
    (HashMethod.LEGACY, legacy("firebase-scrypt", ["aa==", "aa==", "Bw==", "999999999", "1", "@"], "x")),
]


@pytest.mark.parametrize(("method", "encoded"), [*_BOMBS, (HashMethod.BCRYPT, "nonsense")])
def test_a_digest_that_costs_too_much_is_not_taken_in(method: HashMethod, encoded: str) -> None:
    with pytest.raises(InvalidInput, match=r"request\.invalid_input"):
        imported_hash(encoded, method=method)


@pytest.mark.parametrize(("method", "encoded"), _BOMBS)
def test_a_digest_that_got_past_the_door_burns_nothing_either(
    hasher: PasswordHasher, method: HashMethod, encoded: str
) -> None:
    kept = PasswordHash(method=method, encoded=encoded)

    async def check() -> bool:
        async with asyncio.timeout(5):
            return await hasher.verify(Secret(_PASSWORD), kept)

    assert not asyncio.run(check())
