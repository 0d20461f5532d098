"""Password hashes that were made elsewhere: which of them are taken in.

A hash brings its own cost, and every guess at its password pays it.
"""

import argon2
from argon2.exceptions import InvalidHashError

from sekisho.kernel.errors import InvalidInput
from sekisho.passwords.errors import UnsupportedHash
from sekisho.passwords.models import HashMethod, PasswordHash

# Hashes of other methods are taken in as soon as they can be checked at sign-in.
_CHECKABLE = frozenset({HashMethod.ARGON2ID, HashMethod.ARGON2I, HashMethod.ARGON2D})
_MAX_MEMORY_KIB = 256 * 1024
_MAX_PASSES = 10
_MAX_LANES = 8


def imported_hash(encoded: str, *, method: HashMethod) -> PasswordHash:
    """Return a hash as it is kept; raises `UnsupportedHash`, and `InvalidInput` for one that cannot be afforded."""
    if method not in _CHECKABLE:
        raise UnsupportedHash(name=method)
    try:
        cost = argon2.extract_parameters(encoded)
    except InvalidHashError:
        raise InvalidInput(details="The password digest is not an Argon2 hash in the PHC string format.") from None
    # Attack: one hash that takes gigabytes and hours to check stops every sign-in.
    if not (
        0 < cost.memory_cost <= _MAX_MEMORY_KIB
        and 0 < cost.time_cost <= _MAX_PASSES
        and 0 < cost.parallelism <= _MAX_LANES
    ):
        raise InvalidInput(
            details=f"The password digest costs too much: up to m={_MAX_MEMORY_KIB}, t={_MAX_PASSES}, p={_MAX_LANES}."
        )
    return PasswordHash(method=method, encoded=encoded)
