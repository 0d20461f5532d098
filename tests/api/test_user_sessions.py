"""Where a person is signed in, as administrators see it and end it (management-api.md §6.8)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.api.conftest import Mint, on_sqlite
from tests.oidc.party import Party, PartyMaker, query_of
from tests.support.visitor import Visitor

from sekisho.kernel.clock import ManualClock, epoch_milliseconds, epoch_seconds
from sekisho.kernel.ids import UserId
from sekisho.services import Runtime, Services

FORTNIGHT = timedelta(days=14)


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


async def sessions_of(management: Visitor, party: Party) -> list[dict[str, Any]]:
    answer = await management.get(f"/api/users/{party.user.id}/sessions")
    assert answer.status_code == 200
    return list(answer.json()["sessions"])


async def only_session(management: Visitor, party: Party) -> dict[str, Any]:
    (session,) = await sessions_of(management, party)
    return session


async def test_a_session_tells_who_when_and_for_which_applications(
    management: Visitor, party: Party, browser: Visitor, clock: ManualClock
) -> None:
    clock.advance(timedelta(seconds=5))
    now = clock.now()
    await party.tokens(browser)

    session = await only_session(management, party)

    payload = session["payload"]
    entry = payload["authorizations"][party.client_id]
    assert session == {
        "payload": {
            "exp": epoch_seconds(now + FORTNIGHT),
            "iat": epoch_seconds(now),
            "jti": payload["jti"],
            "uid": payload["uid"],
            "kind": "Session",
            "loginTs": epoch_seconds(now),
            "accountId": party.user.id,
            "authorizations": {
                party.client_id: {"sid": entry["sid"], "grantId": entry["grantId"], "persistsLogout": True}
            },
        },
        "lastSubmission": {"interactionEvent": "SignIn", "userId": party.user.id, "verificationRecords": []},
        "clientId": party.client_id,
        "accountId": party.user.id,
        "expiresAt": epoch_milliseconds(now + FORTNIGHT),
    }
    one = await management.get(f"/api/users/{party.user.id}/sessions/{payload['uid']}")
    assert (one.status_code, one.json()) == (200, session)


async def test_without_offline_access_nothing_outlives_the_logout(
    management: Visitor, party: Party, browser: Visitor
) -> None:
    await party.tokens(browser, scope="openid")
    session = await only_session(management, party)
    assert "persistsLogout" not in session["payload"]["authorizations"][party.client_id]


async def test_no_session_tells_the_value_of_its_cookie(management: Visitor, party: Party, browser: Visitor) -> None:
    await party.tokens(browser)
    before = (await only_session(management, party))["payload"]
    cookie = browser.jar.get("_session")
    assert cookie is not None

    assert before["jti"] != cookie
    assert len(before["jti"]) == len(cookie)

    await party.code(browser)
    after = (await only_session(management, party))["payload"]
    assert after["uid"] == before["uid"]
    assert after["jti"] != before["jti"]


async def test_what_a_browser_must_not_see_of_a_proof_an_administrator_does_not_see_either(
    management: Visitor, party: Party, browser: Visitor, services: Services
) -> None:
    await party.tokens(browser)
    uid = (await only_session(management, party))["payload"]["uid"]
    record = {
        "id": "record",
        "type": "Password",
        "identifier": {"type": "username", "value": "person1"},
        "verified": True,
    }
    submitted = {
        "interactionEvent": "SignIn",
        "userId": party.user.id,
        "verificationRecords": [{**record, "userId": party.user.id, "passwordSetAt": 1}],
        "signInContext": {"country": "JP"},
    }
    await services.sessions.extend(uid, account_id=party.user.id, client_id=party.client_id, last_submission=submitted)
    await services.uow.commit()

    shown = (await only_session(management, party))["lastSubmission"]

    assert shown == {**submitted, "verificationRecords": [record]}


async def test_the_latest_sign_in_comes_first_and_expired_sessions_do_not_come(
    management: Visitor, party: Party, new_visitor: Callable[[], Visitor], clock: ManualClock, mint: Mint
) -> None:
    signed_in_at = []
    for days in (13, 2, 0):
        await party.tokens(new_visitor())
        signed_in_at.append(epoch_seconds(clock.now()))
        clock.advance(timedelta(days=days))
    management.headers["authorization"] = f"Bearer {await mint()}"

    sessions = await sessions_of(management, party)

    assert [session["payload"]["loginTs"] for session in sessions] == [signed_in_at[2], signed_in_at[1]]


async def test_somebody_nobody_knows_has_no_sessions(management: Visitor, party: Party) -> None:
    assert await sessions_of(management, replace(party, user=replace(party.user, id=UserId("nobody")))) == []


async def test_an_ended_session_signs_the_browser_out_and_takes_what_was_bound_to_it(
    management: Visitor, party: Party, browser: Visitor
) -> None:
    bound = await party.tokens(browser, scope="openid profile")
    uid = (await only_session(management, party))["payload"]["uid"]

    ended = await management.delete(f"/api/users/{party.user.id}/sessions/{uid}")

    assert (ended.status_code, ended.text) == (204, "")
    assert await sessions_of(management, party) == []
    me = await browser.get("/oidc/me", headers={"authorization": f"Bearer {bound['access_token']}"})
    assert me.status_code == 401
    assert query_of(await party.authorize(browser, prompt="none"))["error"] == "login_required"


@pytest.mark.parametrize(
    ("target", "first_party_lives", "third_party_lives"),
    [("", True, True), ("?revokeGrantsTarget=firstParty", False, True), ("?revokeGrantsTarget=all", False, False)],
)
async def test_refresh_tokens_end_with_the_session_as_the_administrator_says(
    management: Visitor,
    make_party: PartyMaker,
    browser: Visitor,
    target: str,
    first_party_lives: bool,  # noqa: FBT001 — the table's
    third_party_lives: bool,  # noqa: FBT001 — the same
) -> None:
    ours = await make_party()
    theirs = replace(await make_party(is_third_party=True), user=ours.user)
    first = await ours.tokens(browser)
    agreed = await theirs.agree(browser, await theirs.authorize(browser, scope="openid offline_access"))
    third = (await theirs.exchange(browser, query_of(agreed)["code"])).json()
    uid = (await only_session(management, ours))["payload"]["uid"]

    await management.delete(f"/api/users/{ours.user.id}/sessions/{uid}{target}")

    for party, tokens, lives in ((ours, first, first_party_lives), (theirs, third, third_party_lives)):
        answer = await party.refresh(browser, tokens["refresh_token"])
        assert (answer.status_code == 200) is lives, party
        assert lives or answer.json()["error"] == "invalid_grant"


async def test_nobodys_session_is_ended_through_another_person(
    management: Visitor, make_party: PartyMaker, browser: Visitor
) -> None:
    alice, bob = await make_party(), await make_party()
    await alice.tokens(browser)
    uid = (await only_session(management, alice))["payload"]["uid"]

    read = await management.get(f"/api/users/{bob.user.id}/sessions/{uid}")
    ended = await management.delete(f"/api/users/{bob.user.id}/sessions/{uid}?revokeGrantsTarget=all")

    assert (read.status_code, read.json()["code"]) == (404, "oidc.session_not_found")
    assert (ended.status_code, ended.json()["code"]) == (404, "oidc.invalid_session_account_id")
    assert len(await sessions_of(management, alice)) == 1


@on_sqlite
async def test_unknown_sessions_and_targets_are_refused(management: Visitor, party: Party) -> None:
    path = f"/api/users/{party.user.id}/sessions/nope"
    for answer in (await management.get(path), await management.delete(path)):
        assert (answer.status_code, answer.json()["code"]) == (404, "oidc.session_not_found")
    strange = await management.delete(f"{path}?revokeGrantsTarget=thirdParty")
    assert (strange.status_code, strange.json()["code"]) == (400, "guard.invalid_input")
