"""`/api/interaction/consent`: what pages of a tenant's own are told, and what they may answer (experience.md §19)."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from tests.oidc.party import REDIRECT_URI, Party, PartyMaker, query_of, resume_uid, services_over
from tests.support.factories import Factory
from tests.support.interactions import save_result
from tests.support.visitor import ORIGIN, Visitor

from sekisho.applications.models import OidcClientMetadata
from sekisho.consents.models import ConsentScopes
from sekisho.kernel.ids import ApplicationId
from sekisho.resources.models import ScopeId
from sekisho.services import Runtime

CONSENT = "/api/interaction/consent"


@pytest.fixture
def make_party(runtime: Runtime) -> PartyMaker:
    return PartyMaker(runtime=runtime)


@pytest.fixture
async def party(make_party: PartyMaker) -> Party:
    """A third party that may ask for the profile, and its user."""
    party = await make_party(is_third_party=True)
    await allow(party, users=["profile"])
    return party


async def allow(party: Party, *, users: list[str] = [], resources: list[ScopeId] = []) -> None:  # noqa: B006 — read only
    async with party.runtime.database.unit_of_work() as uow:
        scopes = ConsentScopes(users=users, resources=resources)
        await services_over(party.runtime, uow).consent_scopes.allow(ApplicationId(party.client_id), scopes)


async def arrive(party: Party, visitor: Visitor, **more: str) -> None:
    """Sign in, up to the page that asks."""
    await party.authorize(visitor, **{"scope": "openid offline_access profile", **more})
    uid = resume_uid(visitor)
    async with party.runtime.database.unit_of_work() as uow:
        login = {"login": {"accountId": party.user.id}, "interactionEvent": "SignIn", "userId": party.user.id}
        await save_result(services_over(party.runtime, uow).interactions, uid, login)
    asked = await visitor.get(f"/oidc/auth/{uid}")
    assert asked.headers["location"].startswith("/consent"), asked.headers["location"]


async def test_a_page_is_told_everything_it_has_to_say(party: Party, visitor: Visitor, make: Factory) -> None:
    api = await make.api(scopes=("read", "write", "delete"))
    await allow(party, resources=[api.scopes["read"], api.scopes["write"]])
    await make.role(name="Clerk", scopes=api.scopes.values())
    async with make.services() as services:
        await services.roles.assign(party.user.id, ["Clerk"])
    await arrive(party, visitor, scope="openid offline_access profile write read delete", resource=api.indicator)

    answer = await visitor.get(CONSENT)

    assert answer.status_code == 200
    assert answer.json() == {
        "application": {"id": party.client_id, "name": "App"},
        "user": {
            "id": party.user.id,
            "name": "Person",
            "avatar": None,
            "username": party.user.username,
            "primaryEmail": None,
            "primaryPhone": None,
        },
        "organizations": [],
        "missingOIDCScope": ["profile"],
        "missingResourceScopes": [
            {
                "resource": {"id": api.id, "name": api.indicator, "indicator": api.indicator},
                "scopes": [{"id": api.scopes[name], "name": name, "description": None} for name in ("write", "read")],
            }
        ],
        "redirectUri": REDIRECT_URI,
    }


async def test_what_was_allowed_before_is_missing_no_more(party: Party, visitor: Visitor) -> None:
    await arrive(party, visitor)
    await visitor.post(CONSENT, json={})
    await visitor.get(f"/oidc/auth/{resume_uid(visitor)}")
    await party.authorize(visitor, scope="openid offline_access profile")

    shown = (await visitor.get(CONSENT)).json()

    assert "missingOIDCScope" not in shown
    assert shown["missingResourceScopes"] == []


async def test_the_answer_says_where_to_go_on_and_leads_to_a_code(party: Party, visitor: Visitor) -> None:
    await arrive(party, visitor)
    answer = await visitor.post(CONSENT, json={})
    assert answer.status_code == 200
    assert answer.json() == {"redirectTo": f"{ORIGIN}/oidc/auth/{resume_uid(visitor)}"}
    landed = await visitor.get(answer.json()["redirectTo"])
    assert (await party.exchange(visitor, query_of(landed)["code"])).status_code == 200


async def test_a_button_pressed_many_times_at_once_gives_one_grant(party: Party, visitor: Visitor) -> None:
    await arrive(party, visitor)

    answers = await asyncio.gather(*(visitor.post(CONSENT, json={}) for _ in range(20)))
    later = await visitor.post(CONSENT, json={})

    assert {answer.status_code for answer in (*answers, later)} == {200}
    async with party.runtime.database.unit_of_work() as uow:
        (given,) = await services_over(party.runtime, uow).access.grants(party.user.id)
    landed = await visitor.get(later.json()["redirectTo"])
    async with party.runtime.database.unit_of_work() as uow:
        code = await services_over(party.runtime, uow).provider.ports.codes.find(query_of(landed)["code"])
    assert code is not None
    assert code.authorization.grant.id == given.grant.id


@pytest.mark.parametrize(
    "body",
    [
        {"organizationIds": []},
        {"scopes": ["email", "all"], "missingOIDCScope": ["email"]},
        {"missingResourceScopes": [{"resource": {"indicator": "https://default.logto.app/api"}, "scopes": ["all"]}]},
        {"grantId": "g" * 43, "accountId": "nobody"},
    ],
)
async def test_nothing_in_the_answer_adds_to_what_was_asked(
    party: Party, visitor: Visitor, body: dict[str, Any]
) -> None:
    await arrive(party, visitor)
    assert (await visitor.post(CONSENT, json=body)).status_code == 200

    async with party.runtime.database.unit_of_work() as uow:
        (given,) = await services_over(party.runtime, uow).access.grants(party.user.id)
    assert given.grant.scopes == ["openid", "offline_access", "profile"]
    assert given.grant.resources == {}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"organizationIds": ["acme"]}, 422, "organization.require_membership"),
        ({"organizationIds": "acme"}, 400, "guard.invalid_input"),
        ({"organizationIds": [1]}, 400, "guard.invalid_input"),
    ],
)
async def test_organizations_one_does_not_belong_to_are_refused_and_nothing_is_granted(
    party: Party, visitor: Visitor, body: dict[str, Any], status: int, code: str
) -> None:
    await arrive(party, visitor)
    answer = await visitor.post(CONSENT, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    async with party.runtime.database.unit_of_work() as uow:
        assert await services_over(party.runtime, uow).access.grants(party.user.id) == []


async def refusals(visitor: Visitor) -> list[httpx2.Response]:
    return [await visitor.get(CONSENT), await visitor.post(CONSENT, json={})]


async def test_without_somebody_signed_in_there_is_nothing_to_consent(party: Party, visitor: Visitor) -> None:
    await party.authorize(visitor, scope="openid")
    for answer in await refusals(visitor):
        assert (answer.status_code, answer.json()["code"]) == (400, "session.not_found")


async def test_an_application_that_was_removed_is_refused(party: Party, visitor: Visitor) -> None:
    await arrive(party, visitor)
    async with party.runtime.database.unit_of_work() as uow:
        await services_over(party.runtime, uow).applications.delete(ApplicationId(party.client_id))
    for answer in await refusals(visitor):
        body = answer.json()
        assert (answer.status_code, body["code"]) == (400, "oidc.invalid_client")
        assert body["error_description"] == "client must be available"


async def test_an_address_that_was_taken_from_the_application_is_not_shown(party: Party, visitor: Visitor) -> None:
    await arrive(party, visitor)
    moved = OidcClientMetadata(redirect_uris=("https://moved.example.com/",), post_logout_redirect_uris=())
    async with party.runtime.database.unit_of_work() as uow:
        applications = services_over(party.runtime, uow).applications
        await applications.update(ApplicationId(party.client_id), {"oidc_client_metadata": moved})

    answer = await visitor.get(CONSENT)

    assert (answer.status_code, answer.json()["code"]) == (400, "oidc.invalid_redirect_uri")


async def test_somebody_suspended_meanwhile_decides_nothing(party: Party, visitor: Visitor) -> None:
    await arrive(party, visitor)
    async with party.runtime.database.unit_of_work() as uow:
        await services_over(party.runtime, uow).users.set_suspended(party.user.id, is_suspended=True)
    for answer in await refusals(visitor):
        assert (answer.status_code, answer.json()["code"]) == (400, "session.not_found")


async def test_a_page_left_open_by_one_person_is_not_answered_by_the_next_at_the_same_browser(
    party: Party, make_party: PartyMaker, visitor: Visitor
) -> None:
    await arrive(party, visitor)
    left_open = {name: visitor.jar.get(name) for name in ("_interaction", "_interaction.sig")}
    visitor.jar.clear()
    other = replace(await make_party(), client_id=party.client_id)
    await arrive(other, visitor)
    session = {name: visitor.jar.get(name) for name in ("_session", "_session.sig")}
    header = {"cookie": "; ".join(f"{name}={value}" for name, value in {**left_open, **session}.items())}

    for answer in (await visitor.get(CONSENT, headers=header), await visitor.post(CONSENT, json={}, headers=header)):
        assert (answer.status_code, answer.json()["code"]) == (400, "session.not_found")
    async with party.runtime.database.unit_of_work() as uow:
        access = services_over(party.runtime, uow).access
        assert [await access.grants(each.user.id) for each in (party, other)] == [[], []]


async def test_an_interaction_of_another_browser_is_not_there(
    party: Party, visitor: Visitor, new_visitor: Callable[[], Visitor]
) -> None:
    await arrive(party, visitor)
    other = new_visitor()
    thief = {"cookie": "; ".join(f"{each.name}={each.value}" for each in visitor.jar.cookies() if "_int" in each.name)}

    for answer in (await other.get(CONSENT, headers=thief), await other.post(CONSENT, json={}, headers=thief)):
        assert (answer.status_code, answer.json()["code"]) == (400, "session.not_found")
