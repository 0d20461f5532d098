"""Column types that mean the same on both databases, and the base class of every table."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, LargeBinary, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase
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


class Table(DeclarativeBase):
    """Base of every table; a slice's `tables.py` declares subclasses, its `store.py` writes statements over them."""

    metadata = MetaData(naming_convention=_NAMING)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant in whole milliseconds: timestamptz on PostgreSQL, integer milliseconds on SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        instant = to_milliseconds(value)
        return epoch_milliseconds(instant) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return from_epoch_milliseconds(value)
        return value.astimezone(UTC)  # type: ignore[no-any-return]


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
