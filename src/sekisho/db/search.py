"""What a caller searches lists for, and its translation into SQL that means the same on both databases.

A store names the columns behind the searchable fields; parsing the query string is the surface's work. Indexes answer
(`search_indexes.py`): on PostgreSQL by themselves, on SQLite through the candidates that its full-text index names.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, assert_never

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Executable,
    Select,
    String,
    and_,
    bindparam,
    column,
    func,
    or_,
    select,
    table,
)

from sekisho.db.database import UnitOfWork
from sekisho.db.errors import StatementTooSlow
from sekisho.db.patterns import check_pattern, closed, glob, literal_runs, similar_to_regex
from sekisho.db.search_indexes import INDEXED, index_of
from sekisho.db.statements import Answer
from sekisho.kernel.errors import InvalidInput

Columns = Mapping[str, Column[Any]]

_ESCAPE = "\\"
_MATCH = "search_match"
_INDEXABLE = re.compile(r"[^\W_]{3}")
_FOLD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


class SearchMode(StrEnum):
    EXACT = "exact"
    LIKE = "like"
    SIMILAR_TO = "similar_to"
    POSIX = "posix"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTerm:
    """Matches when any field has any of the values; all modes but `exact` take one value, which is a pattern."""

    fields: tuple[str, ...]
    values: tuple[str, ...]
    mode: SearchMode = SearchMode.LIKE

    @property
    def is_indexable(self) -> bool:
        """Tell whether an index finds what matches: a pattern needs three letters or digits in a row."""
        match self.mode:
            case SearchMode.EXACT:
                return True
            case SearchMode.LIKE:
                return any(_INDEXABLE.search(run) for run in literal_runs(self.values[0]))
            case SearchMode.SIMILAR_TO | SearchMode.POSIX:
                return False
            case _:
                assert_never(self.mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Terms of which one must match, or all with `matches_all`."""

    terms: tuple[SearchTerm, ...]
    matches_all: bool = False
    is_case_sensitive: bool = False

    @property
    def is_indexable(self) -> bool:
        """Tell whether it is answered without reading every row."""
        combine: Callable[[Iterator[bool]], bool] = any if self.matches_all else all
        return combine(term.is_indexable for term in self.terms)

    def shape(self) -> "Search":
        """Return what the SQL depends on: everything but the values."""
        terms = (replace(term, values=("",) * len(term.values)) for term in self.terms)
        return replace(self, terms=tuple(terms))

    def parameters(self, *, is_sqlite: bool) -> dict[str, str]:
        """Return the values for the SQL of this shape; raises `InvalidInput` for a pattern that cannot be read."""
        values: dict[str, str] = {}
        for at, term in enumerate(self.terms):
            for number, value in enumerate(term.values):
                values[f"search_{at}_{number}"] = self._written(term.mode, value, is_sqlite=is_sqlite)
                if term.mode is SearchMode.EXACT:
                    values[f"search_{at}_{number}_folded"] = value.translate(_FOLD)
        if is_sqlite and (candidates := self.candidates()):
            values[_MATCH] = candidates
        return values

    def candidates(self) -> str | None:
        """Return the question to SQLite's full-text index that finds all that can match, or None if none does."""
        asked = [_candidates(term) for term in self.terms]
        known = [each for each in asked if each is not None]
        if not known or (len(known) < len(asked) and not self.matches_all):
            return None
        return (" AND " if self.matches_all else " OR ").join(known)

    def _written(self, mode: SearchMode, value: str, *, is_sqlite: bool) -> str:
        match mode:
            case SearchMode.EXACT:
                return value
            case SearchMode.LIKE if is_sqlite and self.is_case_sensitive:
                return glob(value)
            case SearchMode.LIKE:
                return closed(value)
            case SearchMode.POSIX | SearchMode.SIMILAR_TO if is_sqlite:
                pattern = similar_to_regex(value) if mode is SearchMode.SIMILAR_TO else value
                check_pattern(pattern)
                return pattern
            case SearchMode.POSIX | SearchMode.SIMILAR_TO:
                return value
            case _:
                assert_never(mode)


def condition(search: Search, columns: Columns, *, is_sqlite: bool) -> ColumnElement[bool]:
    """Return the WHERE clause of a search, with its values."""
    values = search.parameters(is_sqlite=is_sqlite)
    return _Clause(search, columns, is_sqlite=is_sqlite, values=values).made(has_candidates=_MATCH in values)


def clause_of(shape: Search, columns: Columns, *, is_sqlite: bool, has_candidates: bool) -> ColumnElement[bool]:
    """Return the WHERE clause of all searches of a shape; `Search.parameters` are its values."""
    return _Clause(shape, columns, is_sqlite=is_sqlite, values={}).made(has_candidates=has_candidates)


async def run_search(
    uow: UnitOfWork, statement: Executable, parameters: Mapping[str, Any], *, search: Search
) -> Answer:
    """Run the statement of a search; raises `InvalidInput` when no index serves it and it takes too long."""
    # Attack: a pattern that matches anything, or a costly expression, over every row of a large tenant, many times.
    within = None if search.is_indexable else uow.database.scan_timeout
    try:
        return await uow.execute(statement, parameters, within=within)
    except StatementTooSlow:
        raise InvalidInput(
            details="The search takes too long. Give at least three letters or digits in a row, in the mode `like`."
        ) from None


class _Clause:
    """A WHERE clause being made; parameters that have no value yet get theirs when the statement runs."""

    def __init__(self, search: Search, columns: Columns, *, is_sqlite: bool, values: Mapping[str, str]) -> None:
        self._search = search
        self._columns = columns
        self._is_sqlite = is_sqlite
        self._values = values

    def made(self, *, has_candidates: bool) -> ColumnElement[bool]:
        clauses = [
            or_(*[self._matches(self._columns[name], at) for name in term.fields])
            for at, term in enumerate(self._search.terms)
        ]
        exactly = and_(*clauses) if self._search.matches_all else or_(*clauses)
        searched = next(iter(self._columns.values())).table
        if not (self._is_sqlite and has_candidates and searched.name in INDEXED):
            return exactly
        index = index_of(searched.name)
        asked = column(index).op("MATCH", is_comparison=True)(self._parameter(_MATCH))
        found: Select[str] = select(column("id", String)).select_from(table(index, column("id"))).where(asked)
        return and_(searched.c.id.in_(found), exactly)

    def _matches(self, searched: Column[Any], at: int) -> ColumnElement[bool]:
        mode, is_case_sensitive = self._search.terms[at].mode, self._search.is_case_sensitive
        if mode is SearchMode.EXACT:
            return self._equals(searched, at)
        pattern = self._parameter(f"search_{at}_0")
        match mode:
            case SearchMode.LIKE if self._is_sqlite and is_case_sensitive:
                return searched.op("GLOB", is_comparison=True)(pattern)
            case SearchMode.LIKE if self._is_sqlite or is_case_sensitive:
                return searched.like(pattern, escape=_ESCAPE)  # SQLite's does not tell ASCII capitals from others
            case SearchMode.LIKE:
                return searched.ilike(pattern, escape=_ESCAPE)
            case SearchMode.SIMILAR_TO if self._is_sqlite:
                return func.sekisho_similar_to(pattern, searched, is_case_sensitive) == 1
            case SearchMode.SIMILAR_TO:
                return searched.op("SIMILAR TO", is_comparison=True)(pattern)
            case SearchMode.POSIX if self._is_sqlite:
                return func.sekisho_posix(pattern, searched, is_case_sensitive) == 1
            case SearchMode.POSIX:
                return searched.op("~" if is_case_sensitive else "~*", is_comparison=True)(pattern)
            case _:
                assert_never(mode)

    def _equals(self, searched: Column[Any], at: int) -> ColumnElement[bool]:
        """Compare folded texts, which are indexed; where case counts, the texts too."""
        names = [f"search_{at}_{number}" for number in range(len(self._search.terms[at].values))]
        indexed = INDEXED.get(searched.table.name)
        key = None if indexed is None else indexed.keys.get(searched.key)
        if key is not None:
            folded = [self._parameter(f"{name}_folded") for name in names]
            clause: ColumnElement[bool] = searched.table.c[key].in_(folded)
        else:
            # Both sides are folded by the database, so that both know the same letters.
            clause = func.lower(searched).in_([func.lower(self._parameter(name)) for name in names])
        if not self._search.is_case_sensitive:
            return clause
        return and_(clause, searched.in_([self._parameter(name) for name in names]))

    def _parameter(self, name: str) -> BindParameter[str]:
        if not self._values:
            return bindparam(name, type_=String)
        return bindparam(name, self._values[name], type_=String)


def _candidates(term: SearchTerm) -> str | None:
    """Return what the full-text index must hold of a term: all texts between its wildcards, in any of its fields."""
    if term.mode is not SearchMode.LIKE:
        return None
    runs = [run for run in literal_runs(term.values[0]) if len(run) > 2]  # noqa: PLR2004 — trigrams
    if not runs:
        return None
    quoted = " AND ".join('"' + run.replace('"', '""') + '"' for run in runs)
    return f"({{{' '.join(term.fields)}}} : ({quoted}))"
