"""A PostgreSQL on which we may not create `pg_trgm`: everything works, and `doctor` says what would make it faster."""

import asyncio
import json
from collections.abc import Iterator

import asyncpg
import pytest
from sqlalchemy import make_url
from tests.support.databases import VAULT_KEY, settings_for
from typer.testing import CliRunner

from sekisho.cli.commands import commands
from sekisho.db.database import Database
from sekisho.db.search import Search, SearchTerm
from sekisho.kernel.clock import SystemClock
from sekisho.kernel.pages import PageRequest
from sekisho.migrations.prepare import prepare
from sekisho.tenants.models import DEFAULT_TENANT
from sekisho.users.store import UserStore


@pytest.fixture
def modest_url(postgresql: str) -> Iterator[str]:
    """The URL of an empty database whose user may do no more than make tables."""
    url = make_url(postgresql)
    role = f"modest_{url.database}"
    _run(postgresql, f"CREATE ROLE {role} LOGIN", f"GRANT ALL ON SCHEMA public TO {role}")
    yield url.set(username=role).render_as_string(hide_password=False)
    _run(postgresql, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def _run(url: str, *statements: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    asyncio.run(run())


def _doctor_on_search(url: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    monkeypatch.setenv("DB_URL", url)
    monkeypatch.setenv("SECRET_VAULT_KEK", VAULT_KEY)
    monkeypatch.setenv("ENDPOINT", "http://127.0.0.1:9")
    findings = json.loads(CliRunner().invoke(commands, ["doctor", "--json"]).stdout)
    (found,) = [each for each in findings if each["check"] == "search"]
    return found["result"], found["text"]


def test_it_starts_and_searches_and_the_doctor_says_what_to_do(
    postgresql: str, modest_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def start_and_search() -> int:
        settings = settings_for(modest_url)
        database = Database(settings.db_url)
        await prepare(database, settings, clock=SystemClock())
        search = Search(terms=(SearchTerm(fields=("name",), values=("%somebody%",)),))
        async with database.unit_of_work() as uow:
            page = await UserStore(uow=uow, tenant_id=DEFAULT_TENANT).page(PageRequest(), search=search)
        await database.close()
        return page.total

    assert asyncio.run(start_and_search()) == 0
    result, told = _doctor_on_search(modest_url, monkeypatch)
    assert result == "note"
    statements = told.partition("run: ")[2].rstrip(";").split("; ")
    assert statements[0] == "CREATE EXTENSION IF NOT EXISTS pg_trgm"
    _run(postgresql, *statements)
    assert _doctor_on_search(modest_url, monkeypatch)[0] == "good"
