"""How many rows a tenant has in a large table, without counting them: the sum of what triggers keep."""

from sqlalchemy import Select, bindparam, func, select

from sekisho.db.tables import RowCountTable

_COUNTS = RowCountTable.metadata.tables[RowCountTable.__tablename__]


def total_of(table: str) -> Select[int]:
    """Return the statement of a tenant's total; `of_tenant` is its parameter. Only for `search_indexes.COUNTED`."""
    is_of_table = (_COUNTS.c.tenant_id == bindparam("of_tenant"), _COUNTS.c.name == table)
    return select(func.coalesce(func.sum(_COUNTS.c.count), 0)).where(*is_of_table)
