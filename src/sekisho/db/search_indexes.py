"""What answers searches and totals without reading every row: made by a migration, unknown to the tables' metadata.

PostgreSQL: trigram indexes (`pg_trgm`, where it may be created) and folded texts. SQLite: a full-text index of trigrams
for each table, which triggers keep in the writing transaction. Totals of large tables are counted by triggers too.
"""

# ruff: noqa: S608 — every name in the statements is written in this file

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

PREFIX = "search_"
"""Begins the names of all these objects, so that they are told from those the tables declare."""

COUNTED = ("users",)
"""Tables whose rows are counted as they come and go: `db.row_counts`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """The searchable columns of a table.

    `keys` names for some the column that holds its text with ASCII capitals made small, and is indexed; texts of those
    in `folded` are indexed by `lower()`.
    """

    columns: Sequence[str]
    keys: Mapping[str, str] = field(default_factory=dict)
    folded: Sequence[str] = ()


INDEXED: Mapping[str, Indexed] = MappingProxyType(
    {
        "users": Indexed(
            columns=("id", "username", "primary_email", "primary_phone", "name"),
            keys={"id": "id", "primary_email": "email_key", "primary_phone": "primary_phone"},
            folded=("username", "name"),
        ),
        "applications": Indexed(columns=("id", "name", "description")),
        "roles": Indexed(columns=("id", "name", "description")),
        "scopes": Indexed(columns=("id", "name", "description")),
    }
)


def index_of(table: str) -> str:
    """Return the name of a table's full-text index (SQLite)."""
    return f"{PREFIX}{table}"


def create_search_indexes(connection: Connection) -> None:
    """Make everything, over tables that are still empty."""
    is_sqlite = connection.dialect.name == "sqlite"
    for table, indexed in INDEXED.items():
        for name in indexed.folded:
            connection.exec_driver_sql(f"CREATE INDEX {PREFIX}{table}_{name} ON {table} (tenant_id, lower({name}))")
    if is_sqlite:
        statements = [statement for table in INDEXED for statement in _full_text_index(table)]
        statements += [statement for table in COUNTED for statement in _sqlite_counter(table)]
    else:
        statements = [*_POSTGRESQL_COUNTING, *(each for table in COUNTED for each in _postgresql_counter(table))]
        if _has_trigrams(connection):
            statements += trigram_indexes().values()
    for statement in statements:
        connection.exec_driver_sql(statement)


def trigram_indexes() -> Mapping[str, str]:
    """Return for each table the statement that makes PostgreSQL's trigram index, once `pg_trgm` is there."""
    return {
        table: f"CREATE INDEX {trigram_index_of(table)} ON {table} USING gin "
        f"({', '.join(f'{name} gin_trgm_ops' for name in indexed.columns)})"
        for table, indexed in INDEXED.items()
    }


def trigram_index_of(table: str) -> str:
    return f"{PREFIX}{table}_trigrams"


def _has_trigrams(connection: Connection) -> bool:
    """Make `pg_trgm` usable if we may; without it searches read every row, which `sekisho doctor` says."""
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DBAPIError:
        return False
    return True


def _full_text_index(table: str) -> Sequence[str]:
    index, rows, columns = index_of(table), f"{index_of(table)}_rows", INDEXED[table].columns
    names = ", ".join(columns)
    values = ", ".join(f"new.{name}" for name in columns)
    changes = ", ".join(f"{name} = new.{name}" for name in columns)

    def number_of(row: str) -> str:
        return f"(SELECT number FROM {rows} WHERE tenant_id = {row}.tenant_id AND id = {row}.id)"

    # The numbers that SQLite gives the rows of the table itself would not do: VACUUM may change them.
    return [
        f"""
        CREATE TABLE {rows} (
            number INTEGER PRIMARY KEY, tenant_id TEXT NOT NULL, id TEXT NOT NULL, UNIQUE (tenant_id, id)
        )
        """,
        f"CREATE VIRTUAL TABLE {index} USING fts5 ({names}, tokenize = 'trigram')",
        f"""
        CREATE TRIGGER {index}_added AFTER INSERT ON {table} BEGIN
            INSERT INTO {rows} (tenant_id, id) VALUES (new.tenant_id, new.id);
            INSERT INTO {index} (rowid, {names}) VALUES ({number_of("new")}, {values});
        END
        """,
        f"""
        CREATE TRIGGER {index}_changed AFTER UPDATE OF {names} ON {table} BEGIN
            UPDATE {index} SET {changes} WHERE rowid = {number_of("new")};
        END
        """,
        f"""
        CREATE TRIGGER {index}_removed AFTER DELETE ON {table} BEGIN
            DELETE FROM {index} WHERE rowid = {number_of("old")};
            DELETE FROM {rows} WHERE tenant_id = old.tenant_id AND id = old.id;
        END
        """,
    ]


def _sqlite_counter(table: str) -> Sequence[str]:
    return [
        f"""
        CREATE TRIGGER count_{table}_added AFTER INSERT ON {table} BEGIN
            INSERT INTO row_counts (tenant_id, name, slot, count) VALUES (new.tenant_id, '{table}', 0, 1)
            ON CONFLICT (tenant_id, name, slot) DO UPDATE SET count = count + 1;
        END
        """,
        f"""
        CREATE TRIGGER count_{table}_removed AFTER DELETE ON {table} BEGIN
            UPDATE row_counts SET count = count - 1 WHERE tenant_id = old.tenant_id AND name = '{table}';
        END
        """,
    ]


# Rows that come are counted in one of sixteen slots, by the connection that brings them: one counter would make
# everybody who registers wait for everybody else's commit. Rows that go are rarer; they share the first slot.
_POSTGRESQL_COUNTING = (
    """
    CREATE FUNCTION count_added_rows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO row_counts (tenant_id, name, slot, count)
        SELECT tenant_id, TG_TABLE_NAME, pg_backend_pid() % 16, count(*) FROM moved GROUP BY tenant_id
        ON CONFLICT (tenant_id, name, slot) DO UPDATE SET count = row_counts.count + excluded.count;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION count_removed_rows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE row_counts SET count = row_counts.count - gone.count
        FROM (SELECT tenant_id, count(*) AS count FROM moved GROUP BY tenant_id) AS gone
        WHERE row_counts.tenant_id = gone.tenant_id AND row_counts.name = TG_TABLE_NAME AND row_counts.slot = (
            SELECT min(slot) FROM row_counts AS slots
            WHERE slots.tenant_id = gone.tenant_id AND slots.name = TG_TABLE_NAME
        );
        RETURN NULL;
    END $$
    """,
)


def _postgresql_counter(table: str) -> Sequence[str]:
    return [
        f"CREATE TRIGGER count_{table}_{what} AFTER {statement} ON {table} REFERENCING {rows} TABLE AS moved"
        f" FOR EACH STATEMENT EXECUTE FUNCTION count_{what}_rows()"
        for what, statement, rows in (("added", "INSERT", "NEW"), ("removed", "DELETE", "OLD"))
    ]
