"""Argon2id by libsodium, which chooses the processor's widest instructions when it runs: half the work of argon2-cffi.

Hashes of one lane with a salt of 16 and a tag of 32 bytes, as made here; `digests.py` has every other Argon2 hash
checked elsewhere. Releases the GIL while it works. See docs/adr/0004-passwords-by-libsodium.md.
"""

import re

_PASSES = 2
_MEMORY_KIB = 19 * 1024
"""OWASP's second choice for Argon2id: 19 MiB, two passes, one lane."""

_HASH = re.compile(
    r"\$argon2id\$v=19\$m=(?P<memory>[1-9][0-9]{0,9}),t=(?P<passes>[1-9][0-9]{0,9}),p=1"
    r"\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}"
)
_LEAST_MEMORY_KIB = 8


def cost_of(encoded: str) -> tuple[int, int] | None:
    """Return the KiB of memory and the passes of a hash in the PHC string format; None if it is not one for here."""
    found = _HASH.fullmatch(encoded)
    if found is None or int(found["memory"]) < _LEAST_MEMORY_KIB:
        return None
    return int(found["memory"]), int(found["passes"])


def is_current(encoded: str) -> bool:
    """Tell whether a hash costs what a new one does."""
    return cost_of(encoded) == (_MEMORY_KIB, _PASSES)


def hash_password(password: str) -> str:
    """Hash a new password. Slow: runs in a thread."""
    # Here, not above: an idle server does without its 2 MB.
    from nacl.bindings import crypto_pwhash_ALG_ARGON2ID13, crypto_pwhash_str_alg  # noqa: PLC0415

    encoded = crypto_pwhash_str_alg(password.encode(), _PASSES, _MEMORY_KIB * 1024, crypto_pwhash_ALG_ARGON2ID13)
    return encoded.decode()


def matches(encoded: str, password: str) -> bool:
    """Tell whether a password is the hashed one, in a time that tells nothing else. Slow: runs in a thread."""
    from nacl.bindings import crypto_pwhash_str_verify  # noqa: PLC0415 — as above
    from nacl.exceptions import InvalidkeyError  # noqa: PLC0415

    try:
        return crypto_pwhash_str_verify(encoded.encode(), password.encode())
    except InvalidkeyError:
        return False
