import base64
import stat
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.support.databases import settings_for

from sekisho.crypto.sealing import Place
from sekisho.db.database import Database
from sekisho.kernel.clock import ManualClock
from sekisho.migrations.prepare import prepare
from sekisho.settings import Settings
from sekisho.tenants.errors import VaultLocked

PLACE = Place(tenant="default", table="anything", row="one", column="value")
OTHER_KEY = base64.b64encode(bytes(32)).decode()


async def _prepare(settings: Settings, clock: ManualClock) -> bytes:
    """Start once, and return something sealed by that start."""
    database = Database(settings.db_url)
    try:
        return (await prepare(database, settings, clock=clock)).seal(b"secret", place=PLACE)
    finally:
        await database.close()


async def _open(settings: Settings, clock: ManualClock, sealed: bytes) -> bytes:
    database = Database(settings.db_url)
    try:
        return (await prepare(database, settings, clock=clock)).open(sealed, place=PLACE)
    finally:
        await database.close()


async def test_an_sqlite_database_makes_its_own_key(tmp_path: Path, clock: ManualClock) -> None:
    settings = settings_for(f"sqlite:///{tmp_path}/home/ids.db", secret_vault_kek=())

    sealed = await _prepare(settings, clock)

    assert await _open(settings, clock, sealed) == b"secret"
    for name in ("ids.db", "ids.db.key"):
        assert stat.S_IMODE((tmp_path / "home" / name).stat().st_mode) == 0o600


async def test_the_key_file_is_missed_and_not_made_anew(tmp_path: Path, clock: ManualClock) -> None:
    settings = settings_for(f"sqlite:///{tmp_path}/ids.db", secret_vault_kek=())
    await _prepare(settings, clock)
    (tmp_path / "ids.db.key").unlink()

    with pytest.raises(VaultLocked, match=r"ids\.db\.key is missing"):
        await _prepare(settings, clock)
    assert not (tmp_path / "ids.db.key").exists()


async def test_another_key_is_refused(empty_db_url: str, clock: ManualClock) -> None:
    await _prepare(settings_for(empty_db_url), clock)

    with pytest.raises(VaultLocked, match="SECRET_VAULT_KEK is not the key"):
        await _prepare(settings_for(empty_db_url, secret_vault_kek=OTHER_KEY), clock)


async def test_a_new_key_may_stand_before_the_old_one(empty_db_url: str, clock: ManualClock) -> None:
    before = settings_for(empty_db_url)
    sealed = await _prepare(before, clock)
    both = settings_for(empty_db_url, secret_vault_kek=f"{OTHER_KEY},{before.secret_vault_kek[0].reveal()}")

    assert await _open(both, clock, sealed) == b"secret"


async def test_on_postgresql_the_key_must_be_given(postgresql: str, clock: ManualClock) -> None:
    with pytest.raises(VaultLocked, match="SECRET_VAULT_KEK is not set"):
        await _prepare(settings_for(postgresql, secret_vault_kek=()), clock)


async def test_a_start_cut_short_before_the_key_is_made_up_for(empty_db_url: str, clock: ManualClock) -> None:
    settings = settings_for(empty_db_url)
    await _prepare(settings, clock)
    database = Database(settings.db_url)
    async with database.unit_of_work() as uow:
        await uow.execute(text("DELETE FROM systems"))
    await database.close()

    sealed = await _prepare(settings, clock)

    assert await _open(settings, clock, sealed) == b"secret"
