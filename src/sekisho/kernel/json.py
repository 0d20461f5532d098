"""JSON at the edge: what a client may send before anybody looks at its meaning.

NUL and lone surrogates break PostgreSQL's text, NaN is not JSON, and unbounded depth breaks whoever walks it.
"""

import math
from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
JsonObject: TypeAlias = "dict[str, Json]"

MAX_DEPTH = 64


class UnacceptableJson(ValueError):
    """A value that is JSON by grammar but cannot be kept."""


def check_json(value: object, *, depth: int = 0) -> None:
    """Refuse values that cannot be stored on every database: raises `UnacceptableJson`."""
    if depth > MAX_DEPTH:
        raise UnacceptableJson("nested too deeply")
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, dict):
        for key, member in value.items():
            check_text(key)
            check_json(member, depth=depth + 1)
    elif isinstance(value, list):
        for member in value:
            check_json(member, depth=depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise UnacceptableJson("not a finite number")


def check_text(value: str) -> None:
    """Refuse NUL and lone surrogates: raises `UnacceptableJson`."""
    if "\x00" in value:
        raise UnacceptableJson("contains a null character")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise UnacceptableJson("contains a lone surrogate") from None
