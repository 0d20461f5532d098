"""What a person allows applications, as administrators see it and take it back (management-api.md §6.8)."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.api.conftest import Mint, on_sqlite
from tests.oidc.party import Party, PartyMaker, query_of
from tests.support.visitor import ORIGIN, Visitor

from sekisho.applications.builtin import DEMO_APP
from sekisho.kernel.clock import ManualClock, epoch_milliseconds, epoch_seconds
from sekisho.kernel.ids import ApplicationId
from sekisho.services import Runtime, Services

HALF_A_YEAR = timedelta(days=180)


@pytest.fixture
def make_party(runtime: Runtime) -> PartyMaker:
    return PartyMaker(runtime=runtime)


@pytest.fixture
async def party(make_party: PartyMaker) -> Party:
    return await make_party()


@pytest.fixture
def browser(new_visitor: Callable[[], Visitor]) -> Visitor:
    """The person's own browser; `management` is the administrator's."""
    return new_visitor()


async def grants_of(management: Visitor, party: Party, *, query: str = "") -> list[dict[str, Any]]:
    answer = await management.get(f"/api/users/{party.user.id}/grants{query}")
    assert answer.status_code == 200
    return list(answer.json()["grants"])


async def test_a_grant_tells_what_was_allowed_to_whom(
    management: Visitor, party: Party, browser: Visitor, clock: ManualClock
) -> None:
    await party.tokens(browser)

    (grant,) = await grants_of(management, party)

    expires_at = clock.now() + HALF_A_YEAR
    assert grant == {
        "id": grant["id"],
        "payload": {
            "exp": epoch_seconds(expires_at),
            "iat": epoch_seconds(clock.now()),
            "jti": grant["id"],
            "kind": "Grant",
            "clientId": party.client_id,
            "accountId": party.user.id,
            "openid": {"scope": "openid offline_access profile"},
        },
        "expiresAt": epoch_milliseconds(expires_at),
        "application": {"id": party.client_id, "name": "App"},
    }


async def test_grants_are_listed_by_whose_the_application_is(
    management: Visitor, make_party: PartyMaker, browser: Visitor
) -> None:
    ours = await make_party()
    theirs = replace(await make_party(is_third_party=True), user=ours.user)
    await ours.tokens(browser)
    await theirs.agree(browser, await theirs.authorize(browser, scope="openid"))

    listed = {
        query: {grant["application"]["id"] for grant in await grants_of(management, ours, query=query)}
        for query in ("", "?appType=firstParty", "?appType=thirdParty")
    }

    assert listed == {
        "": {ours.client_id, theirs.client_id},
        "?appType=firstParty": {ours.client_id},
        "?appType=thirdParty": {theirs.client_id},
    }


async def test_built_in_removed_and_expired_grants_are_not_listed(
    management: Visitor, party: Party, browser: Visitor, clock: ManualClock, mint: Mint, services: Services
) -> None:
    await party.tokens(browser)
    query = replace(party, client_id=DEMO_APP).query(redirect_uri=f"{ORIGIN}/demo-app")
    asked = await browser.get("/oidc/auth", params=query)
    consented = await browser.get(asked.headers["location"])
    landed = await browser.get(consented.headers["location"])
    assert "code=" in landed.headers["location"]
    assert [grant["application"]["id"] for grant in await grants_of(management, party)] == [party.client_id]

    clock.advance(HALF_A_YEAR)
    management.headers["authorization"] = f"Bearer {await mint()}"
    assert await grants_of(management, party) == []

    await party.tokens(browser)
    assert len(await grants_of(management, party)) == 1
    await services.applications.delete(ApplicationId(party.client_id))
    await services.uow.commit()
    assert await grants_of(management, party) == []


async def test_a_grant_taken_back_takes_its_tokens_and_leaves_the_session(
    management: Visitor, make_party: PartyMaker, browser: Visitor
) -> None:
    party, other = await make_party(), await make_party()
    other = replace(other, user=party.user)
    tokens, others = await party.tokens(browser), await other.tokens(browser)
    (grant,) = [each for each in await grants_of(management, party) if each["application"]["id"] == party.client_id]

    answer = await management.delete(f"/api/users/{party.user.id}/grants/{grant['id']}")

    assert (answer.status_code, answer.text) == (204, "")
    refused = await party.refresh(browser, tokens["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    me = await browser.get("/oidc/me", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert me.status_code == 401
    assert (await other.refresh(browser, others["refresh_token"])).status_code == 200
    (session,) = (await management.get(f"/api/users/{party.user.id}/sessions")).json()["sessions"]
    assert set(session["payload"]["authorizations"]) == {other.client_id}
    again = query_of(await party.authorize(browser, prompt="none"))
    assert again["error"] == "consent_required"


async def test_nobodys_grant_is_taken_back_through_another_person(
    management: Visitor, make_party: PartyMaker, browser: Visitor
) -> None:
    alice, bob = await make_party(), await make_party()
    tokens = await alice.tokens(browser)
    (grant,) = await grants_of(management, alice)

    answer = await management.delete(f"/api/users/{bob.user.id}/grants/{grant['id']}")

    assert (answer.status_code, answer.json()["code"]) == (404, "oidc.invalid_grant")
    assert (await alice.refresh(browser, tokens["refresh_token"])).status_code == 200


@on_sqlite
async def test_unknown_grants_and_kinds_of_application_are_refused(management: Visitor, party: Party) -> None:
    path = f"/api/users/{party.user.id}/grants"
    unknown = await management.delete(f"{path}/nope")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "oidc.invalid_grant")
    strange = await management.get(f"{path}?appType=other")
    assert (strange.status_code, strange.json()["code"]) == (400, "guard.invalid_input")


async def test_taking_back_and_signing_in_at_once_never_stand_in_each_others_way(
    management: Visitor, party: Party, new_visitor: Callable[[], Visitor]
) -> None:
    for _ in range(5):
        browser = new_visitor()
        await party.tokens(browser)
        grants = await grants_of(management, party)
        consented = await browser.get((await party.authorize(browser)).headers["location"])

        answers = await asyncio.gather(
            browser.get(consented.headers["location"]),
            *(management.delete(f"/api/users/{party.user.id}/grants/{grant['id']}") for grant in grants),
            *(party.authorize(browser, prompt="none") for _ in range(5)),
        )

        assert {answer.status_code for answer in answers} <= {204, 303}
