"""Argon2id by libsodium: the same hashes as any other implementation's, made without holding up other threads."""

import threading
import time

import argon2
import pytest
from argon2.low_level import Type, hash_secret
from hypothesis import given
from hypothesis import strategies as st

from sekisho.kernel.errors import InvalidInput
from sekisho.passwords import argon2id
from sekisho.passwords.digests import verifier_of
from sekisho.passwords.models import HashMethod, PasswordHash

_PASSWORDS = st.text(st.characters(codec="utf-8"), max_size=70) | st.sampled_from(["", "\0", "a\0b", "関所"])
_SALT = b"0123456789abcdef"
_ANY_CHARACTER = st.sampled_from("$=,abAB019+/.- é\n")


def by_argon2_cffi(
    password: str, *, salt: bytes = _SALT, tag: int = 32, memory: int = 8, passes: int = 1, lanes: int = 1
) -> str:
    return hash_secret(
        password.encode(),
        salt,
        time_cost=passes,
        memory_cost=memory,
        parallelism=lanes,
        hash_len=tag,
        type=Type.ID,
    ).decode()


def argon2_cffi_accepts(encoded: str, password: str) -> bool:
    try:
        return argon2.PasswordHasher().verify(encoded, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError, UnicodeEncodeError):
        return False


def is_accepted(encoded: str, password: str) -> bool:
    try:
        return verifier_of(PasswordHash(method=HashMethod.ARGON2ID, encoded=encoded))(password)
    except (InvalidInput, UnicodeEncodeError):
        return False


@given(
    password=_PASSWORDS,
    other=_PASSWORDS,
    salt=st.binary(min_size=16, max_size=16),
    memory=st.integers(8, 200),
    passes=st.integers(1, 4),
)
def test_a_hash_made_elsewhere_matches_its_password_alone(
    password: str, other: str, salt: bytes, memory: int, passes: int
) -> None:
    encoded = by_argon2_cffi(password, salt=salt, memory=memory, passes=passes)

    assert argon2id.cost_of(encoded) == (memory, passes)
    assert argon2id.matches(encoded, password)
    assert argon2id.matches(encoded, other) is (other == password)


@pytest.mark.parametrize("password", ["", "\0", "a\0b", "Corr3ct-horse-9", "関所🗝", "x" * 4096])
def test_a_hash_made_here_matches_elsewhere(password: str) -> None:
    encoded = argon2id.hash_password(password)

    assert argon2_cffi_accepts(encoded, password)
    assert not argon2_cffi_accepts(encoded, password + "\0")
    assert argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).check_needs_rehash(encoded) is False
    assert argon2id.is_current(encoded)


@given(at=st.integers(0, 95), character=_ANY_CHARACTER, removed=st.integers(0, 2))
def test_a_damaged_hash_is_read_as_elsewhere(at: int, character: str, removed: int) -> None:
    good = by_argon2_cffi("user1password")
    damaged = good[:at] + character + good[at + removed :]

    assert is_accepted(damaged, "user1password") is argon2_cffi_accepts(damaged, "user1password")


@pytest.mark.parametrize(
    "encoded",
    [
        by_argon2_cffi("user1password", salt=_SALT[:8]),
        by_argon2_cffi("user1password", salt=_SALT * 3),
        by_argon2_cffi("user1password", tag=16),
        by_argon2_cffi("user1password", tag=64),
        by_argon2_cffi("user1password", lanes=4, memory=64),
    ],
)
def test_a_hash_of_another_form_is_checked_elsewhere(encoded: str) -> None:
    assert argon2id.cost_of(encoded) is None
    assert is_accepted(encoded, "user1password")
    assert not is_accepted(encoded, "user2password")


@pytest.mark.parametrize(("memory", "passes"), [(19 * 1024, 1), (19 * 1024 - 1, 2)])
def test_a_hash_of_another_cost_is_not_current(memory: int, passes: int) -> None:
    encoded = by_argon2_cffi("user1password", memory=memory, passes=passes)

    assert argon2id.matches(encoded, "user1password")
    assert not argon2id.is_current(encoded)


def test_other_threads_go_on_while_a_password_is_checked() -> None:
    encoded = by_argon2_cffi("user1password", memory=64 * 1024, passes=4)
    argon2id.matches(by_argon2_cffi("user1password"), "user1password")  # loads the library
    checking = threading.Thread(target=argon2id.matches, args=(encoded, "user1password"))
    turns = 0

    checking.start()
    while checking.is_alive():
        time.sleep(0.001)
        turns += 1

    assert turns > 5, "the interpreter was held for the whole check"
