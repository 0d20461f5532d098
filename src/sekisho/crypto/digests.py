"""How a bearer secret that we only ever look up by its value is kept: codes, opaque tokens, session ids."""

from hashlib import sha256


def digest(text: str) -> bytes:
    """Return the SHA-256 of a random value of ours. Not for passwords: those are guessable, and this is fast."""
    return sha256(text.encode()).digest()
