"""Database errors in our words: which rule of a table was broken, or that the database is away.

Translation happens here once, so that stores speak of columns and nobody above knows a driver.
"""

import re
from functools import cache

from sqlalchemy import Index, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from sekisho.db.types import Table
from sekisho.kernel.errors import ConstraintViolated, DatabaseUnavailable, InvalidRelation, ValueTooLong

# SQLSTATE classes and codes: 08 connection, 53 resources, 57P0x shutdown and start-up, 40 rollback, 25006 read only.
_AWAY = re.compile(r"^(08|53|57P0|40|25006)")
_FOREIGN_KEY, _UNIQUE, _CHECK, _NOT_NULL, _TOO_LONG = "23503", "23505", "23514", "23502", "22001"
_SQLITE_COLUMNS = re.compile(r"UNIQUE constraint failed: (?P<columns>[\w., ]+)")


class UniqueViolation(Exception):
    """A unique key is taken. `columns` are those of the key, without `tenant_id`."""

    def __init__(self, *, columns: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(columns)))
        self.columns = columns


def is_lost_connection(error: BaseException) -> bool:
    """Tell whether the same statement on a fresh connection could succeed."""
    return (isinstance(error, DBAPIError) and error.connection_invalidated) or isinstance(
        error, OSError | InterfaceError
    )


def translate(error: Exception) -> Exception:
    """Return what a store or a surface should see in place of a driver's error."""
    if isinstance(error, OSError | TimeoutError | PoolExhausted):
        return DatabaseUnavailable(str(error))
    if not isinstance(error, DBAPIError):
        return error
    state = str(getattr(error.orig, "sqlstate", "") or "")
    text = str(error.orig)
    if state == _UNIQUE or (isinstance(error, IntegrityError) and "UNIQUE constraint failed" in text):
        return UniqueViolation(columns=_violated_columns(error))
    if state == _FOREIGN_KEY or "FOREIGN KEY constraint failed" in text:
        return InvalidRelation()
    if state in {_CHECK, _NOT_NULL} or isinstance(error, IntegrityError):
        return ConstraintViolated()
    if state == _TOO_LONG:
        return ValueTooLong()
    if error.connection_invalidated or _AWAY.match(state) or isinstance(error, OperationalError | InterfaceError):
        return DatabaseUnavailable(text)
    return error


def _violated_columns(error: DBAPIError) -> frozenset[str]:
    if found := _SQLITE_COLUMNS.search(str(error.orig)):
        names = {name.strip().partition(".")[2] for name in found["columns"].split(",")}
        return frozenset(names - {"tenant_id"})
    constraint = getattr(getattr(error.orig, "__cause__", None), "constraint_name", None)
    return _unique_keys().get(constraint or "", frozenset())


@cache
def _unique_keys() -> dict[str, frozenset[str]]:
    """Map the names of all unique keys to their columns."""
    keys: dict[str, frozenset[str]] = {}
    for table in Table.metadata.tables.values():
        rules = [*table.constraints, *table.indexes]
        for rule in rules:
            if isinstance(rule, UniqueConstraint | PrimaryKeyConstraint) or (isinstance(rule, Index) and rule.unique):
                names = {column.name for column in rule.columns}
                keys[str(rule.name)] = frozenset(names - {"tenant_id"})
    return keys
