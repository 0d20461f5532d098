from typing import Any

import pytest
from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor


@pytest.fixture
async def path(management: Visitor) -> str:
    return f"/api/users/{await created(management)}"


async def created(management: Visitor, **body: Any) -> str:
    response = await management.post("/api/users", json=body)
    return str(response.json()["id"])


async def put(management: Visitor, path: str, target: str, **body: Any) -> tuple[int, Any]:
    response = await management.put(f"{path}/identities/{target}", json=body)
    return response.status_code, response.json()


async def test_an_identity_is_new_once_and_replaced_afterwards(management: Visitor, path: str) -> None:
    first, second = {"userId": "g-1", "details": {"email": "a@b.c"}}, {"userId": "g-2"}
    assert await put(management, path, "google", **first) == (201, {"google": first})
    assert await put(management, path, "google", **second) == (200, {"google": second})
    assert await put(management, path, "github", userId="h-1") == (201, {"google": second, "github": {"userId": "h-1"}})
    assert (await management.get(path)).json()["identities"] == {"google": second, "github": {"userId": "h-1"}}
    found = await management.get(f"{path}/identities/google?includeTokenSecret=true")
    assert (found.status_code, found.json()) == (200, {"identity": second})
    everything = (await management.get(f"{path}/all-identities")).json()
    by_target = {each["target"]: each["identity"] for each in everything["socialIdentities"]}
    assert (by_target, everything["ssoIdentities"]) == ({"google": second, "github": {"userId": "h-1"}}, [])


async def test_an_identity_belongs_to_one_user(management: Visitor, path: str) -> None:
    other = f"/api/users/{await created(management)}"
    await put(management, path, "google", userId="g-1")
    status, answer = await put(management, other, "google", userId="g-1")
    assert (status, answer["code"]) == (422, "user.identity_already_in_use")
    assert (await put(management, other, "github", userId="g-1"))[0] == 201
    await put(management, path, "google", userId="g-2")
    assert (await put(management, other, "google", userId="g-1"))[0] == 201


async def test_a_removed_identity_is_free_again(management: Visitor, path: str) -> None:
    await put(management, path, "google", userId="g-1")
    removed = await management.delete(f"{path}/identities/google")
    assert (removed.status_code, removed.json()["identities"]) == (200, {})
    for gone in (
        await management.delete(f"{path}/identities/google"),
        await management.get(f"{path}/identities/google"),
    ):
        assert (gone.status_code, gone.json()["code"]) == (404, "user.identity_not_exist")
    other = f"/api/users/{await created(management)}"
    assert (await put(management, other, "google", userId="g-1"))[0] == 201
    await management.delete(other)
    assert (await put(management, path, "google", userId="g-1"))[0] == 201


@on_sqlite
async def test_an_identity_needs_a_user_and_an_id(management: Visitor, path: str) -> None:
    status, answer = await put(management, "/api/users/nobody", "google", userId="g-1")
    assert (status, answer["code"]) == (404, "entity.not_found")
    assert (await put(management, path, "google", details={}))[0] == 400
    assert (await put(management, path, "google", userId="g" * 257))[0] == 422
    assert (await put(management, path, "g" * 257, userId="g"))[0] == 422
    assert (await management.get("/api/users/nobody/all-identities")).status_code == 404


async def connector(management: Visitor, *, factory: str = "mock-social-connector") -> str:
    config = {"clientId": "id", "clientSecret": "secret"}
    response = await management.post("/api/connectors", json={"connectorId": factory, "config": config})
    return str(response.json()["id"])


async def test_an_account_is_linked_by_what_its_provider_sent_back(management: Visitor, path: str) -> None:
    body = {"connectorId": await connector(management), "connectorData": {"code": "c", "userId": "s-1", "name": "Ada"}}
    linked = await management.post(f"{path}/identities", json=body)
    assert linked.status_code == 200, linked.text
    identity = linked.json()["mock-social"]
    assert (identity["userId"], identity["details"]["name"]) == ("s-1", "Ada")
    other = f"/api/users/{await created(management)}"
    taken = await management.post(f"{other}/identities", json=body)
    assert (taken.status_code, taken.json()["code"]) == (422, "user.identity_already_in_use")


async def test_an_account_is_linked_through_a_social_connector_to_a_user_who_is_there(
    management: Visitor, path: str
) -> None:
    body = {"connectorId": "nothing", "connectorData": {}}
    missing = await management.post(f"{path}/identities", json=body)
    assert (missing.status_code, missing.json()["code"]) == (404, "entity.not_found")
    social = await connector(management)
    nobody = await management.post("/api/users/nobody/identities", json=body | {"connectorId": social})
    assert (nobody.status_code, nobody.json()["code"]) == (404, "entity.not_found")
    denied = await management.post(f"{path}/identities", json=body | {"connectorId": social})
    assert (denied.status_code, denied.json()["code"]) == (400, "connector.general")
