import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from sqlalchemy import text
from tests.support.databases import settings_for

from sekisho.db.database import Database
from sekisho.db.exclusive import exclusive
from sekisho.db.migrate import History, SchemaState, differences, migrate, read_revision, state_of
from sekisho.kernel.clock import ManualClock
from sekisho.migrations import HISTORY
from sekisho.migrations.declared import import_tables


@pytest.fixture
async def empty(empty_db_url: str) -> AsyncIterator[Database]:
    database = Database(settings_for(empty_db_url).db_url)
    yield database
    await database.close()


def _history(folder: Path, *migrations: str) -> History:
    """Write a history of its own, each migration given by its statements."""
    (folder / "versions").mkdir(exist_ok=True)
    (folder / "env.py").write_text((HISTORY.location / "env.py").read_text(encoding="utf-8"), encoding="utf-8")
    for number, body in enumerate(migrations, start=1):
        before = f'"{number - 1:04}"' if number > 1 else None
        script = f"""
            from alembic import op

            revision = "{number:04}"
            down_revision = {before}


            def upgrade() -> None:
                {body}
            """
        (folder / "versions" / f"{number:04}.py").write_text(dedent(script), encoding="utf-8")
    return History(location=folder, head=f"{len(migrations):04}")


def _copies(folder: Path) -> list[Path]:
    return sorted(folder.glob("ids.db.snapshot-*"))


def _revision_of(file: Path) -> str:
    with closing(sqlite3.connect(file)) as copy:
        (revision,) = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(revision)


def test_the_history_is_one_line_that_ends_at_its_head() -> None:
    revisions = sorted(path.name[:4] for path in (HISTORY.location / "versions").glob("*.py"))

    assert revisions == [f"{number:04}" for number in range(1, len(revisions) + 1)]
    assert revisions[-1] == HISTORY.head


async def test_migrations_make_exactly_the_declared_tables(empty: Database, clock: ManualClock) -> None:
    import_tables()

    assert await migrate(empty, HISTORY, clock=clock) is SchemaState.EMPTY

    assert await state_of(empty, HISTORY) is SchemaState.CURRENT
    assert await differences(empty) == []


async def test_a_table_that_was_tampered_with_is_told_by_name(database: Database) -> None:
    import_tables()
    async with database.unit_of_work() as uow:
        await uow.execute(text("ALTER TABLE first_admin_tokens DROP COLUMN expires_at"))

    assert any("first_admin_tokens" in difference for difference in await differences(database))


async def test_an_interrupted_migration_continues_where_it_stopped(
    empty: Database, clock: ManualClock, tmp_path: Path
) -> None:
    first = 'op.execute("CREATE TABLE one (id INTEGER)")'
    broken = 'op.execute("CREATE TABLE two (id INTEGER)"); op.execute("no such statement")'
    history = _history(tmp_path, first, broken)
    with pytest.raises(Exception, match=r"(?i)syntax error"):
        await migrate(empty, history, clock=clock)
    assert await read_revision(empty) == "0001"

    mended = _history(tmp_path, first, 'op.execute("CREATE TABLE two (id INTEGER)")')
    await migrate(empty, mended, clock=clock)

    assert await read_revision(empty) == "0002"


async def test_a_newer_database_is_left_alone(database: Database, clock: ManualClock) -> None:
    async with database.unit_of_work() as uow:
        await uow.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    assert await migrate(database, HISTORY, clock=clock) is SchemaState.AHEAD
    assert await read_revision(database) == "9999"


async def test_sqlite_is_copied_before_it_is_changed_and_three_copies_are_kept(
    tmp_path: Path, clock: ManualClock
) -> None:
    file = tmp_path / "ids.db"
    database = Database(settings_for(f"sqlite:///{file}").db_url)
    bodies = [f'op.execute("CREATE TABLE t{number} (id INTEGER)")' for number in range(6)]

    for count in range(1, 7):
        clock.advance(timedelta(seconds=1))
        await migrate(database, _history(tmp_path, *bodies[:count]), clock=clock)
    await database.close()

    assert [_revision_of(copy) for copy in _copies(tmp_path)] == ["0003", "0004", "0005"]
    assert all(copy.stat().st_mode & 0o777 == 0o600 for copy in _copies(tmp_path))


async def test_processes_that_start_together_migrate_once(empty_db_url: str, clock: ManualClock) -> None:
    starting = [Database(settings_for(empty_db_url).db_url) for _ in range(4)]
    found: list[SchemaState] = []

    async def start(database: Database) -> None:
        async with exclusive(database):
            found.append(await migrate(database, HISTORY, clock=clock))
        await database.close()

    await asyncio.gather(*(start(database) for database in starting))

    assert sorted(found) == [SchemaState.CURRENT] * 3 + [SchemaState.EMPTY]


async def test_a_migration_that_leaves_orphans_is_refused(tmp_path: Path, clock: ManualClock) -> None:
    parent = 'op.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")'
    child = 'op.execute("CREATE TABLE child (parent INTEGER REFERENCES parent)")'
    orphan = 'op.execute("INSERT INTO child VALUES (7)")'
    database = Database(settings_for(f"sqlite:///{tmp_path}/ids.db").db_url)

    with pytest.raises(Exception, match="rows of child refer to rows of parent"):
        await migrate(database, _history(tmp_path, f"{parent}; {child}; {orphan}"), clock=clock)

    await database.close()


@pytest.mark.programs
def test_most_starts_do_not_load_alembic() -> None:
    script = "import sys; import sekisho.migrations.prepare; sys.exit('alembic' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0  # noqa: S603 — our own words
