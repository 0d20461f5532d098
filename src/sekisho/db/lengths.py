"""Texts against the length of their column: PostgreSQL would refuse them, SQLite would not."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import String, schema

from sekisho.db.types import Table
from sekisho.kernel.errors import ValueTooLong


def check_lengths(table: type[Table], values: Mapping[str, Any]) -> None:
    """Raise `ValueTooLong` when a text does not fit its column, on every database alike."""
    limits = _limits(table.__table__)
    for name, value in values.items():
        if isinstance(value, str) and len(value) > limits.get(name, len(value)):
            raise ValueTooLong(data={"message": f"value too long for type character varying({limits[name]})"})


@cache
def _limits(table: schema.Table) -> dict[str, int]:
    return {
        column.name: column.type.length
        for column in table.columns
        if isinstance(column.type, String) and column.type.length is not None
    }
