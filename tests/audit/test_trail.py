"""What people and programs leave in the audit log, refused requests too."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.e2e.journeys import MANAGE, Client, Journey
from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.audit.jobs import sweeps
from sekisho.audit.masking import masked
from sekisho.jobs.housekeeping import Housekeeper
from sekisho.kernel.clock import ManualClock
from sekisho.services import Runtime

on_sqlite = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
NewVisitor = Callable[[], Visitor]


async def trail(management: Visitor, query: str = "") -> list[dict[str, Any]]:
    found = await management.get(f"/api/logs?page_size=100{query}")
    assert found.status_code == 200, found.text
    return [entry["payload"] for entry in found.json()]


async def test_every_step_of_a_sign_in_is_noted(management: Visitor, new_visitor: NewVisitor, make: Factory) -> None:
    client, person = Client.of(await make.spa()), await make.user()
    async with new_visitor() as browser:
        journey = Journey(browser, client)
        await journey.begin("SignIn")
        assert (await journey.prove(person.username, password="Wrong-pass-1")).status_code == 422
        proof = await journey.prove(person.username, password=person.password)
        await journey.identify(proof.json()["verificationId"])
        tokens = await journey.finish()
        await journey.refresh(tokens["refresh_token"])

    entries = await trail(management, f"&applicationId={client.id}")

    steps = [(entry["key"], entry["result"]) for entry in entries]
    assert sorted(step for step in steps if step[0] not in {"Interaction.End", "Interaction.Create"}) == [
        ("ExchangeTokenBy.AuthorizationCode", "Success"),
        ("ExchangeTokenBy.RefreshToken", "Success"),
        ("Interaction.SignIn.Create", "Success"),
        ("Interaction.SignIn.Identifier.Submit", "Success"),
        ("Interaction.SignIn.Submit", "Success"),
        ("Interaction.SignIn.Verification.Password.Submit", "Error"),
        ("Interaction.SignIn.Verification.Password.Submit", "Success"),
    ]
    by_step = {(entry["key"], entry["result"]): entry for entry in entries}
    refused = by_step["Interaction.SignIn.Verification.Password.Submit", "Error"]
    assert refused["error"]["code"] == "session.invalid_credentials"
    assert refused["payload"] == {
        "password": "******",
        "identifier": {"type": "username", "value": person.username},
    }
    exchanged = by_step["ExchangeTokenBy.AuthorizationCode", "Success"]
    assert exchanged["userId"] == person.id
    assert exchanged["tokenTypes"] == ["AccessToken", "RefreshToken", "IdToken"]
    assert exchanged["params"]["code"] == "******"
    assert by_step["ExchangeTokenBy.RefreshToken", "Success"]["params"]["refresh_token"] == "******"
    asked = {entry["prompt"]["name"] for entry in entries if entry["key"] == "Interaction.Create"}
    assert asked == {"login", "consent"}
    text = str(entries)
    assert not any(secret in text for secret in (person.password, tokens["refresh_token"], tokens["access_token"]))


async def test_refused_tokens_and_revocations_are_noted(
    management: Visitor, new_visitor: NewVisitor, make: Factory
) -> None:
    machine = Client.of(await make.machine())
    async with new_visitor() as visitor:
        program = Journey(visitor, machine)
        assert (await program.token({**MANAGE, "client_secret": "wrong"})).json()["error"] == "invalid_client"
        assert (await program.token({"grant_type": "made_up"})).json()["error"] == "unsupported_grant_type"
        form = {"token": "x", "client_id": machine.id, "client_secret": machine.secret or ""}
        assert (await visitor.post("/oidc/token/revocation", data=form)).status_code == 200

    noted = [(entry["key"], entry["result"], entry.get("error", {}).get("code")) for entry in await trail(management)]

    assert sorted(noted) == [
        ("ExchangeTokenBy.ClientCredentials", "Error", "oidc.invalid_client"),
        ("ExchangeTokenBy.Unknown", "Error", "oidc.unsupported_grant_type"),
        ("RevokeToken", "Success", None),
    ]


@on_sqlite
async def test_a_script_that_fails_is_noted(management: Visitor, new_visitor: NewVisitor, make: Factory) -> None:
    script = {"script": "const getCustomJwtClaims = async () => { throw new TypeError('no') }"}
    put = await management.put("/api/configs/jwt-customizer/client-credentials", json=script)
    assert put.status_code == 201, put.text
    machine = Client.of(await make.machine(may_manage=True))
    async with new_visitor() as visitor:
        assert (await Journey(visitor, machine).token(MANAGE)).status_code == 200

    (entry,) = await trail(management, "&logKey=JwtCustomizer.ClientCredentials")

    assert (entry["result"], entry["applicationId"]) == ("Error", machine.id)
    assert entry["error"] == {"code": "jwt_customizer.general", "message": "TypeError: no"}


@on_sqlite
async def test_old_entries_go_when_the_operator_says_so(
    management: Visitor, visitor: Visitor, runtime: Runtime, clock: ManualClock
) -> None:
    async def post() -> None:
        await visitor.post("/oidc/token", data={"grant_type": "made_up"})

    await post()
    clock.advance(timedelta(minutes=30))
    await post()
    keeper = Housekeeper(database=runtime.database, clock=clock, sweeps=sweeps(retention=timedelta(minutes=20)))

    assert sweeps(retention=None) == ()
    assert await keeper.sweep() == 1
    assert len(await trail(management)) == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"password": "a", "newPassword": "b"}, {"password": "******", "newPassword": "******"}),
        ({"access_token": "a", "tokenType": "t", "Authorization": "b"}, None),
        ({"hasPassword": True, "passwordVerified": False}, {"hasPassword": True, "passwordVerified": False}),
        ({"applicationSecret": {"name": "n"}}, {"applicationSecret": {"name": "n"}}),
        ({"applicationSecret": {"name": "n", "value": "v"}}, {"applicationSecret": "******"}),
        ({"script": "s", "environmentVariables": {}, "a": "b\x00c"}, {"a": "bc"}),
        ({"deep": [{"api_key": 1, "set-cookie": 2}]}, {"deep": [{"api_key": "******", "set-cookie": "******"}]}),
    ],
)
def test_secrets_are_masked_by_their_names(given: Any, kept: Any) -> None:
    expected = kept or {"access_token": "******", "tokenType": "t", "Authorization": "******"}
    assert masked(given) == expected
