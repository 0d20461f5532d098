"""Messages on their way to a real receiver: each arrives, or is seen among those that were given up."""

import hmac
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.support.receiver import SILENCE, Received, receiving
from tests.webhooks.conftest import Hooks, Outbox

from sekisho.kernel.clock import ManualClock

on_sqlite = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


def said(heard: Received) -> dict[str, Any]:
    return dict(msgspec.json.decode(heard.body))


async def test_a_message_tells_what_a_route_has_changed(hooks: Hooks, outbox: Outbox) -> None:
    async with receiving(200) as receiver:
        hook = await hooks.register(receiver, "User.Created", headers={"x-own": "1"})
        user = await hooks.make_user(username="ada")
        (heard,) = await receiver.at_least(1)
        await outbox.emptied()

    assert (heard.method, heard.path) == ("POST", "/hook")
    signature = hmac.digest(hook["signingKey"].encode(), heard.body, "sha256").hex()
    wanted = {
        "user-agent": "Logto (https://logto.io/)",
        "content-type": "application/json",
        "x-own": "1",
        "logto-signature-sha-256": signature,
    }
    assert {name: heard.headers[name] for name in wanted} == wanted
    body = said(heard)
    assert body["createdAt"].endswith("Z")
    assert body == {
        "event": "User.Created",
        "createdAt": body["createdAt"],
        "userAgent": hooks.management.headers["user-agent"],
        "ip": "127.0.0.1",
        "path": "/users",
        "method": "POST",
        "status": 200,
        "params": {},
        "matchedRoute": "/users",
        "data": user,
        "hookId": hook["id"],
    }
    assert len(receiver.received) == 1


async def test_a_deleted_user_is_told_as_he_was(hooks: Hooks, outbox: Outbox) -> None:
    user = await hooks.make_user()
    async with receiving(200) as receiver:
        await hooks.register(receiver, "User.Deleted")
        assert (await hooks.management.delete(f"/api/users/{user['id']}")).status_code == 204
        (heard,) = await receiver.at_least(1)
        await outbox.emptied()

    body = said(heard)
    del user["hasPassword"]
    assert body["data"] == user
    assert (body["method"], body["status"], body["params"]) == ("DELETE", 204, {"userId": user["id"]})
    assert (body["path"], body["matchedRoute"]) == (f"/users/{user['id']}", "/users/:userId")


@on_sqlite
async def test_only_who_listens_hears_and_nobody_hears_of_a_refusal(hooks: Hooks, outbox: Outbox) -> None:
    async with receiving(200) as listening, receiving(200) as other, receiving(200) as off:
        await hooks.register(listening, "User.Created", "User.Deleted")
        await hooks.register(other, "Role.Created")
        switched_off = await hooks.register(off, "User.Created")
        await hooks.management.patch(f"/api/hooks/{switched_off['id']}", json={"enabled": False})
        await hooks.make_user(username="ada")
        refused = await hooks.management.post("/api/users", json={"username": "ada"})
        assert refused.status_code == 422
        await listening.at_least(1)
        await outbox.emptied()

    assert (len(listening.received), other.received, off.received) == (1, [], [])


async def test_a_receiver_that_was_broken_for_a_while_gets_the_very_same_message(hooks: Hooks, outbox: Outbox) -> None:
    async with receiving(500, 503, 200) as receiver:
        hook = await hooks.register(receiver, "User.Created")
        await hooks.make_user()
        await outbox.failed(1)
        await outbox.failed(2)
        first, second, third = await receiver.at_least(3)
        await outbox.emptied()

    assert first.body == second.body == third.body
    assert {heard.headers["logto-signature-sha-256"] for heard in receiver.received} == {
        first.headers["logto-signature-sha-256"]
    }
    assert await hooks.dead_letters(hook) == []
    (entry,) = await hooks.logs(hook)
    assert entry["key"] == "TriggerHook.User.Created"
    assert "tenantId" not in entry
    assert entry["payload"]["result"] == "Success"
    assert entry["payload"]["response"] == {"statusCode": 200, "body": ""}
    assert entry["payload"]["hookRequest"]["body"]["event"] == "User.Created"
    assert await hooks.stats(hook) == {"successCount": 1, "requestCount": 1}


async def test_what_is_never_taken_is_seen_and_can_be_sent_again(hooks: Hooks, outbox: Outbox) -> None:
    async with receiving(500, 500, 200) as receiver:
        hook = await hooks.register(receiver, "User.Created", retries=1)
        user = await hooks.make_user()
        await outbox.failed(1)
        await outbox.emptied()

        (letter,) = await hooks.dead_letters(hook)
        assert (letter["event"], letter["attempts"]) == ("User.Created", 2)
        assert letter["error"] == "the receiver answered 500"
        assert letter["body"]["data"] == user
        (entry,) = await hooks.logs(hook)
        assert (entry["payload"]["result"], entry["payload"]["error"]) == ("Error", "the receiver answered 500")
        assert len(receiver.received) == 2

        door = f"/api/hooks/{hook['id']}/dead-letters/{letter['id']}/replay"
        assert (await hooks.management.post(door)).status_code == 204
        await receiver.at_least(3)
        await outbox.emptied()
        assert await hooks.dead_letters(hook) == []
        assert (await hooks.management.post(door)).status_code == 404

    assert await hooks.stats(hook) == {"successCount": 1, "requestCount": 2}


@on_sqlite
@pytest.mark.parametrize("status", [400, 404, 410, 429])
async def test_a_refusal_is_not_repeated(hooks: Hooks, outbox: Outbox, status: int) -> None:
    async with receiving(status) as receiver:
        hook = await hooks.register(receiver, "User.Created")
        await hooks.make_user()
        await outbox.emptied()

    (letter,) = await hooks.dead_letters(hook)
    assert (letter["attempts"], len(receiver.received)) == (1, 1)


async def test_a_redirect_leads_nowhere(hooks: Hooks, outbox: Outbox) -> None:
    async with receiving(200) as inside, receiving(f"{inside.url}/secrets") as receiver:
        hook = await hooks.register(receiver, "User.Created")
        await hooks.make_user()
        await outbox.emptied()

    (letter,) = await hooks.dead_letters(hook)
    assert letter["error"] == "the receiver answered 302"
    assert inside.received == []


@on_sqlite
async def test_a_receiver_that_is_down_is_tried_until_it_is_up(hooks: Hooks, outbox: Outbox) -> None:
    async with receiving(200) as gone:
        hook = await hooks.register(gone, "User.Created")
    await hooks.make_user()
    for times in (1, 2, 3):
        await outbox.failed(times)
    await outbox.emptied()

    (letter,) = await hooks.dead_letters(hook)
    assert letter["attempts"] == 4
    assert "127.0.0.1" in letter["error"]


@on_sqlite
async def test_a_receiver_that_says_nothing_is_given_ten_seconds(hooks: Hooks, outbox: Outbox) -> None:
    async with receiving(SILENCE) as receiver:
        hook = await hooks.register(receiver, "User.Created", retries=0)
        await hooks.make_user()
        await outbox.emptied()

    (letter,) = await hooks.dead_letters(hook)
    assert letter["error"] == "127.0.0.1 took longer than 10 s"


@on_sqlite
async def test_a_webhook_that_was_switched_off_meanwhile_is_not_called(hooks: Hooks, outbox: Outbox) -> None:
    async with receiving(500, 200) as receiver:
        hook = await hooks.register(receiver, "User.Created")
        await hooks.make_user()
        await receiver.at_least(1)
        await hooks.management.patch(f"/api/hooks/{hook['id']}", json={"enabled": False})
        await outbox.failed(1)
        await outbox.emptied()
        (letter,) = await hooks.dead_letters(hook)
        assert letter["error"] == "the webhook is switched off"

        await hooks.management.patch(f"/api/hooks/{hook['id']}", json={"enabled": True})
        await hooks.management.post(f"/api/hooks/{hook['id']}/dead-letters/{letter['id']}/replay")
        await receiver.at_least(2)
        await outbox.emptied()


@on_sqlite
async def test_messages_to_a_webhook_that_is_gone_are_dropped(hooks: Hooks, outbox: Outbox) -> None:
    async with receiving(500, 200) as receiver:
        hook = await hooks.register(receiver, "User.Created")
        await hooks.make_user()
        await receiver.at_least(1)
        assert (await hooks.management.delete(f"/api/hooks/{hook['id']}")).status_code == 204
        await outbox.failed(1)
        await outbox.emptied()

    assert len(receiver.received) == 1


@on_sqlite
async def test_old_deliveries_are_not_counted(hooks: Hooks, outbox: Outbox, clock: ManualClock) -> None:
    async with receiving(200) as receiver:
        hook = await hooks.register(receiver, "User.Created")
        await hooks.make_user()
        await outbox.emptied()
        assert await hooks.stats(hook) == {"successCount": 1, "requestCount": 1}
        clock.advance(timedelta(minutes=50))
        assert len(await hooks.logs(hook)) == 1


@on_sqlite
async def test_roles_and_scopes_are_told_of_by_their_routes(hooks: Hooks, outbox: Outbox) -> None:
    call = hooks.management
    events = [f"{noun}.{what}" for noun in ("Role", "Scope") for what in ("Created", "Data.Updated", "Deleted")]
    async with receiving(200) as receiver:
        await hooks.register(receiver, *events, "Role.Scopes.Updated")
        api = (await call.post("/api/resources", json={"name": "a", "indicator": "https://a.example"})).json()["id"]
        scopes = f"/api/resources/{api}/scopes"
        read = (await call.post(scopes, json={"name": "read"})).json()
        write = (await call.post(scopes, json={"name": "write"})).json()
        await call.patch(f"{scopes}/{read['id']}", json={"description": "d"})
        body = {"name": "r", "description": "d", "type": "User", "scopeIds": [read["id"]]}
        role = (await call.post("/api/roles", json=body)).json()
        await call.post(f"/api/roles/{role['id']}/scopes", json={"scopeIds": [write["id"]]})
        await call.delete(f"/api/roles/{role['id']}/scopes/{read['id']}")
        await call.patch(f"/api/roles/{role['id']}", json={"name": "s"})
        await call.delete(f"/api/roles/{role['id']}")
        await call.delete(f"{scopes}/{write['id']}")
        heard = [said(each) for each in await receiver.at_least(10)]
        await outbox.emptied()

    told = sorted((each["event"], each.get("method", ""), each.get("matchedRoute", "")) for each in heard)
    assert told == [
        ("Role.Created", "POST", "/roles"),
        ("Role.Data.Updated", "PATCH", "/roles/:id"),
        ("Role.Deleted", "DELETE", "/roles/:id"),
        ("Role.Scopes.Updated", "", ""),
        ("Role.Scopes.Updated", "DELETE", "/roles/:id/scopes/:scopeId"),
        ("Role.Scopes.Updated", "POST", "/roles/:id/scopes"),
        ("Scope.Created", "POST", "/resources/:resourceId/scopes"),
        ("Scope.Created", "POST", "/resources/:resourceId/scopes"),
        ("Scope.Data.Updated", "PATCH", "/resources/:resourceId/scopes/:scopeId"),
        ("Scope.Deleted", "DELETE", "/resources/:resourceId/scopes/:scopeId"),
    ]
    (given,) = [each for each in heard if each.get("roleId")]
    assert (given["roleId"], [scope["id"] for scope in given["data"]]) == (role["id"], [read["id"]])
    assert not [each for each in heard if each.get("method") == "DELETE" and "data" in each]
