"""`/api/hooks`: how webhooks are kept, shown and tried out. What is sent to them is in `tests/webhooks`."""

import hmac
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from sqlalchemy import select
from tests.api.conftest import on_sqlite
from tests.support.receiver import receiving
from tests.support.visitor import Visitor

from sekisho.services import Runtime
from sekisho.webhooks.tables import HookTable

CONFIG = {"url": "https://hook.example.com", "headers": {"x": "y"}}


async def create(management: Visitor, **members: Any) -> dict[str, Any]:
    body = {"name": "h", "events": ["User.Created", "PostSignIn"], "config": CONFIG, **members}
    created = await management.post("/api/hooks", json=body)
    assert created.status_code == 201, created.text
    return dict(created.json())


async def test_a_webhook_is_shown_as_it_was_made(management: Visitor) -> None:
    hook = await create(management, events=["User.Created", "PostSignIn", "User.Created"])

    assert len(hook["id"]) == 21
    assert len(hook["signingKey"]) == 32
    assert (await management.get(f"/api/hooks/{hook['id']}")).json() == hook
    del hook["id"], hook["signingKey"]
    assert hook == {
        "tenantId": "default",
        "name": "h",
        "event": None,
        "events": ["User.Created", "PostSignIn"],
        "config": CONFIG,
        "enabled": True,
        "createdAt": 1775034000000,
    }


async def test_keys_and_headers_are_sealed(management: Visitor, runtime: Runtime) -> None:
    hook = await create(management, config={"url": "https://a.example", "headers": {"authorization": "s3cret"}})

    async with runtime.database.unit_of_work() as uow:
        row = (await uow.execute(select(HookTable.config, HookTable.headers, HookTable.signing_key))).one()

    assert row.config == {"url": "https://a.example"}
    assert b"s3cret" not in row.headers
    assert hook["signingKey"].encode() not in row.signing_key


async def test_a_change_replaces_what_it_names(management: Visitor) -> None:
    hook = await create(management, config={**CONFIG, "retries": 3})
    path = f"/api/hooks/{hook['id']}"

    changed = (await management.patch(path, json={"config": {"url": "https://b.example"}, "enabled": False})).json()

    assert changed == {**hook, "config": {"url": "https://b.example"}, "enabled": False}
    assert (await management.patch(path, json={})).json() == changed
    assert (await management.patch(path, json={"signingKey": "x" * 32})).json() == changed
    renewed = (await management.patch(f"{path}/signing-key")).json()
    assert renewed["signingKey"] != hook["signingKey"]
    assert (await management.get(path)).json() == renewed


@on_sqlite
async def test_lists_are_newest_first_and_paged_only_when_asked(management: Visitor) -> None:
    names = [(await create(management, name=f"h{number}"))["name"] for number in range(3)]
    whole = await management.get("/api/hooks")
    page = await management.get("/api/hooks?page=1&page_size=2")

    assert sorted(hook["name"] for hook in whole.json()) == names
    assert "total-number" not in whole.headers
    assert (len(page.json()), page.headers["total-number"]) == (2, "3")
    assert "executionStats" not in page.json()[0]
    counted = (await management.get("/api/hooks?includeExecutionStats=1")).json()
    assert counted[0]["executionStats"] == {"successCount": 0, "requestCount": 0}


@on_sqlite
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"config": CONFIG}, "hook.missing_events"),
        ({"config": CONFIG, "events": []}, "guard.invalid_input"),
        ({"config": CONFIG, "events": ["Nope"]}, "guard.invalid_input"),
        ({"events": ["User.Created"]}, "guard.invalid_input"),
        ({"events": ["User.Created"], "config": {**CONFIG, "retries": 4}}, "guard.invalid_input"),
        ({"events": ["User.Created"], "config": {"url": "u", "headers": {"a": 1}}}, "guard.invalid_input"),
    ],
)
async def test_what_is_no_webhook_is_refused(management: Visitor, body: dict[str, Any], code: str) -> None:
    refused = await management.post("/api/hooks", json=body)
    assert (refused.status_code, refused.json()["code"]) == (400, code)


OPERATIONS: Sequence[tuple[str, str]] = (
    ("GET", ""),
    ("PATCH", ""),
    ("DELETE", ""),
    ("PATCH", "/signing-key"),
    ("POST", "/test"),
    ("GET", "/dead-letters"),
    ("POST", "/dead-letters/x/replay"),
)


@on_sqlite
async def test_what_is_not_there_is_404(management: Visitor) -> None:
    body = {"events": ["User.Created"], "config": CONFIG, "name": "x"}
    for method, rest in OPERATIONS:
        answer = await management.request(method, f"/api/hooks/nobody{rest}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "entity.not_exists_with_id"), (method, rest)


async def test_a_test_has_the_shape_of_a_real_message(management: Visitor) -> None:
    hook = await create(management)
    async with receiving(200) as receiver:
        body = {"events": ["PostSignIn", "User.Created"], "config": {"url": receiver.url, "headers": {"x-own": "1"}}}
        answer = await management.post(f"/api/hooks/{hook['id']}/test", json=body)
        heard = await receiver.at_least(2)

    assert answer.status_code == 204
    said = {each["event"]: each for each in (msgspec.json.decode(one.body) for one in heard)}
    assert said["PostSignIn"]["user"]["primaryEmail"] == "fake-user@fake-service.com"
    assert said["PostSignIn"]["application"]["id"] == "fake-spa-application-id"
    assert said["User.Created"]["data"] == {"result": "success"}
    assert {each["hookId"] for each in said.values()} == {hook["id"]}
    for one in heard:
        wanted = hmac.digest(hook["signingKey"].encode(), one.body, "sha256").hex()
        assert (one.headers["logto-signature-sha-256"], one.headers["x-own"]) == (wanted, "1")
    assert (await management.get(f"/api/hooks/{hook['id']}/recent-logs")).json() == []


@on_sqlite
async def test_a_test_that_fails_says_how(management: Visitor) -> None:
    hook = await create(management)
    path = f"/api/hooks/{hook['id']}/test"
    async with receiving(418) as receiver:
        refused = await management.post(path, json={"events": ["User.Created"], "config": {"url": receiver.url}})
    gone = await management.post(path, json={"events": ["User.Created"], "config": {"url": receiver.url}})

    assert (refused.status_code, refused.json()["code"]) == (422, "hook.endpoint_responded_with_error")
    assert refused.json()["data"] == {"responseStatus": 418, "responseBody": ""}
    assert (gone.status_code, gone.json()["code"]) == (422, "hook.send_test_payload_failed")
