from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import insert, select

from sekisho.db.database import Database
from sekisho.db.lengths import check_lengths
from sekisho.db.url import UnknownDatabase, parse_url
from sekisho.kernel.errors import ValueTooLong
from sekisho.resources.tables import ResourceTable
from sekisho.tenants.tables import TenantTable


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 678_999, UTC), datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)),
        (datetime(1969, 12, 31, 23, 59, 59, 1000, UTC), datetime(1969, 12, 31, 23, 59, 59, 1000, UTC)),
        (
            datetime(2026, 1, 2, 12, 0, tzinfo=timezone(timedelta(hours=9))),
            datetime(2026, 1, 2, 3, 0, tzinfo=UTC),
        ),
    ],
)
async def test_an_instant_is_utc_in_whole_milliseconds(database: Database, written: datetime, read: datetime) -> None:
    async with database.unit_of_work() as uow:
        await uow.execute(insert(TenantTable).values(id="t", name="T", tag="development", created_at=written))
        found = (await uow.execute(select(TenantTable.created_at).where(TenantTable.id == "t"))).scalar_one()

    assert found == read
    assert found.tzinfo is UTC


async def test_instants_compare_in_the_database(database: Database) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, 6000, UTC)
    async with database.unit_of_work() as uow:
        await uow.execute(insert(TenantTable).values(id="t", name="T", tag="development", created_at=now))
        for moment, is_after in ((now - timedelta(milliseconds=1), True), (now, False)):
            found = await uow.execute(
                select(TenantTable.id).where(TenantTable.created_at > moment, TenantTable.id == "t")
            )
            assert (found.scalar() == "t") is is_after


async def test_a_duration_is_whole_seconds(database: Database) -> None:
    values = {"name": "A", "indicator": "https://a", "access_token_ttl": timedelta(minutes=2, milliseconds=900)}
    async with database.unit_of_work() as uow:
        await uow.execute(insert(ResourceTable).values(tenant_id="default", id="r", **values))
        found = await uow.execute(select(ResourceTable.access_token_ttl).where(ResourceTable.id == "r"))
        assert found.scalar_one() == timedelta(minutes=2)


def test_a_text_longer_than_its_column_is_refused_everywhere() -> None:
    check_lengths(TenantTable, {"name": "x" * 128, "unknown": "x" * 9999, "id": None})

    with pytest.raises(ValueTooLong):
        check_lengths(TenantTable, {"name": "x" * 129})


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("postgres://me:pw@db:5433/ids", "postgresql+asyncpg://me:pw@db:5433/ids"),
        ("postgresql://db/ids?sslmode=require", "postgresql+asyncpg://db/ids?ssl=require"),
        ("sqlite:///ids.db", "sqlite:///ids.db"),
        ("sqlite:////var/lib/ids.db", "sqlite:////var/lib/ids.db"),
    ],
)
def test_a_database_is_named_as_people_write_it(given: str, made: str) -> None:
    assert parse_url(given).render_as_string(hide_password=False) == made


@pytest.mark.parametrize("given", ["mysql://db/ids", "ids.db", "", "postgresql+psycopg2//"])
def test_other_databases_are_refused(given: str) -> None:
    with pytest.raises(UnknownDatabase):
        parse_url(given)
