"""Which keys a client that signs may register: the key set itself, or the address it is published at."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from sekisho.crypto.public_keys import UnusablePublicKey, read_public_key

_MOST_KEYS = 20
_LONGEST_ADDRESS = 2048
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def is_key_set(document: object) -> bool:
    """Tell whether this is a JWK Set (RFC 7517 §5) of which every key can check a client's signature."""
    keys = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(keys, list) or not 0 < len(keys) <= _MOST_KEYS:
        return False
    try:
        for each in keys:
            read_public_key(each)
    except UnusablePublicKey:
        return False
    return True


def is_key_set_address(uri: str) -> bool:
    """Tell whether a key set may be fetched from here; what is fetched decides who is believed."""
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return False
    # Attack: over plain HTTP, whoever is on the way hands us keys of his own.
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    is_plain = "@" not in parts.netloc and not parts.fragment and uri.isascii() and uri.isprintable() and " " not in uri
    return is_safe and is_plain and bool(parts.hostname) and len(uri) <= _LONGEST_ADDRESS
