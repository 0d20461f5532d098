"""Joins that find their rows by key on a PostgreSQL that has no statistics yet.

What is joined has the tenant in common with what it is joined to, so PostgreSQL knows the tenant of both, takes that
for as selective as any other column, and may read every row of the tenant to find one. A row that is looked up by
itself first tells nothing of what it was looked up by.
"""

from typing import Any

from sqlalchemy import CTE, Select


def looked_up(rows: Select[*tuple[Any, ...]], *, name: str = "found") -> CTE:
    """Return rows to join others to, which are looked up by themselves."""
    return rows.cte(name).prefix_with("MATERIALIZED", dialect="postgresql")
