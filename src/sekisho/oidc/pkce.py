"""Proof Key for Code Exchange (RFC 7636), method S256 only (RFC 9700 §2.1.1)."""

import hmac
import re
from base64 import urlsafe_b64encode
from hashlib import sha256

from sekisho.oidc.errors import InvalidRequest

METHOD = "S256"
_SHORTEST, _LONGEST = 43, 128
_CHARACTERS = re.compile(r"[A-Za-z0-9._~-]*")


def check_form(value: str, *, name: str) -> None:
    """Refuse a challenge or verifier that cannot be one."""
    # RFC 7636 §4.1, §4.2: 43 to 128 unreserved characters.
    if len(value) < _SHORTEST:
        raise InvalidRequest(f"{name} must be a string with a minimum length of 43 characters")
    if len(value) > _LONGEST:
        raise InvalidRequest(f"{name} must be a string with a maximum length of 128 characters")
    if not _CHARACTERS.fullmatch(value):
        raise InvalidRequest(f"{name} contains invalid characters")


def verifies(verifier: str, *, challenge: str) -> bool:
    # RFC 7636 §4.6
    computed = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(computed, challenge.encode())
