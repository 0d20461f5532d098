"""What happens when the same code or refresh token arrives many times at once, on both databases."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import httpx2
from tests.oidc.party import Party, PartyMaker, follow, query_of
from tests.support.visitor import Visitor

from sekisho.applications.models import ApplicationType
from sekisho.kernel.clock import ManualClock


def outcomes(answers: list[httpx2.Response]) -> Counter[str]:
    return Counter("ok" if answer.status_code == 200 else answer.json()["error"] for answer in answers)


async def test_of_twenty_exchanges_of_one_code_one_wins_and_the_grant_ends(visitor: Visitor, party: Party) -> None:
    code = await party.code(visitor)

    answers = await asyncio.gather(*(party.exchange(visitor, code) for _ in range(20)))

    assert outcomes(answers) == {"ok": 1, "invalid_grant": 19}
    (winner,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert (await party.refresh(visitor, winner["refresh_token"])).json()["error"] == "invalid_grant"
    bearer = {"authorization": f"Bearer {winner['access_token']}"}
    assert (await visitor.get("/oidc/me", headers=bearer)).json()["error"] == "invalid_token"


async def test_a_code_seen_twice_ends_what_it_bought(visitor: Visitor, party: Party) -> None:
    code = await party.code(visitor)
    tokens = (await party.exchange(visitor, code)).json()

    assert (await party.exchange(visitor, code)).json()["error"] == "invalid_grant"
    assert (await party.refresh(visitor, tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_replay_with_a_wrong_verifier_ends_nothing(visitor: Visitor, party: Party) -> None:
    code = await party.code(visitor)
    tokens = (await party.exchange(visitor, code)).json()

    assert (await party.exchange(visitor, code, code_verifier="x" * 43)).json()["error"] == "invalid_grant"
    assert (await party.refresh(visitor, tokens["refresh_token"])).status_code == 200


async def test_twenty_refreshes_at_once_all_succeed_in_one_grant(visitor: Visitor, party: Party) -> None:
    tokens = await party.tokens(visitor)

    answers = await asyncio.gather(*(party.refresh(visitor, tokens["refresh_token"]) for _ in range(20)))

    assert outcomes(answers) == {"ok": 20}
    successors = {answer.json()["refresh_token"] for answer in answers}
    assert len(successors) == 20
    # All of them belong to one grant: revoking one ends the others.
    first, *others = successors
    await visitor.post("/oidc/token/revocation", data={"token": first, "client_id": party.client_id})
    for other in others:
        assert (await party.refresh(visitor, other)).json()["error"] == "invalid_grant"


async def test_a_rotated_token_still_counts_within_the_grace(
    visitor: Visitor, party: Party, clock: ManualClock
) -> None:
    tokens = await party.tokens(visitor)
    await party.refresh(visitor, tokens["refresh_token"])
    clock.advance(timedelta(seconds=3))

    assert (await party.refresh(visitor, tokens["refresh_token"])).status_code == 200


async def test_the_grace_of_a_rotated_token_does_not_renew_itself(
    visitor: Visitor, party: Party, clock: ManualClock
) -> None:
    tokens = await party.tokens(visitor)
    child = (await party.refresh(visitor, tokens["refresh_token"])).json()
    clock.advance(timedelta(seconds=2))
    assert (await party.refresh(visitor, tokens["refresh_token"])).status_code == 200
    clock.advance(timedelta(seconds=2))

    assert (await party.refresh(visitor, tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await party.refresh(visitor, child["refresh_token"])).json()["error"] == "invalid_grant"


async def test_reuse_after_the_grace_ends_the_grant_with_all_descendants(
    visitor: Visitor, party: Party, clock: ManualClock
) -> None:
    tokens = await party.tokens(visitor)
    child = (await party.refresh(visitor, tokens["refresh_token"])).json()
    clock.advance(timedelta(seconds=4))

    reused = await asyncio.gather(*(party.refresh(visitor, tokens["refresh_token"]) for _ in range(5)))

    assert outcomes(reused) == {"invalid_grant": 5}
    assert (await party.refresh(visitor, child["refresh_token"])).json()["error"] == "invalid_grant"
    bearer = {"authorization": f"Bearer {child['access_token']}"}
    assert (await visitor.get("/oidc/me", headers=bearer)).status_code == 401


async def test_refreshes_and_a_revocation_at_once_leave_no_token_behind(visitor: Visitor, party: Party) -> None:
    tokens = await party.tokens(visitor)
    revocation = {"token": tokens["access_token"], "client_id": party.client_id}

    refreshes = [party.refresh(visitor, tokens["refresh_token"]) for _ in range(10)]
    answers = await asyncio.gather(
        *refreshes[:5], visitor.post("/oidc/token/revocation", data=revocation), *refreshes[5:]
    )

    assert {answer.status_code for answer in answers} <= {200, 400}
    for answer in answers:
        if answer.status_code == 200 and answer.content:
            late = await party.refresh(visitor, answer.json()["refresh_token"])
            assert late.json().get("error") == "invalid_grant"


async def test_one_interaction_goes_on_only_once(visitor: Visitor, party: Party) -> None:
    await party.authorize(visitor)
    uid = visitor.jar.get("_interaction_resume")
    cookies = visitor.jar.header(f"http://localhost:3001/oidc/auth/{uid}")

    answers = await asyncio.gather(*(visitor.get(f"/oidc/auth/{uid}", headers={"cookie": cookies}) for _ in range(5)))

    assert Counter(answer.status_code for answer in answers) == {303: 1, 400: 4}


async def test_two_applications_at_once_in_one_session_both_get_their_codes(
    visitor: Visitor, make_party: PartyMaker
) -> None:
    one, other = await make_party(ApplicationType.TRADITIONAL), await make_party(ApplicationType.TRADITIONAL)
    other = replace(other, user=one.user)
    await one.tokens(visitor)
    await follow(visitor, f"/oidc/auth?{urlencode(other.query(scope='openid'))}")
    again = {"prompt": "none", "scope": "openid"}

    answers = await asyncio.gather(*(party.authorize(visitor, **again) for party in (one, other) for _ in range(10)))

    assert all("code" in query_of(answer) for answer in answers)


async def test_signing_out_while_signing_in_fails_for_nobody(visitor: Visitor, make_party: PartyMaker) -> None:
    party = await make_party(ApplicationType.TRADITIONAL)
    await party.tokens(visitor, scope="openid")
    page = await visitor.get("/oidc/session/end")
    xsrf = page.text.split('name="xsrf" value="')[1].split('"')[0]
    again = {"prompt": "none", "scope": "openid"}

    answers = await asyncio.gather(
        *(party.authorize(visitor, **again) for _ in range(5)),
        visitor.post("/oidc/session/end/confirm", data={"xsrf": xsrf, "logout": "yes"}),
        *(party.authorize(visitor, **again) for _ in range(5)),
    )

    assert {answer.status_code for answer in answers} == {303}
    assert query_of(await party.authorize(visitor, **again))["error"] == "login_required"
