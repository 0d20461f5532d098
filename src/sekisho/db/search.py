"""What a caller searches lists for, and its translation into SQL that means the same on both databases.

A store names the columns behind the searchable fields; parsing the query string is the surface's work.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, assert_never

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy.orm import InstrumentedAttribute

Columns = Mapping[str, InstrumentedAttribute[Any]]

_ESCAPE = "\\"


class SearchMode(StrEnum):
    EXACT = "exact"
    LIKE = "like"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTerm:
    """Matches when any field has any of the values; `like` takes one value with `%` and `_` as wildcards."""

    fields: Sequence[str]
    values: Sequence[str]
    mode: SearchMode = SearchMode.LIKE


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Terms of which one must match, or all with `matches_all`."""

    terms: Sequence[SearchTerm]
    matches_all: bool = False
    is_case_sensitive: bool = False


def condition(search: Search, columns: Columns, *, is_sqlite: bool) -> ColumnElement[bool]:
    """Return the WHERE clause of a search."""
    clauses = [
        or_(*[_matches(columns[name], term, search, is_sqlite=is_sqlite) for name in term.fields])
        for term in search.terms
    ]
    return and_(*clauses) if search.matches_all else or_(*clauses)


def _matches(
    column: InstrumentedAttribute[Any], term: SearchTerm, search: Search, *, is_sqlite: bool
) -> ColumnElement[bool]:
    match term.mode:
        case SearchMode.EXACT if search.is_case_sensitive:
            return column.in_(term.values)
        case SearchMode.EXACT:
            # Both sides are folded by the database, so that both know the same letters.
            return func.lower(column).in_([func.lower(value) for value in term.values])
        case SearchMode.LIKE if not search.is_case_sensitive:
            return column.ilike(_closed(term.values[0]), escape=_ESCAPE)
        case SearchMode.LIKE if is_sqlite:
            return column.op("GLOB", is_comparison=True)(_glob(term.values[0]))
        case SearchMode.LIKE:
            return column.like(_closed(term.values[0]), escape=_ESCAPE)
        case _:
            assert_never(term.mode)


def _closed(pattern: str) -> str:
    """Double an escape character that ends the pattern: PostgreSQL refuses one that escapes nothing."""
    trailing = len(pattern) - len(pattern.rstrip(_ESCAPE))
    return pattern + _ESCAPE if trailing % 2 else pattern


def _glob(pattern: str) -> str:
    """Rewrite a LIKE pattern for GLOB, the only case-sensitive pattern match of SQLite."""
    parts: list[str] = []
    characters = iter(pattern)
    for character in characters:
        match character:
            case "%":
                parts.append("*")
            case "_":
                parts.append("?")
            case "\\":
                parts.append(_glob_literal(next(characters, _ESCAPE)))
            case _:
                parts.append(_glob_literal(character))
    return "".join(parts)


def _glob_literal(character: str) -> str:
    return f"[{character}]" if character in "*?[" else character
