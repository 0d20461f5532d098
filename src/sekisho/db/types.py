"""How tables are declared: the base class of each, its columns, and types that mean the same on both databases.

The classes look as SQLAlchemy's declarative ones do and are SQLAlchemy Core: its ORM is never loaded (`docs/adr/0002`).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from inspect import get_annotations
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar, Union, get_args, get_origin

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    MetaData,
    String,
    TextClause,
    schema,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from sekisho.kernel.clock import epoch_milliseconds, from_epoch_milliseconds, to_milliseconds

_NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

TENANT_ID = String(21)
ID = String(21)
SHORT_ID = String(12)
DIGEST = LargeBinary(32)
"""A SHA-256: the only form in which a bearer secret that we look up by value is kept."""


_Value_co = TypeVar("_Value_co", covariant=True)


class Mapped(Generic[_Value_co]):
    """How a column is annotated: `Mapped[str | None]` holds texts and may be null. Its class has a `Column` there."""

    if TYPE_CHECKING:

        def __get__(self, instance: object, owner: type) -> Column[_Value_co]: ...


_Part: TypeAlias = TypeEngine[Any] | type[TypeEngine[Any]] | schema.SchemaItem
_IMPLIED: Mapping[Any, type[TypeEngine[Any]]] = {bool: Boolean, int: Integer}


class _Declared(NamedTuple):
    """What `mapped_column` was told; each table that has the column makes its own of it."""

    parts: tuple[_Part, ...]
    primary_key: bool
    server_default: str | TextClause | ColumnElement[Any] | None

    def column(self, name: str, annotation: Any) -> Column[Any]:
        (kind,) = get_args(annotation)
        kinds = set(get_args(kind)) if get_origin(kind) in {Union, UnionType} else {kind}
        parts: Sequence[Any] = self.parts or [_IMPLIED[each] for each in kinds - {NoneType}]
        return Column(
            name,
            *parts,
            primary_key=self.primary_key,
            nullable=NoneType in kinds,
            server_default=self.server_default,
        )


def mapped_column(
    *parts: _Part,
    primary_key: bool = False,
    server_default: str | TextClause | ColumnElement[Any] | None = None,
) -> Any:
    """Declare a column: its type (left out for `bool`, `int` and foreign keys) and what it refers to."""
    return _Declared(parts, primary_key, server_default)


class Table:
    """Base of every table; a slice's `tables.py` declares subclasses, its `store.py` writes statements over them.

    A subclass without `__tablename__` lends its columns to those below it.
    """

    metadata = MetaData(naming_convention=_NAMING)
    __tablename__: str
    __table__: schema.Table

    def __init_subclass__(cls) -> None:
        if "__tablename__" not in vars(cls):
            return
        columns = [
            _declared(owner, name).column(name, annotation)
            for owner in reversed(cls.__mro__[: cls.__mro__.index(Table)])
            for name, annotation in get_annotations(owner).items()
        ]
        arguments = getattr(cls, "__table_args__", ())
        made = arguments() if callable(arguments) else arguments
        cls.__table__ = schema.Table(cls.__tablename__, cls.metadata, *columns, *made)
        for column in columns:
            setattr(cls, column.name, column)

    @classmethod
    def __clause_element__(cls) -> schema.Table:
        """Stand for the table where SQLAlchemy expects one: `insert(UserTable)`."""
        return cls.__table__


def _declared(owner: type, name: str) -> _Declared:
    declared = vars(owner)[name]
    if not isinstance(declared, _Declared):
        raise TypeError(f"{owner.__name__}.{name}: columns are declared by sekisho.db.types.mapped_column")
    return declared


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant in whole milliseconds: timestamptz on PostgreSQL, integer milliseconds on SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        return _to_milliseconds if dialect.name == "sqlite" else _whole_milliseconds

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], datetime | None] | None:  # noqa: ARG002
        # asyncpg's instants are aware and in UTC.
        return _from_milliseconds if dialect.name == "sqlite" else None


def _to_milliseconds(instant: datetime | None) -> int | None:
    return None if instant is None else epoch_milliseconds(to_milliseconds(instant))


def _whole_milliseconds(instant: datetime | None) -> datetime | None:
    # The clock's own are whole: only what was computed from them is cut.
    return instant if instant is None or instant.microsecond % 1000 == 0 else to_milliseconds(instant)


def _from_milliseconds(value: int | None) -> datetime | None:
    return None if value is None else from_epoch_milliseconds(value)


class Seconds(TypeDecorator[timedelta]):
    """A duration in whole seconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else int(value.total_seconds())

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:  # noqa: ARG002
        return None if value is None else timedelta(seconds=value)


# Python's None is SQL NULL, so a nullable column has one way to be empty.
Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
