"""What receivers hear of people who come in, and of those who are kept out."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from tests.e2e.journeys import Client, Journey
from tests.support.factories import Factory
from tests.support.receiver import Received, receiving
from tests.support.visitor import Visitor
from tests.webhooks.conftest import Hooks, Outbox

on_sqlite = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
NewVisitor = Callable[[], Visitor]


def said(heard: Received) -> dict[str, Any]:
    return dict(msgspec.json.decode(heard.body))


@pytest.fixture
async def client(make: Factory) -> Client:
    return Client.of(await make.spa())


async def test_registering_and_signing_in_are_told(
    hooks: Hooks, outbox: Outbox, new_visitor: NewVisitor, client: Client
) -> None:
    async with receiving(200) as receiver:
        hook = await hooks.register(receiver, "PostRegister", "PostSignIn", "User.Created", "User.Data.Updated")
        async with new_visitor() as browser:
            await Journey(browser, client).register("ada")
        async with new_visitor() as browser:
            await Journey(browser, client).sign_in("ada")
        heard = [said(each) for each in await receiver.at_least(3)]
        await outbox.emptied()

    by_name = {each["event"]: each for each in heard}
    assert sorted(each["event"] for each in heard) == ["PostRegister", "PostSignIn", "User.Created"]
    application = (await hooks.management.get(f"/api/applications/{client.id}")).json()
    shown = {name: application[name] for name in ("id", "type", "name", "description")}
    created, registered, signed_in = by_name["User.Created"], by_name["PostRegister"], by_name["PostSignIn"]
    assert created["data"]["username"] == "ada"
    assert "hasPassword" not in created["data"]
    assert (created["interactionEvent"], created["ip"], created["application"]) == ("Register", "127.0.0.1", shown)
    assert registered["interactionEvent"] == "Register"
    assert signed_in.pop("createdAt").endswith("Z")
    assert len(signed_in.pop("sessionId")) == 43
    user = signed_in.pop("user")
    assert user["id"] == created["data"]["id"]
    assert user["lastSignInAt"] is not None
    assert signed_in == {
        "event": "PostSignIn",
        "interactionEvent": "SignIn",
        "userAgent": hooks.management.headers["user-agent"],
        "userIp": "127.0.0.1",
        "userId": user["id"],
        "application": shown,
        "hookId": hook["id"],
    }


async def test_a_lockout_is_told_although_the_request_is_refused(
    hooks: Hooks, outbox: Outbox, new_visitor: NewVisitor, client: Client
) -> None:
    limit = {"sentinelPolicy": {"maxAttempts": 2}}
    assert (await hooks.management.patch("/api/sign-in-exp", json=limit)).status_code == 200
    async with receiving(200) as receiver, new_visitor() as browser:
        await hooks.register(receiver, "Identifier.Lockout")
        journey = Journey(browser, client)
        await journey.begin("SignIn")
        codes = [(await journey.prove("ada", password="wrong")).json()["code"] for _ in range(4)]
        (heard,) = await receiver.at_least(1)
        await outbox.emptied()

    assert codes[-1] == "session.verification_blocked_too_many_attempts"
    body = said(heard)
    assert (body["event"], body["type"], body["value"]) == ("Identifier.Lockout", "username", "ada")
    assert (body["ip"], body["application"]["id"]) == ("127.0.0.1", client.id)
    assert len(receiver.received) == 1


@on_sqlite
async def test_grants_beyond_the_limit_are_told(
    hooks: Hooks, outbox: Outbox, new_visitor: NewVisitor, client: Client, make: Factory
) -> None:
    limited = {"customClientMetadata": {"maxAllowedGrants": 1}}
    assert (await hooks.management.patch(f"/api/applications/{client.id}", json=limited)).status_code == 200
    person = await make.user()
    async with receiving(200) as receiver:
        hook = await hooks.register(receiver, "Grant.LimitExceeded")
        for _ in range(2):
            async with new_visitor() as browser:
                await Journey(browser, client).sign_in(person.username, password=person.password)
        (heard,) = await receiver.at_least(1)
        await outbox.emptied()

    body = said(heard)
    assert len(body.pop("revokedGrantIds")) == 1
    assert body.pop("createdAt").endswith("Z")
    assert body.pop("application")["id"] == client.id
    assert body == {
        "event": "Grant.LimitExceeded",
        "userId": person.id,
        "applicationId": client.id,
        "maxAllowedGrants": 1,
        "preRevocationActiveGrantCount": 2,
        "ip": "127.0.0.1",
        "userAgent": hooks.management.headers["user-agent"],
        "hookId": hook["id"],
    }
    listed = (await hooks.management.get("/api/logs?logKey=RevokeGrants")).json()
    assert [entry["payload"]["reason"] for entry in listed] == ["maxAllowedGrants limit reached"]
