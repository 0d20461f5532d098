"""Statements made ready for a driver: compiled once for a dialect, afterwards only filled with values.

Compiling takes ten times as long as running. What a store builds once is therefore compiled once; what is built for one
request is compiled for it. The types of columns and parameters convert values here, in both directions.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache, partial
from typing import Any, NamedTuple, TypeAlias, cast

from sqlalchemy import (
    JSON,
    ClauseElement,
    Delete,
    Dialect,
    Executable,
    Insert,
    Select,
    Table,
    TextClause,
    Update,
    UpdateBase,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import iterate
from sqlalchemy.types import TypeEngine

from sekisho.db.connections import Arguments, Change, Connection, Effect, Rows
from sekisho.db.json_codec import loads
from sekisho.db.types import Table as DeclaredTable

Values = Mapping[str, Any]
Parameters = Values | Sequence[Values] | None
Row: TypeAlias = Any
"""What a statement returned of one row: a named tuple of its columns."""
_Convert = Callable[[Any], Any]
_MakeRow = Callable[[Sequence[Any]], Row]

# More than the product has; those built for one request fill the rest.
_KEPT = 1000


class Answer:
    """The rows that a statement returned, and how many it touched."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: Sequence[Row], *, rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def all(self) -> Sequence[Row]:
        return self._rows

    def first(self) -> Row | None:
        return self._rows[0] if self._rows else None

    def one_or_none(self) -> Row | None:
        """Return the only row there is, if there is one."""
        if len(self._rows) > 1:
            raise LookupError("a statement that finds one row at most has found several")
        return self.first()

    def one(self) -> Row:
        row = self.one_or_none()
        if row is None:
            raise LookupError("a statement that finds one row has found none")
        return row

    def scalar(self) -> Any:
        """Return the first column of the first row; None without one."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        return self.one()[0]

    def scalars(self) -> Sequence[Any]:
        """Return the first column of every row."""
        return [row[0] for row in self._rows]

    def mappings(self) -> "Answer":
        """Return the rows as mappings from the names of columns."""
        return Answer([row._asdict() for row in self._rows], rowcount=self.rowcount)


class Statements:
    """The statements of one dialect that ran last, compiled."""

    def __init__(self, dialect: Dialect) -> None:
        self._compiled = lru_cache(_KEPT)(partial(Statement, dialect=dialect))

    def prepare(self, statement: Executable, parameters: Parameters) -> "Statement":
        """Return a statement ready to run; which columns it writes depends on the names of the parameters."""
        values = parameters[0] if isinstance(parameters, Sequence) else parameters or {}
        return self._compiled(statement, tuple(values))


class _Slot(NamedTuple):
    """Where one argument comes from: a value, or one element of a value that is a list."""

    key: str
    element: int | None
    convert: _Convert | None


class Statement:
    """One statement as the driver takes it."""

    def __init__(self, statement: Executable, names: Sequence[str], *, dialect: Dialect) -> None:
        columns_written: Any = {"column_keys": list(names)} if isinstance(statement, UpdateBase) else {}
        compiled = cast("SQLCompiler", cast("ClauseElement", statement).compile(dialect=dialect, **columns_written))
        if compiled.prefetch or compiled.literal_execute_params:
            raise TypeError("stores write every value: no defaults in Python, nothing rendered when a statement runs")
        self.sql = compiled.string
        self.is_select = bool(getattr(statement, "is_select", False))
        self._statement = cast("ClauseElement", statement)
        self._compiled = compiled
        self._fixed = {bind.key: bind.effective_value for bind in compiled.binds.values() if not bind.required}
        self._to_database = {name: _binds(bind.type, dialect) for name, bind in compiled.binds.items()}
        self._slots = [self._slot(name) for name in compiled.positiontup or ()]
        self._lists = [bind.key for bind in compiled.post_compile_params]
        self._spread: dict[tuple[int, ...], tuple[str, list[_Slot]]] = {}
        self._is_text = isinstance(statement, TextClause)
        columns = [] if self._is_text else list(getattr(statement, "exported_columns", ()))
        self._row = _row_of(tuple([column.key or "" for column in columns]))
        self._returns_rows = bool(columns)
        results = [_reads(column.type, dialect) for column in columns]
        self._from_database = [(at, convert) for at, convert in enumerate(results) if convert is not None]

    async def run(self, connection: Connection, parameters: Parameters) -> Answer:
        """Run it once; or once for each of a sequence of values, and then it returns no rows."""
        if isinstance(parameters, Sequence):
            await connection.change_each(self.sql, [self._filled(values)[1] for values in parameters])
            return Answer((), rowcount=len(parameters))
        sql, arguments = self._filled(parameters or {})
        if self._is_text:
            names, rows, rowcount = await connection.run(sql, arguments)
            return Answer([*map(_row_of(tuple(names)), rows)], rowcount=rowcount)
        if not self._returns_rows:
            return Answer((), rowcount=await connection.change(sql, arguments))
        rows = self._converted(await connection.fetch(sql, arguments))
        return Answer(rows, rowcount=len(rows))

    def change(self, values: Values, *, is_required: bool) -> Change:
        """Return what it does, to go together with others."""
        effect = self._effect
        sql, arguments = self._filled(values)
        return Change(
            sql, arguments, _below(self.tables) if effect is Effect.REMOVES else self.tables, effect, is_required
        )

    @cached_property
    def tables(self) -> frozenset[str]:
        """The tables it names."""
        return frozenset(each.name for each in iterate(self._statement) if isinstance(each, Table))

    @cached_property
    def _effect(self) -> Effect:
        effect = _effect_of(self._statement)
        if effect is None or len(self.tables) != 1:
            # What looks at another table might miss what goes together with it.
            raise TypeError("a change that waits is an INSERT, UPDATE, DELETE or SELECT FOR UPDATE of one table")
        return effect

    def _filled(self, values: Values) -> tuple[str, Arguments]:
        given = {**self._fixed, **values} if self._fixed else values
        sql, slots = (self.sql, self._slots) if not self._lists else self._spread_out(given)
        arguments = []
        for key, element, convert in slots:
            value = given[key] if element is None else given[key][element]
            arguments.append(value if convert is None else convert(value))
        return sql, arguments

    def _spread_out(self, given: Values) -> tuple[str, list[_Slot]]:
        """Return the text with one placeholder for each element of its lists, and what goes there."""
        lengths = tuple([len(given[key]) for key in self._lists])
        found = self._spread.get(lengths)
        if found is None:
            state = self._compiled.construct_expanded_state(dict(given))
            elements = {
                part: (name, at) for name, parts in state.parameter_expansion.items() for at, part in enumerate(parts)
            }
            slots = [self._slot(*elements.get(part, (part, None))) for part in state.positiontup or ()]
            found = self._spread[lengths] = (state.statement, slots)
        return found

    def _slot(self, name: str, element: int | None = None) -> _Slot:
        return _Slot(self._compiled.binds[name].key, element, self._to_database[name])

    def _converted(self, rows: Rows) -> Sequence[Row]:
        if not self._from_database:
            return [*map(self._row, rows)]
        converted = []
        for row in rows:
            values = list(row)
            for at, convert in self._from_database:
                values[at] = convert(values[at])
            converted.append(self._row(values))
        return converted


@lru_cache(_KEPT)
def _row_of(names: Sequence[str]) -> _MakeRow:
    """Return what makes a row of its values; columns without a name of their own are found by position."""
    # Which columns there are is known only here.
    kind: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024
    return cast("_MakeRow", kind._make)


def _effect_of(statement: ClauseElement) -> Effect | None:
    match statement:
        case Select():
            return Effect.LOCKS
        case Delete():
            return Effect.REMOVES
        case postgresql.Insert() | sqlite.Insert() | Update():  # made by a dialect to say what a conflict leads to
            return Effect.CHANGES
        case Insert():
            return Effect.ADDS
        case _:
            return None


@cache
def _below(tables: frozenset[str]) -> frozenset[str]:
    """Return tables with all whose rows may go when theirs do, because they refer to them."""
    everything = DeclaredTable.metadata.tables.values()
    found = tables.union(
        each.name for each in everything for key in each.foreign_keys if key.column.table.name in tables
    )
    return found if found == tables else _below(found)


def _binds(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reads(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    own = kind.dialect_impl(dialect)
    convert = own.result_processor(dialect, None)
    # With asyncpg, SQLAlchemy leaves JSON to a codec that every connection would have to install.
    return _document if convert is None and isinstance(own, JSON) else convert


def _document(text: str | None) -> Any:
    return None if text is None else loads(text)
