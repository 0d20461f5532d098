"""What becomes of values on their way to a database and back, on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, delete, exists, func, insert, literal, select, text, update

from sekisho.db.database import Database
from sekisho.db.errors import StatementFailed
from sekisho.resources.tables import ResourceTable
from sekisho.tenants.tables import ConfigTable, SystemTable, TenantTable

NOW = datetime(2026, 1, 2, 3, 4, 5, 6000, UTC)
_SYSTEMS = SystemTable.metadata.tables[SystemTable.__tablename__]
_ADD = insert(_SYSTEMS)
_FIND = select(_SYSTEMS.c.key, _SYSTEMS.c.value).where(_SYSTEMS.c.key == bindparam("of_key"))
_LIST = select(_SYSTEMS.c.key).where(_SYSTEMS.c.key.in_(bindparam("of_keys", expanding=True))).order_by(_SYSTEMS.c.key)
_CHANGE = update(_SYSTEMS).where(_SYSTEMS.c.key == bindparam("of_key"))
_REMOVE = delete(_SYSTEMS).where(_SYSTEMS.c.key == bindparam("of_key"))


async def _add(database: Database, **values: Any) -> None:
    async with database.unit_of_work() as uow:
        for key, value in values.items():
            await uow.execute(_ADD, {"key": key, "value": value})


async def test_a_statement_is_written_with_other_values_every_time(database: Database) -> None:
    await _add(database, a={"is": [1, None, "日本"]}, b=[])

    async with database.unit_of_work() as uow:
        rows = [(await uow.execute(_FIND, {"of_key": key})).one_or_none() for key in ("a", "b", "c")]

    assert rows == [("a", {"is": [1, None, "日本"]}), ("b", []), None]


async def test_rows_are_read_by_name(database: Database) -> None:
    await _add(database, a=1)

    async with database.unit_of_work() as uow:
        row = (await uow.execute(_FIND, {"of_key": "a"})).one()

    assert (row.key, row.value, row._asdict()) == ("a", 1, {"key": "a", "value": 1})


@pytest.mark.parametrize("keys", [["a", "c"], [], ["b"], ["c", "a"], ["a", "b", "c", "d"]])
async def test_a_list_may_have_any_length(database: Database, keys: list[str]) -> None:
    await _add(database, a=1, b=2, c=3)

    async with database.unit_of_work() as uow:
        found = (await uow.execute(_LIST, {"of_keys": keys})).scalars()

    assert found == sorted({"a", "b", "c"} & {*keys})


async def test_a_statement_writes_the_columns_it_is_given(database: Database) -> None:
    await _add(database, a=1)

    async with database.unit_of_work() as uow:
        counts = [
            (await uow.execute(_CHANGE, {"of_key": key, **values})).rowcount
            for key, values in (("a", {"value": 2}), ("a", {"key": "b"}), ("a", {"key": "c", "value": 3}))
        ]
        row = (await uow.execute(_FIND, {"of_key": "b"})).one()
        removed = (await uow.execute(_REMOVE, {"of_key": "b"})).rowcount

    assert (counts, tuple(row), removed) == ([1, 1, 0], ("b", 2), 1)


async def test_many_rows_are_written_at_once(database: Database) -> None:
    async with database.unit_of_work() as uow:
        answer = await uow.execute(_ADD, [{"key": f"k{number}", "value": number} for number in range(3)])
        found = (await uow.execute(_LIST, {"of_keys": ["k0", "k1", "k2", "k3"]})).scalars()

    assert (answer.rowcount, found) == (3, ["k0", "k1", "k2"])


async def test_what_was_written_comes_back(database: Database) -> None:
    table = ResourceTable
    values = {"tenant_id": "default", "id": "r", "name": "A", "indicator": "https://a", "is_default": True}
    statement = insert(table).returning(table.id, table.is_default, table.access_token_ttl)
    async with database.unit_of_work() as uow:
        answer = await uow.execute(statement, {**values, "access_token_ttl": timedelta(minutes=2)})
        row = answer.one()

    assert (row.id, row.is_default, row.access_token_ttl) == ("r", True, timedelta(minutes=2))
    assert answer.rowcount == 1


async def test_values_may_stand_in_the_statement(database: Database) -> None:
    async with database.unit_of_work() as uow:
        for each in ("t", "u"):
            await uow.execute(insert(TenantTable).values(id=each, name=each, tag="production", created_at=NOW))
        found = [
            (await uow.execute(select(TenantTable.created_at, literal(each)).where(TenantTable.id == each))).one()
            for each in ("t", "u")
        ]
        there = (await uow.execute(select(exists().where(TenantTable.id.in_(["t", "x"]))))).scalar()
        newest = (await uow.execute(select(func.max(TenantTable.created_at)).where(TenantTable.id == "u"))).scalar()

    assert found == [(NOW, "t"), (NOW, "u")]
    assert there is True
    assert newest == NOW


async def test_a_document_that_is_null_is_none(database: Database) -> None:
    sealed = {"tenant_id": "default", "key": "k", "value": None, "sealed": b"\x00\xff"}
    async with database.unit_of_work() as uow:
        await uow.execute(insert(ConfigTable), sealed)
        row = (await uow.execute(select(ConfigTable.value, ConfigTable.sealed).where(ConfigTable.key == "k"))).one()

    assert row == (None, b"\x00\xff")


async def test_text_names_its_columns_itself(database: Database) -> None:
    await _add(database, a=1)

    async with database.unit_of_work() as uow:
        rows = await uow.execute(
            text("SELECT key AS name, 7 AS seven FROM systems WHERE key = :k"), {"k": "a"}, reads=True
        )
        changed = await uow.execute(text("UPDATE systems SET key = 'b' WHERE key = 'a'"))

    assert [dict(row) for row in rows.mappings()] == [{"name": "a", "seven": 7}]
    assert changed.rowcount == 1


async def test_a_value_of_the_wrong_kind_is_not_repeated(database: Database) -> None:
    async def write() -> None:
        async with database.unit_of_work() as uow:
            await uow.execute(_ADD, {"key": object, "value": 1})

    with pytest.raises(StatementFailed) as caught:
        await write()

    assert "object" not in f"{caught.value} {caught.value.__cause__}"
