"""What connections raise: which rule of a table was broken, or that the database is away.

Stores therefore speak of columns, and nobody outside `db` knows a driver.
"""

from functools import cache

from sqlalchemy import Index, PrimaryKeyConstraint, UniqueConstraint

from sekisho.db.types import Table
from sekisho.kernel.errors import DatabaseUnavailable


class UniqueViolation(Exception):
    """A unique key is taken. `columns` are those of the key, without `tenant_id`."""

    def __init__(self, *, columns: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(columns)))
        self.columns = columns


class ConnectionLost(DatabaseUnavailable):
    """The database is away as far as this connection tells; the same statement on a fresh one could succeed."""


class StatementTooSlow(Exception):
    """A statement took longer than its caller wanted to wait; the database is told to end it."""


class StatementFailed(Exception):
    """The database refused a statement for a reason that is a mistake of ours. The text repeats no values."""


@cache
def unique_keys() -> dict[str, frozenset[str]]:
    """Map the names of all unique keys to their columns, without `tenant_id`."""
    keys: dict[str, frozenset[str]] = {}
    for table in Table.metadata.tables.values():
        for rule in [*table.constraints, *table.indexes]:
            if isinstance(rule, UniqueConstraint | PrimaryKeyConstraint) or (isinstance(rule, Index) and rule.unique):
                keys[str(rule.name)] = frozenset(column.name for column in rule.columns) - {"tenant_id"}
    return keys
