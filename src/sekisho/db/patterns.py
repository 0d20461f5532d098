"""Patterns of searches, rewritten for SQLite: LIKE for GLOB, SIMILAR TO for regular expressions, and these for RE2.

RE2 takes time linear in the text. Attack: an expression that makes a backtracking engine try every way there is.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from sekisho.kernel.errors import InvalidInput

_ESCAPE = "\\"
_RE2_BYTES = 1024 * 1024
_LITERAL = frozenset(".^$")
_UNREADABLE = "The search pattern cannot be read."


def literal_runs(pattern: str) -> Sequence[str]:
    """Return the texts between the wildcards of a LIKE pattern."""
    runs: list[list[str]] = [[]]
    for character, is_wild in _like(pattern):
        if is_wild:
            runs.append([])
        else:
            runs[-1].append(character)
    return ["".join(run) for run in runs if run]


def closed(pattern: str) -> str:
    """Double an escape character that ends the pattern: PostgreSQL refuses one that escapes nothing."""
    trailing = len(pattern) - len(pattern.rstrip(_ESCAPE))
    return pattern + _ESCAPE if trailing % 2 else pattern


def glob(pattern: str) -> str:
    """Rewrite a LIKE pattern for GLOB, the only case-sensitive pattern match of SQLite."""
    wild = {"%": "*", "_": "?"}
    return "".join(
        wild[character] if is_wild else f"[{character}]" if character in "*?[" else character
        for character, is_wild in _like(pattern)
    )


def similar_to_regex(pattern: str) -> str:
    """Rewrite a SIMILAR TO pattern as a regular expression for the whole text (PostgreSQL 9.7.2)."""
    parts: list[str] = []
    characters = iter(pattern)
    is_in_brackets = False
    for character in characters:
        match character:
            case "\\":
                parts.append(re.escape(next(characters, _ESCAPE)))
            case _ if is_in_brackets:
                is_in_brackets = character != "]"
                parts.append(character)
            case "[":
                is_in_brackets = True
                parts.append(character)
            case "%":
                parts.append(".*")
            case "_":
                parts.append(".")
            case _ if character in _LITERAL:
                parts.append(_ESCAPE + character)
            case _:
                parts.append(character)
    return "".join(parts)


def check_pattern(pattern: str) -> None:
    """Raise `InvalidInput` unless RE2 can read a regular expression."""
    import re2  # type: ignore[import-untyped] # noqa: PLC0415 — loaded by the first search that needs it

    try:
        _compiled(pattern, True)
    except re2.error:
        raise InvalidInput(details=_UNREADABLE) from None


def posix(pattern: str, text: str | None, is_case_sensitive: int) -> int | None:
    """Tell whether a regular expression matches somewhere; what SQLite calls `sekisho_posix`."""
    if text is None:
        return None
    return int(_compiled(pattern, bool(is_case_sensitive)).search(text) is not None)


def similar_to(pattern: str, text: str | None, is_case_sensitive: int) -> int | None:
    """Tell whether a regular expression matches the whole text; what SQLite calls `sekisho_similar_to`."""
    if text is None:
        return None
    return int(_compiled(pattern, bool(is_case_sensitive)).fullmatch(text) is not None)


@lru_cache(64)
def _compiled(pattern: str, is_case_sensitive: bool) -> Any:  # noqa: FBT001 — positional for the cache
    import re2  # noqa: PLC0415 — see above

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _RE2_BYTES
    options.dot_nl = True  # as PostgreSQL's dot
    options.case_sensitive = is_case_sensitive
    return re2.compile(pattern, options)


def _like(pattern: str) -> Iterator[tuple[str, bool]]:
    """Yield the characters of a LIKE pattern, and whether they are wildcards."""
    characters = iter(pattern)
    for character in characters:
        if character == _ESCAPE:
            yield next(characters, _ESCAPE), False
        else:
            yield character, character in "%_"
