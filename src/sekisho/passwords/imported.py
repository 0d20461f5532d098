"""Password hashes that were made elsewhere: which of them are taken in.

A hash brings its own cost, and every guess at its password pays it.
"""

from sekisho.passwords.digests import verifier_of
from sekisho.passwords.models import HashMethod, PasswordHash


def imported_hash(encoded: str, *, method: HashMethod) -> PasswordHash:
    """Return a hash as it is kept; raises `InvalidInput` and others for one that cannot be read, or afforded."""
    kept = PasswordHash(method=method, encoded=encoded)
    verifier_of(kept)
    return kept
