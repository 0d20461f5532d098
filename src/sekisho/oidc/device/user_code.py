"""The code that a person types: as it is shown, and as it is compared (RFC 8628 §6.1)."""

import re

_NOT_A_LETTER = re.compile(r"[\W_]+")
_HALF = 4


def shown(user_code: str) -> str:
    """Return the code in two halves, which are easier to read and type."""
    return f"{user_code[:_HALF]}-{user_code[_HALF:]}"


def compared(typed: str) -> str:
    """Return what was typed without the ways of typing it: case, dashes, spaces."""
    return _NOT_A_LETTER.sub("", typed).upper()
