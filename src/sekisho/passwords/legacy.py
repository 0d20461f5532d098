"""Digests of the method `Legacy`: a JSON tuple `[algorithm, args, hash]` (management-api.md §6.3).

`args` holds `@` where the password goes. Every evaluation is bounded when the tuple is read.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from sekisho.kernel.errors import InvalidInput
from sekisho.passwords.digests import Verifier, same_text
from sekisho.passwords.errors import InvalidLegacyDigest, UnsupportedLegacyAlgorithm

_PASSWORD = "@"  # noqa: S105 — the mark of the place where the password goes
_HEX_SALT = "hex:"

# Some second of one core.
_MAX_BLOCK_ITERATIONS = 2_000_000
_MAX_KEY_BYTES = 128
_MAX_SCRYPT_BYTES = 64 * 1024 * 1024
_SCRYPT_BLOCK = 128
_MAX_MEMORY_COST = 20
_FIREBASE_KEY_BYTES = 32

# Names that OpenSSL's users know, and Python's of the same.
_ALIASES = {"blake2b512": "blake2b", "blake2s256": "blake2s", "rmd160": "ripemd160", "ripemd": "ripemd160"}
# Without a length of their own they have these (bytes), as OpenSSL's command has.
_EXTENDABLE = {"shake_128": 16, "shake_256": 32}


class _Legacy(NamedTuple):
    algorithm: str
    args: list[str]
    hash: str


class _FirebaseCost(NamedTuple):
    rounds: int
    memory_cost: int


def legacy_verifier(encoded: str) -> Verifier:
    """Return the check of a tuple; raises `InvalidLegacyDigest`, `UnsupportedLegacyAlgorithm`, `InvalidInput`."""
    try:
        legacy = msgspec.json.decode(encoded, type=_Legacy)
    except (msgspec.DecodeError, RecursionError):
        raise InvalidLegacyDigest from None
    if _PASSWORD not in legacy.args:
        raise InvalidLegacyDigest
    match legacy.algorithm.lower():
        case "pbkdf2":
            return _pbkdf2(legacy)
        case "firebase-scrypt":
            return _firebase_scrypt(legacy)
        case _:
            return _digest(legacy)


def _digest(legacy: _Legacy) -> Verifier:
    digest = _digest_named(legacy.algorithm)

    def matches(password: str) -> bool:
        text = "".join(password if each == _PASSWORD else each for each in legacy.args)
        return same_text(digest(text.encode()).hex(), legacy.hash.lower())

    return matches


def _pbkdf2(legacy: _Legacy) -> Verifier:
    salt_text, iterations, length, algorithm = _first(legacy.args, 4)
    salt = _salt(salt_text)
    rounds, size = _number(iterations), _number(length)
    if (name := _python_name(algorithm)) in _EXTENDABLE:
        raise UnsupportedLegacyAlgorithm(algorithm=algorithm[:100])
    try:
        block = hashlib.new(name, usedforsecurity=False).digest_size
    except ValueError:
        raise UnsupportedLegacyAlgorithm(algorithm=algorithm[:100]) from None
    # Attack: one hash that takes hours to check stops every sign-in.
    if size > _MAX_KEY_BYTES or rounds * -(-size // block) > _MAX_BLOCK_ITERATIONS:
        raise InvalidInput(
            details=f"The password digest costs too much: up to {_MAX_BLOCK_ITERATIONS} iterations in all,"
            f" and {_MAX_KEY_BYTES} bytes."
        )
    return lambda password: same_text(
        hashlib.pbkdf2_hmac(name, password.encode(), salt, rounds, size).hex(), legacy.hash.lower()
    )


def _firebase_scrypt(legacy: _Legacy) -> Verifier:
    salt, signer_key, separator, rounds, memory_cost = _first(legacy.args, 5)
    salted, signer = _base64(salt) + _base64(separator), _base64(signer_key)
    cost = _firebase_cost(rounds, memory_cost)

    def matches(password: str) -> bool:
        key = hashlib.scrypt(
            password.encode(),
            salt=salted,
            n=2**cost.memory_cost,
            r=cost.rounds,
            p=1,
            maxmem=2 * _MAX_SCRYPT_BYTES,
            dklen=_FIREBASE_KEY_BYTES,
        )
        encryptor = Cipher(AES(key), CTR(bytes(16))).encryptor()
        made = base64.b64encode(encryptor.update(signer) + encryptor.finalize()).decode()
        return same_text(made, legacy.hash)

    return matches


def _firebase_cost(rounds: str, memory_cost: str) -> _FirebaseCost:
    cost = _FirebaseCost(rounds=_number(rounds), memory_cost=_number(memory_cost))
    # Attack: one hash that takes gigabytes and hours to check stops every sign-in.
    is_affordable = (
        cost.memory_cost <= _MAX_MEMORY_COST and _SCRYPT_BLOCK * cost.rounds * 2**cost.memory_cost <= _MAX_SCRYPT_BYTES
    )
    if not is_affordable:
        raise InvalidInput(details=f"The password digest costs too much: up to {_MAX_SCRYPT_BYTES} bytes of memory.")
    return cost


def _digest_named(algorithm: str) -> Callable[[bytes], bytes]:
    name = _python_name(algorithm)
    try:
        hashlib.new(name, usedforsecurity=False)
    except ValueError:
        raise UnsupportedLegacyAlgorithm(algorithm=algorithm[:100]) from None
    if name in _EXTENDABLE:
        return lambda text: getattr(hashlib, name)(text).digest(_EXTENDABLE[name])
    return lambda text: hashlib.new(name, text, usedforsecurity=False).digest()


def _python_name(algorithm: str) -> str:
    """Return what Python calls a digest: `RSA-SHA512/256` is `sha512_256`, `SHA-1` is `sha1`."""
    name = algorithm.lower().removeprefix("rsa-").replace("/", "-")
    if name in _ALIASES:
        return _ALIASES[name]
    for family in ("sha3-", "sha512-"):
        if name.startswith(family):
            return name.replace("-", "_")
    if name.startswith("shake") and not name.startswith("shake_"):
        return f"shake_{name.removeprefix('shake').removeprefix('-')}"
    return name.replace("sha-", "sha")


def _first(args: Sequence[str], count: int) -> Sequence[str]:
    if len(args) < count:
        raise InvalidLegacyDigest
    return args[:count]


def _salt(text: str) -> bytes:
    if not text.startswith(_HEX_SALT):
        return text.encode()
    try:
        return binascii.unhexlify(text.removeprefix(_HEX_SALT))
    except ValueError:
        raise InvalidLegacyDigest from None


def _base64(text: str) -> bytes:
    padded = text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)
    try:
        return base64.b64decode(padded, validate=True)
    except ValueError:
        raise InvalidLegacyDigest from None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < len(text) < 10 and int(text) > 0):  # noqa: PLR2004 — fits 32 bits
        raise InvalidLegacyDigest
    return int(text)
