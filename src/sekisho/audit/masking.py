"""What never gets into the log (experience.md §6.6): secrets are masked by their names, scripts left out."""

from collections.abc import Mapping
from typing import Any

_MASK = "******"
_EXACT = frozenset({"authorization", "xfunctionskey"})
_PARTS = ("secret", "password", "apikey", "privatekey", "credential", "cookie")
_FACTS = frozenset({"passwordverified", "haspassword"})


def masked(value: Any) -> Any:
    """Return a JSON value that may be kept."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, Mapping):
        return {
            key.replace("\x00", ""): _MASK if _is_secret(name, member) else masked(member)
            for key, member in value.items()
            if not _is_left_out(name := _normal(key))
        }
    if isinstance(value, list | tuple):
        return [masked(member) for member in value]
    return value


def _normal(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


def _is_left_out(name: str) -> bool:
    return name.startswith("script") or name.endswith("script") or "environmentvariables" in name


def _is_secret(name: str, member: Any) -> bool:
    if name in _FACTS and isinstance(member, bool):
        return False
    # Which of its secrets an application used is worth knowing; its name opens nothing.
    if name == "applicationsecret" and isinstance(member, Mapping) and list(member) == ["name"]:
        return not isinstance(member["name"], str)
    return name in _EXACT or name.endswith("token") or any(part in name for part in _PARTS)
