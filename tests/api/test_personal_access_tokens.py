from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select, update
from tests.support.visitor import Visitor

from sekisho.crypto.sealing import CannotOpen
from sekisho.kernel.clock import ManualClock, epoch_milliseconds
from sekisho.kernel.ids import UserId
from sekisho.personal_access_tokens.tables import PersonalAccessTokenTable
from sekisho.services import Services


@pytest.fixture
async def user_id(management: Visitor) -> str:
    return str((await management.post("/api/users", json={"username": "alice"})).json()["id"])


@pytest.fixture
def path(user_id: str) -> str:
    return f"/api/users/{user_id}/personal-access-tokens"


async def names(management: Visitor, path: str) -> list[str]:
    return [token["name"] for token in (await management.get(path)).json()]


async def test_a_token_is_made_listed_renamed_and_deleted(
    management: Visitor, path: str, user_id: str, clock: ManualClock
) -> None:
    expires_at = epoch_milliseconds(clock.now()) + 1000
    made = await management.post(path, json={"name": "ci", "expiresAt": expires_at})

    assert made.status_code == 201
    token = made.json()
    assert (token["value"][:4], len(token["value"])) == ("pat_", 36)
    assert {name: value for name, value in token.items() if name != "value"} == {
        "tenantId": "default",
        "userId": user_id,
        "name": "ci",
        "createdAt": epoch_milliseconds(clock.now()),
        "expiresAt": expires_at,
    }
    # The value is always shown again.
    assert (await management.get(path)).json() == [token]
    renamed = await management.patch(f"{path}/ci", json={"name": "deploy"})
    assert (renamed.status_code, renamed.json()) == (200, {**token, "name": "deploy"})
    deleted = await management.delete(f"{path}/deploy")
    assert (deleted.status_code, deleted.text) == (204, "")
    assert await names(management, path) == []


async def test_any_name_can_be_renamed_and_deleted_by_the_body(management: Visitor, path: str) -> None:
    for name in ("a/b", "..", "delete", "ひみつ"):
        await management.post(path, json={"name": "plain"})

        there = await management.patch(path, json={"currentName": "plain", "name": name})
        back = await management.patch(path, json={"currentName": name, "name": "plain"})
        deleted = await management.post(f"{path}/delete", json={"name": "plain"})

        assert (there.status_code, there.json()["name"]) == (200, name), name
        assert (back.status_code, deleted.status_code) == (200, 204), name
        assert await names(management, path) == [], name


REFUSALS: Sequence[tuple[str, str, Any, int, str]] = (
    ("POST", "", {"name": "ci"}, 422, "user.personal_access_token_name_exists"),
    ("PATCH", "/other", {"name": "ci"}, 422, "user.personal_access_token_name_exists"),
    ("PATCH", "", {"currentName": "other", "name": "ci"}, 422, "user.personal_access_token_name_exists"),
    ("POST", "", {"name": "late", "expiresAt": 1}, 400, "request.invalid_input"),
    ("POST", "", {"name": "never", "expiresAt": 1e300}, 400, "request.invalid_input"),
    ("POST", "", {"name": "text", "expiresAt": "tomorrow"}, 400, "guard.invalid_input"),
    ("POST", "", {}, 400, "guard.invalid_input"),
    ("POST", "", {"name": ""}, 400, "guard.invalid_input"),
    ("POST", "", {"name": "x" * 257}, 400, "guard.invalid_input"),
    ("PATCH", "/ci", {"name": ""}, 400, "guard.invalid_input"),
    ("PATCH", "/nope", {"name": "x"}, 404, "entity.not_found"),
    ("PATCH", "", {"currentName": "nope", "name": "x"}, 404, "entity.not_found"),
    ("PATCH", "", {"name": "x"}, 404, "entity.not_found"),
    ("DELETE", "/nope", None, 404, "entity.not_found"),
    ("POST", "/delete", {"name": "nope"}, 404, "entity.not_found"),
    ("POST", "/delete", {}, 400, "guard.invalid_input"),
)


async def test_what_cannot_be_done_to_a_token_is_refused(management: Visitor, path: str) -> None:
    for name in ("ci", "other"):
        await management.post(path, json={"name": name})

    for method, where, body, status, code in REFUSALS:
        response = await management.request(method, path + where, json=body)

        assert (response.status_code, response.json()["code"]) == (status, code), (method, where, body)
        assert await names(management, path) == ["ci", "other"], (method, where, body)


async def test_tokens_of_an_unknown_user_are_not_found(management: Visitor) -> None:
    path = "/api/users/nobody/personal-access-tokens"

    listed = await management.get(path)
    made = await management.post(path, json={"name": "ci"})

    assert (listed.status_code, listed.json()["code"]) == (404, "entity.not_found")
    assert (made.status_code, made.json()["code"]) == (404, "entity.relation_foreign_key_not_found")


async def test_two_users_may_call_their_tokens_the_same(management: Visitor, path: str) -> None:
    bob = (await management.post("/api/users", json={"username": "bob"})).json()["id"]
    await management.post(path, json={"name": "ci"})

    assert (await management.post(f"/api/users/{bob}/personal-access-tokens", json={"name": "ci"})).status_code == 201
    await management.delete(f"/api/users/{bob}/personal-access-tokens/ci")
    assert await names(management, path) == ["ci"]


async def test_a_name_with_odd_letters_fits_a_path_when_it_is_encoded(management: Visitor, path: str) -> None:
    await management.post(path, json={"name": "my laptop?"})

    assert (await management.delete(f"{path}/{quote('my laptop?')}")).status_code == 204


async def test_a_token_belongs_to_its_user_until_it_expires(
    management: Visitor, path: str, user_id: str, services: Services, clock: ManualClock
) -> None:
    expires_at = epoch_milliseconds(clock.now()) + 60_000
    dated = (await management.post(path, json={"name": "dated", "expiresAt": expires_at})).json()["value"]
    lasting = (await management.post(path, json={"name": "lasting"})).json()["value"]
    tokens = services.personal_access_tokens

    clock.advance(timedelta(seconds=60) - timedelta(milliseconds=1))
    assert await tokens.holder_of(dated) == user_id
    clock.advance(timedelta(milliseconds=1))
    assert await tokens.holder_of(dated) is None
    clock.advance(timedelta(days=5000))
    assert await tokens.holder_of(lasting) == user_id


async def test_a_token_opens_under_any_name_until_it_is_deleted(
    management: Visitor, path: str, user_id: str, services: Services
) -> None:
    value = (await management.post(path, json={"name": "ci"})).json()["value"]
    tokens = services.personal_access_tokens

    await management.patch(f"{path}/ci", json={"name": "renamed"})
    assert await tokens.holder_of(value) == user_id
    assert await tokens.holder_of(value + "x") is None
    await management.delete(f"{path}/renamed")
    assert await tokens.holder_of(value) is None


async def test_tokens_go_with_their_user(management: Visitor, path: str, user_id: str, services: Services) -> None:
    value = (await management.post(path, json={"name": "ci"})).json()["value"]

    await management.delete(f"/api/users/{user_id}")

    assert await services.personal_access_tokens.holder_of(value) is None


async def test_tokens_are_sealed_at_rest_and_bound_to_their_row(
    management: Visitor, path: str, user_id: str, services: Services
) -> None:
    value = (await management.post(path, json={"name": "ci"})).json()["value"]
    (row,) = await services.uow.execute(select(PersonalAccessTokenTable.value, PersonalAccessTokenTable.fingerprint))
    assert value.encode() not in row.value + row.fingerprint

    await services.uow.execute(
        update(PersonalAccessTokenTable).where(PersonalAccessTokenTable.name == "ci").values(name="moved")
    )
    with pytest.raises(CannotOpen):
        await services.personal_access_tokens.list(UserId(user_id))
    await services.uow.abandon()


async def test_a_fingerprint_in_somebody_elses_row_opens_nothing(
    management: Visitor, path: str, services: Services
) -> None:
    mine = (await management.post(path, json={"name": "mine"})).json()["value"]
    victim = (await management.post("/api/users", json={"username": "victim"})).json()["id"]
    await management.post(f"/api/users/{victim}/personal-access-tokens", json={"name": "theirs"})
    table = PersonalAccessTokenTable
    (own,) = (await services.uow.execute(select(table.fingerprint).where(table.name == "mine"))).scalars()
    await services.personal_access_tokens.delete(UserId(path.split("/")[3]), "mine")
    await services.uow.execute(update(table).where(table.user_id == victim).values(fingerprint=own))

    assert await services.personal_access_tokens.holder_of(mine) is None


async def test_tenants_do_not_know_each_others_tokens(
    management: Visitor, admin_management: Visitor, path: str, services: Services
) -> None:
    admin = (await admin_management.post("/t/admin/api/users", json={"username": "root"})).json()["id"]
    made = await admin_management.post(f"/t/admin/api/users/{admin}/personal-access-tokens", json={"name": "ci"})

    assert (made.status_code, made.json()["tenantId"]) == (201, "admin")
    assert await services.personal_access_tokens.holder_of(made.json()["value"]) is None
    assert await names(management, path) == []
