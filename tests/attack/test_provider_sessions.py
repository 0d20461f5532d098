"""Consent, step-up and sign-out: yes said for somebody, a level that was not reached, tokens taken for one another."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from tests.api.conftest import on_sqlite
from tests.hosted.conftest import PASSWORD, House, Person, form_of
from tests.hosted.conftest import VERIFIER as HOSTED_VERIFIER
from tests.oidc.party import REDIRECT_URI, Party, PartyMaker, follow, query_of, resume_uid
from tests.support.factories import Factory
from tests.support.interactions import save_result
from tests.support.visitor import ORIGIN, Visitor

from sekisho.applications.models import ApplicationType, CustomClientMetadata, OidcClientMetadata
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import ApplicationId, UserId
from sekisho.oidc.backchannel import logout_message
from sekisho.oidc.models import LogoutNotice
from sekisho.oidc.options import AcrLevel
from sekisho.oidc.tokens import jwt

FRESH = AcrLevel(value="fresh", max_age=timedelta(minutes=5))
KNOWN = AcrLevel(value="known")


@pytest.fixture
async def guest(make_party: PartyMaker) -> Party:
    """An application of others, and a person."""
    return await make_party(ApplicationType.TRADITIONAL, is_third_party=True)


@pytest.fixture
async def levels(factory: Factory) -> None:
    async with factory.services() as services:
        await services.provider_options.change({"acr_levels": (FRESH, KNOWN)})


async def asked(visitor: Visitor, guest: Party) -> httpx2.Response:
    """Sign in, up to the page that asks."""
    return await guest.sign_in(visitor, await guest.authorize(visitor, scope="openid"))


async def is_unanswered(visitor: Visitor) -> bool:
    back = await visitor.get(f"/oidc/auth/{resume_uid(visitor)}")
    return bool(back.headers["location"].startswith("/consent"))


@on_sqlite
@pytest.mark.parametrize("path", ["/consent", "/api/interaction/consent"])
async def test_consent_csrf_no_other_page_says_yes(visitor: Visitor, guest: Party, path: str) -> None:
    page = await asked(visitor, guest)
    body: dict[str, Any] = {"json": {}} if path.startswith("/api") else {"data": form_of(page).fields}

    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        refused = await visitor.post(f"{path}?app_id={guest.client_id}", headers=headers, **body)

        assert refused.status_code == 403, headers
        assert await is_unanswered(visitor), headers


@on_sqlite
@pytest.mark.parametrize("fields", [{}, {"_csrf": ""}, {"_csrf": "x"}], ids=["none", "empty", "another"])
async def test_consent_csrf_a_form_needs_its_secret(visitor: Visitor, guest: Party, fields: dict[str, str]) -> None:
    await asked(visitor, guest)
    form = {"decision": "authorize", **fields}
    assert (await visitor.post(f"/consent?app_id={guest.client_id}", data=form)).status_code == 403
    assert await is_unanswered(visitor)


async def test_consent_is_given_by_no_address(visitor: Visitor, guest: Party) -> None:
    await asked(visitor, guest)
    for path in ("/consent", "/api/interaction/consent"):
        await visitor.get(f"{path}?app_id={guest.client_id}&decision=authorize")
        await visitor.request("PUT", f"{path}?app_id={guest.client_id}", json={})
    assert await is_unanswered(visitor)


async def test_consent_of_one_person_is_not_used_for_the_next_at_the_same_browser(
    visitor: Visitor, guest: Party, make_party: PartyMaker
) -> None:
    """The page is open, somebody else signs in in another tab, and the first page's yes is said."""
    await asked(visitor, guest)
    other = await make_party()
    answer = await other.sign_in(visitor, await other.authorize(visitor, prompt="login consent"))
    assert "Sign out" in answer.text
    left = await visitor.post(form_of(answer).action, data=form_of(answer).fields)
    landed = await follow(visitor, left.headers["location"])

    said = await visitor.post(f"/api/interaction/consent?app_id={guest.client_id}", json={})

    assert query_of(landed)["code"]
    assert said.status_code == 400


async def test_consent_is_for_what_was_asked_and_no_more(visitor: Visitor, guest: Party) -> None:
    """Scopes in the body, the address and the next request are none that were asked for."""
    await asked(visitor, guest)
    body = {"scopes": ["profile"], "scope": "openid profile", "missingOIDCScope": ["profile"], "organizationIds": []}
    given = await visitor.post(f"/api/interaction/consent?app_id={guest.client_id}&scope=profile", json=body)
    landed = await follow(visitor, given.json()["redirectTo"])
    tokens = (await guest.exchange(visitor, query_of(landed)["code"], scope="openid profile")).json()

    silent = await guest.authorize(visitor, prompt="none", scope="openid profile")

    assert tokens["scope"] == "openid"
    assert query_of(silent)["error"] == "invalid_scope", "and none that is not on its list"


async def test_signing_in_is_not_consenting(visitor: Visitor, guest: Party) -> None:
    """A result that only says who signed in never comes out as a grant of a third party."""
    await asked(visitor, guest)
    async with guest.services() as services:
        result = {"login": {"accountId": guest.user.id}, "consent": {"grantId": "x"}}
        await save_result(services.interactions, resume_uid(visitor), result)
    answer = await follow(visitor, f"/oidc/auth/{resume_uid(visitor)}")
    assert answer.status_code == 200
    assert 'name="decision"' in answer.text


@pytest.mark.usefixtures("levels")
async def test_acr_step_up_is_not_got_around(visitor: Visitor, party: Party, clock: ManualClock) -> None:
    """Asked silently, in another spelling, beside lower levels, with a later age: what is old stays old."""
    await party.tokens(visitor)
    clock.advance(timedelta(minutes=6))
    base = {"scope": "openid", "prompt": "none"}

    silent = await party.authorize(visitor, **base, acr_values="fresh")
    unknown = await party.authorize(visitor, **base, acr_values="FRESH")
    aged = await party.authorize(visitor, **base, acr_values="fresh", max_age="86400")
    asked_again = await party.authorize(visitor, scope="openid", prompt="consent", acr_values="fresh")
    lower = await party.authorize(visitor, **base, acr_values="fresh known")

    assert query_of(silent)["error"] == query_of(aged)["error"] == "login_required"
    assert query_of(unknown)["error"] == "unmet_authentication_requirements"
    assert asked_again.headers["location"].startswith("/sign-in")
    tokens = (await party.exchange(visitor, query_of(lower)["code"])).json()
    assert jwt.peek(tokens["id_token"])["acr"] == "known", "said is what was reached, not what was asked for"


@pytest.mark.usefixtures("levels")
async def test_acr_a_refresh_lifts_no_level(visitor: Visitor, party: Party, clock: ManualClock) -> None:
    tokens = await party.tokens(visitor, acr_values="known")
    clock.advance(timedelta(minutes=6))
    fresh = (await party.refresh(visitor, tokens["refresh_token"], acr_values="fresh")).json()
    assert jwt.peek(fresh["id_token"])["acr"] == "known"


@pytest.mark.usefixtures("levels")
async def test_acr_and_auth_time_count_from_the_password_and_not_from_the_way_back(
    house: House, person: Person, clock: ManualClock
) -> None:
    """Attack: a sign-in is finished but for its last redirect, and kept until it would be too old."""
    await house.user()
    begun = int(clock.now().timestamp())
    answer = await person.fill(
        await person.arrive(acr_values="fresh known", max_age="60"), identifier="ada", password=PASSWORD
    )
    again = await person.fill(await person.arrive(acr_values="fresh"), identifier="ada", password=PASSWORD)
    clock.advance(timedelta(minutes=50))

    landed = await person.follow(answer)
    form = {"grant_type": "authorization_code", "code": query_of(landed)["code"], "client_id": person.client_id}
    form |= {"redirect_uri": REDIRECT_URI, "code_verifier": HOSTED_VERIFIER}
    said = jwt.peek((await person.visitor.post("/oidc/token", data=form)).json()["id_token"])
    too_late = await person.visitor.get(again.headers["location"])

    assert (said["auth_time"], said["acr"]) == (begun, "known")
    assert too_late.headers["location"].startswith("/sign-in")


@on_sqlite
async def test_a_logout_token_passes_for_nothing_else(visitor: Visitor, make_party: PartyMaker) -> None:
    """Not as a hint, not as a bearer's token, not at the Management API (RFC 8725 §3.11)."""
    party = await make_party()
    uris = OidcClientMetadata(
        redirect_uris=(REDIRECT_URI,),
        post_logout_redirect_uris=(),
        backchannel_logout_uri="https://app.example.com/out",
    )
    async with party.services() as services:
        await services.applications.update(ApplicationId(party.client_id), {"oidc_client_metadata": uris})
    notice = LogoutNotice(
        issuer=f"{ORIGIN}/oidc", client_id=party.client_id, account_id=UserId(party.user.id), sid="sid"
    )
    async with party.services() as services:
        message = await logout_message(services.provider.ports, notice)
    assert message is not None
    token = message.form["logout_token"]
    bearer = {"authorization": f"Bearer {token}"}

    hinted = await visitor.get("/oidc/session/end", params={"id_token_hint": token})
    begun = await party.authorize(visitor, id_token_hint=token)

    assert hinted.status_code == 400
    assert query_of(begun)["error"] == "invalid_request"
    assert (await visitor.get("/oidc/me", headers=bearer)).status_code == 401
    assert (await visitor.get("/api/users", headers=bearer)).status_code == 401


@on_sqlite
async def test_a_token_of_another_type_opens_no_api(visitor: Visitor, mint: Callable[..., Any]) -> None:
    """Signed by our own key, with every claim of an access token."""
    for typ in ("JWT", "logout+jwt", "dpop+jwt", "", "at+jwt\x00"):
        bearer = {"authorization": f"Bearer {await mint(typ=typ)}"}
        assert (await visitor.get("/api/users", headers=bearer)).status_code == 401, typ
    bearer = {"authorization": f"Bearer {await mint()}"}
    assert (await visitor.get("/api/users", headers=bearer)).status_code == 200


async def test_a_sign_in_finished_before_a_suspension_is_worth_nothing_after_it(house: House, person: Person) -> None:
    """Attack: whoever knows a password that is changed during the suspension keeps the way back until it is over."""
    user = await house.user()
    answer = await person.fill(await person.arrive(), identifier="ada", password=PASSWORD)
    for is_suspended in (True, False):
        async with house.services() as services:
            await services.users.set_suspended(user.id, is_suspended=is_suspended)

    back = await person.visitor.get(answer.headers["location"])

    assert (back.status_code, back.headers["location"].partition("?")[0]) == (303, "/sign-in")


async def test_max_allowed_grants_end_no_other_persons_grants(
    new_visitor: Callable[[], Visitor], make_party: PartyMaker, clock: ManualClock
) -> None:
    """Many sign-ins of one person to a client with a limit leave the other's alone."""
    custom = CustomClientMetadata(max_allowed_grants=1)
    party, other = await make_party(custom=custom), await make_party()
    alien = Party(runtime=party.runtime, client_id=party.client_id, secret=None, user=other.user)
    async with new_visitor() as browser:
        kept = await alien.tokens(browser)
    for _ in range(3):
        clock.advance(timedelta(seconds=1))
        async with new_visitor() as browser:
            await party.tokens(browser)
    async with party.services() as services:
        await services.access.limit_grants(party.user.id, party.client_id, limit=1)
    async with new_visitor() as browser:
        assert (await alien.refresh(browser, kept["refresh_token"])).status_code == 200
