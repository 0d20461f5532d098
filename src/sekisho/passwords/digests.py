"""Password digests of other systems: read into something that checks a password at a bounded cost, or refused.

The same reading happens when a digest is taken in and when it is checked, so that nothing that was written past the
API costs more. Tuples of the method `Legacy` are read in `legacy.py`.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from functools import partial
from typing import TypeAlias, assert_never

from sekisho.kernel.errors import InvalidInput
from sekisho.passwords import argon2id
from sekisho.passwords.models import HashMethod, PasswordHash

Verifier: TypeAlias = Callable[[str], bool]
"""Tells whether a password is the one that was digested. Slow: runs in a thread."""

_MAX_MEMORY_KIB = 256 * 1024
_MAX_PASSES = 10
_MAX_LANES = 8
_MAX_BCRYPT_ROUNDS = 14
_BCRYPT = re.compile(r"\$2[abxy]\$(?P<rounds>\d\d)\$[./0-9A-Za-z]{53}")
_BCRYPT_BYTES = 72


def verifier_of(kept: PasswordHash) -> Verifier:
    """Return the check of a digest.

    Raises `InvalidInput` for one that cannot be read or afforded, and the refusals of `legacy.py`.
    """
    match kept.method:
        case HashMethod.ARGON2ID | HashMethod.ARGON2I | HashMethod.ARGON2D:
            return _argon2(kept.encoded)
        case HashMethod.BCRYPT:
            return _bcrypt(kept.encoded)
        case HashMethod.MD5 | HashMethod.SHA1 | HashMethod.SHA256:
            return _plain_digest(kept.encoded, algorithm=kept.method.lower())
        case HashMethod.LEGACY:
            from sekisho.passwords.legacy import legacy_verifier  # noqa: PLC0415 — hardly any tenant has such

            return legacy_verifier(kept.encoded)
        case _:
            assert_never(kept.method)


def _argon2(encoded: str) -> Verifier:
    if (cost := argon2id.cost_of(encoded)) is None:
        return _other_argon2(encoded)
    _refuse_dear(*cost, lanes=1)
    return partial(argon2id.matches, encoded)


def _other_argon2(encoded: str) -> Verifier:
    """Read a hash of another kind or form than is made here."""
    import argon2  # noqa: PLC0415 — hardly any tenant has such
    from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415

    try:
        cost = argon2.extract_parameters(encoded if encoded.isascii() else "")
    except InvalidHashError:
        raise InvalidInput(details="The password digest is not an Argon2 hash in the PHC string format.") from None
    _refuse_dear(cost.memory_cost, cost.time_cost, lanes=cost.parallelism)

    def matches(password: str) -> bool:
        try:
            return argon2.PasswordHasher().verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False

    return matches


def _refuse_dear(memory_kib: int, passes: int, *, lanes: int) -> None:
    # Attack: one hash that takes gigabytes and hours to check stops every sign-in.
    if not (0 < memory_kib <= _MAX_MEMORY_KIB and 0 < passes <= _MAX_PASSES and 0 < lanes <= _MAX_LANES):
        raise InvalidInput(
            details=f"The password digest costs too much: up to m={_MAX_MEMORY_KIB}, t={_MAX_PASSES}, p={_MAX_LANES}."
        )


def _bcrypt(encoded: str) -> Verifier:
    found = _BCRYPT.fullmatch(encoded)
    if found is None:
        raise InvalidInput(details="The password digest is not a bcrypt hash.")
    # Attack: each round doubles the work; 31 of them are months.
    if int(found["rounds"]) > _MAX_BCRYPT_ROUNDS:
        raise InvalidInput(details=f"The password digest costs too much: up to {_MAX_BCRYPT_ROUNDS} rounds.")

    def matches(password: str) -> bool:
        import bcrypt  # noqa: PLC0415 — hardly any tenant has such

        # bcrypt has always looked at 72 bytes alone; whoever made the hash cut the rest off as silently.
        try:
            return bcrypt.checkpw(password.encode()[:_BCRYPT_BYTES], encoded.encode())
        except ValueError:
            return False

    return matches


def _plain_digest(encoded: str, *, algorithm: str) -> Verifier:
    """Read the hex digest of the password alone; what is no digest matches nothing."""
    return lambda password: same_text(hashlib.new(algorithm, password.encode()).hexdigest(), encoded.lower())


def same_text(one: str, other: str) -> bool:
    """Compare in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())
