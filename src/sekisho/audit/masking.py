"""What never gets into the log (experience.md §6.6): secrets are masked by their names, scripts left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_MASK = "******"
_EXACT = frozenset({"authorization", "xfunctionskey"})
_PARTS = ("secret", "password", "apikey", "privatekey", "credential", "cookie")
_FACTS = frozenset({"passwordverified", "haspassword"})
# Attack: names as long as requests may be, each another one, fill the memory.
_LONGEST_KNOWN = 100


def masked(value: Any) -> Any:
    """Return a JSON value that may be kept."""
    match value:
        case str():
            return value if value.isascii() and "\x00" not in value else _storable(value)
        case list() | tuple():
            return [masked(member) for member in value]
        case dict() | Mapping():
            return {
                name.written: _MASK if name.is_secret and _is_secret(name, member) else masked(member)
                for key, member in value.items()
                if (name := _known_name(key) if len(key) <= _LONGEST_KNOWN else _judged(key)).is_kept
            }
        case _:
            return value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Name:
    """What a member's name says of its value."""

    written: str
    normal: str
    is_kept: bool
    is_secret: bool


def _judged(key: str) -> _Name:
    name = key.replace("_", "").replace("-", "").lower()
    return _Name(
        written=_storable(key),
        normal=name,
        is_kept=not (name.startswith("script") or name.endswith("script") or "environmentvariables" in name),
        is_secret=name in _EXACT or name.endswith("token") or any(part in name for part in _PARTS),
    )


# The same few names come with every row.
_known_name = lru_cache(maxsize=4096)(_judged)


def _storable(text: str) -> str:
    """Return a text that every database keeps: without NUL, and without half characters."""
    return text.replace("\x00", "").encode(errors="replace").decode()


def _is_secret(name: _Name, member: Any) -> bool:
    if name.normal in _FACTS and isinstance(member, bool):
        return False
    # Which of its secrets an application used is worth knowing; its name opens nothing.
    if name.normal == "applicationsecret" and isinstance(member, Mapping) and list(member) == ["name"]:
        return not isinstance(member["name"], str)
    return True
