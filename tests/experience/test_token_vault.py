"""When what a provider gives with somebody is not kept. That it is otherwise, `test_social.py` shows."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from tests.experience.conftest import House
from tests.experience.test_social import connector, identified, owner, returned, submitted

from sekisho.connectors.models import ConnectorChange, ConnectorId
from sekisho.experience.errors import InteractionChanged
from sekisho.kernel.ids import UserId
from sekisho.secrets.models import SocialSecret

GIVEN = {"access_token": "hush-access", "refresh_token": "hush-refresh", "scope": "email", "expires_in": 60}


@pytest.fixture
async def social(house: House) -> str:
    made = await connector(house)
    await store(house, made, leave=True)
    return made


async def store(house: House, connector_id: str, *, leave: bool) -> None:
    async with house.services() as services:
        await services.connectors.update(ConnectorId(connector_id), ConnectorChange(enable_token_storage=leave))


async def secret(house: House, user_id: UserId) -> SocialSecret | None:
    async with house.services() as services:
        return (await services.secrets.of_user(user_id)).get("mock-social")


@pytest.mark.parametrize("given", [None, {"id_token": "only"}], ids=["nothing", "no access token"])
async def test_without_an_access_token_nothing_is_kept(house: House, social: str, given: dict[str, Any] | None) -> None:
    user = await owner(house)
    uid, proof = await returned(house, social, tokenResponse=given)
    await identified(house, uid, proof)
    await submitted(house, uid)
    assert await secret(house, user.id) is None


async def test_without_leave_nothing_is_kept(house: House) -> None:
    social = await connector(house)
    user = await owner(house)
    uid, proof = await returned(house, social, tokenResponse=GIVEN)
    await identified(house, uid, proof)
    await submitted(house, uid)
    assert await secret(house, user.id) is None


async def test_leave_that_was_taken_back_meanwhile_is_none(house: House, social: str) -> None:
    user = await owner(house)
    uid, proof = await returned(house, social, tokenResponse=GIVEN)
    await identified(house, uid, proof)
    await store(house, social, leave=False)
    await submitted(house, uid)
    assert await secret(house, user.id) is None


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
async def test_somebody_who_is_removed_while_he_comes_in_is_refused(house: House, social: str) -> None:
    user = await owner(house)
    uid, proof = await returned(house, social, tokenResponse=GIVEN)
    await identified(house, uid, proof)

    def remove(sql: str) -> None:
        if sql.startswith("UPDATE users"):
            with closing(sqlite3.connect(house.runtime.database.url.database or "", isolation_level=None)) as other:
                other.execute("PRAGMA foreign_keys=ON")
                other.execute("DELETE FROM users WHERE id = ?", [user.id])

    house.runtime.database.observer = remove
    with pytest.raises(InteractionChanged):
        await submitted(house, uid)
