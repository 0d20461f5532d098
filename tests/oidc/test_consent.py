"""Consent: by itself for our own applications, by a page for others (oidc.md §9.3, §10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from tests.oidc.asking import suspend
from tests.oidc.browsing import ask, come_back, consent, members_of, page_of
from tests.oidc.world import ALICE, API, World, spa, web

from sekisho.kernel.ids import UserId
from sekisho.oidc.consent import ConsentNeeded
from sekisho.oidc.errors import InvalidClient, InvalidScope, SessionNotFound
from sekisho.oidc.interactions import Current, CurrentRequest
from sekisho.oidc.models import ORGANIZATIONS_RESOURCE, Account, ClientAuthorization, Grant
from sekisho.oidc.scopes import ORGANIZATIONS

BOB = UserId("bob000000000")


@pytest.fixture
def world() -> World:
    return World()


async def test_a_third_party_is_not_consented_by_itself(world: World) -> None:
    world.all_clients["spa"] = spa(
        is_third_party=True, allowed_scopes=frozenset({"openid", "offline_access", "profile"})
    )
    world.signed_in()
    page = page_of(await ask(world, cookie="cookie"))

    needed = await consent(world, page.interaction.uid, "cookie")

    assert isinstance(needed, ConsentNeeded)
    assert needed.scopes == ["openid", "profile"]
    assert world.grants == {}


async def test_a_third_party_goes_on_once_the_person_agrees_or_declines(world: World) -> None:
    world.all_clients["spa"] = spa(is_third_party=True, allowed_scopes=frozenset({"openid", "profile"}))
    world.signed_in()
    outcomes = {}
    for decision in ("accept_consent", "decline_consent"):
        page = page_of(await ask(world, cookie="cookie", prompt="consent"))
        cookie = CurrentRequest(interaction_cookie=page.interaction.uid, session_cookie="cookie")
        current = await world.provider.current_interaction(cookie)
        await getattr(world.provider, decision)(current)
        members = members_of(await come_back(world, page.interaction.uid, cookie="cookie"))
        world.by_cookie = {"cookie": "session"}
        outcomes[decision] = "code" in members or members["error"]

    assert outcomes == {"accept_consent": True, "decline_consent": "access_denied"}


async def test_consent_extends_the_grant_of_the_session(world: World) -> None:
    world.granted(scopes=["openid"])
    world.signed_in(authorizations={"spa": ClientAuthorization(sid="sid", grant_id="grant")})
    page = page_of(await ask(world, cookie="cookie", scope="openid email"))

    await consent(world, page.interaction.uid, "cookie")

    assert list(world.grants) == ["grant"]
    assert world.grants["grant"].scopes == ["openid", "email"]


async def test_consent_needs_somebody_signed_in(world: World) -> None:
    page = page_of(await ask(world))

    with pytest.raises(SessionNotFound):
        await consent(world, page.interaction.uid, "none")


async def test_a_sign_in_page_cannot_be_answered_with_consent(world: World) -> None:
    world.signed_in()
    page = page_of(await ask(world, cookie="cookie", prompt="login"))

    await consent(world, page.interaction.uid, "cookie")

    assert world.interactions[page.interaction.uid].result == {}
    assert world.grants == {}


async def test_what_was_submitted_is_kept_with_the_session_but_no_password(world: World) -> None:
    page = page_of(await ask(world))
    uid = page.interaction.uid
    result = {
        "login": {"accountId": ALICE},
        "interactionEvent": "SignIn",
        "userId": ALICE,
        "verificationRecords": [],
        "profile": {"passwordEncrypted": "$argon2id$"},
    }
    world.interactions[uid] = replace(world.interactions[uid], result=result)
    signed_in = await come_back(world, uid)
    assert signed_in.session_cookie is not None
    await consent(world, page_of(signed_in).interaction.uid, signed_in.session_cookie.value or "")

    (extension,) = world.extensions.values()
    assert extension == {
        "account": ALICE,
        "client": "spa",
        "interactionEvent": "SignIn",
        "userId": ALICE,
        "verificationRecords": [],
    }


async def test_two_clients_share_one_session(world: World) -> None:
    world.signed_in(authorizations={"spa": ClientAuthorization(sid="sid", grant_id="one")})
    world.granted(id_="one")
    world.granted(id_="two", client_id="web")
    page = page_of(await ask(world, cookie="cookie", client_id="web"))
    await consent(world, page.interaction.uid, "cookie")
    await come_back(world, page.interaction.uid, cookie="cookie")

    assert set(world.sessions["session"].authorizations) == {"spa", "web"}
    assert web().id in world.all_clients


# --- What a third party is granted


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Who may have what of the API when the person says yes, and what comes of it (oidc.md §10)."""

    name: str
    asked: str = "openid read write"
    #: What the application's lists hold; what the person's roles give, and those in the organization `acme`.
    listed: Sequence[str] = ("read", "write")
    own: Sequence[str] = ()
    in_acme: Sequence[str] = ()
    chosen: Sequence[str] = ()
    #: What changes while the page is open.
    own_later: Sequence[str] | None = None
    listed_later: Sequence[str] | None = None
    granted: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rejected: Mapping[str, Sequence[str]] = field(default_factory=dict)


CASES = [
    Case(name="everything", own=("read", "write"), granted={API: ["read", "write"]}),
    Case(name="only what was asked", asked="openid read", own=("read", "write"), granted={API: ["read"]}),
    Case(name="only what is listed", listed=("read",), own=("read", "write"), granted={API: ["read"]}),
    Case(name="only what roles give", own=("write",), granted={API: ["write"]}),
    Case(
        name="a role that was taken away is refused with the rest granted",
        own=("read", "write"),
        own_later=("read",),
        granted={API: ["read"]},
        rejected={API: ["write"]},
    ),
    Case(
        name="a scope that was taken off the list is refused",
        own=("read", "write"),
        listed_later=("write",),
        granted={API: ["write"]},
        rejected={API: ["read"]},
    ),
    Case(name="nothing left is nothing decided", own=("read", "write"), own_later=()),
    Case(
        name="a chosen organization adds what its roles give",
        own=("read",),
        in_acme=("write",),
        chosen=("acme",),
        granted={API: ["read", "write"]},
    ),
    Case(
        name="what only an organization would give is refused without it",
        own=("read",),
        in_acme=("write",),
        granted={API: ["read"]},
        rejected={API: ["write"]},
    ),
    Case(
        name="the list counts in organizations too",
        listed=("read",),
        in_acme=("read", "write"),
        chosen=("acme",),
        granted={API: ["read"]},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
async def test_a_third_party_gets_what_the_person_can_allow_it_now(world: World, case: Case) -> None:
    current = await asked(world, case)
    if case.own_later is not None:
        world.held[(ALICE, API)] = case.own_later
    if case.listed_later is not None:
        list_for_spa(world, case.listed_later)

    await world.provider.accept_consent(current, organization_ids=case.chosen)

    (grant,) = world.grants.values()
    assert grant.scopes == ["openid"]
    assert dict(grant.resources) == dict(case.granted)
    assert dict(grant.rejected_resources) == dict(case.rejected)


async def test_what_was_refused_is_not_asked_for_again_and_what_was_not_decided_is(world: World) -> None:
    current = await asked(world, Case(name="", own=("read", "write")))
    world.held[(ALICE, API)] = ["read"]
    await world.provider.accept_consent(current)
    world.held[(ALICE, API)] = ["read", "write"]

    members = members_of(await come_back(world, current.interaction.uid, cookie="cookie"))

    assert world.codes[members["code"]].authorization.scopes == ["openid", "read"]


async def test_a_page_is_told_what_each_organization_would_add(world: World) -> None:
    current = await asked(
        world,
        Case(name="", asked=f"openid read write {ORGANIZATIONS}", own=("read",), in_acme=("read", "write")),
    )

    needed = await world.provider.ask_consent(current)

    assert needed.scopes == ["openid", ORGANIZATIONS]
    assert needed.resources == {API: ["read"]}
    assert [(each.organization.id, each.resources) for each in needed.organizations] == [("acme", {API: ["write"]})]


async def test_organizations_are_not_listed_unless_their_scope_is_asked_for(world: World) -> None:
    current = await asked(world, Case(name="", own=("read",), in_acme=("write",)))
    assert (await world.provider.ask_consent(current)).organizations == []


async def test_organizations_that_were_let_in_stay(world: World) -> None:
    acme, corp = world.organization("acme"), world.organization("corp")
    for chosen in (["acme"], ["corp"]):
        current = await asked(world, Case(name="", own=("read",)))
        await world.provider.accept_consent(current, organization_ids=chosen)
    assert ("spa", ALICE) in acme.let_in
    assert ("spa", ALICE) in corp.let_in


async def test_organization_scopes_are_asked_for_whole_and_filtered_when_used(world: World) -> None:
    world.organization_scopes = ["read:members", "write:members"]
    world.apis[ORGANIZATIONS_RESOURCE] = replace(world.apis[API], indicator=ORGANIZATIONS_RESOURCE)
    world.signed_in()
    world.all_clients["spa"] = spa(
        is_third_party=True,
        allowed_scopes=frozenset({"openid"}),
        allowed_resource_scopes={ORGANIZATIONS_RESOURCE: frozenset({"read:members"})},
    )
    page = page_of(
        await ask(world, cookie="cookie", scope="openid read:members write:members", resource=ORGANIZATIONS_RESOURCE)
    )

    await world.provider.accept_consent(await current_of(world, page.interaction.uid))

    (grant,) = world.grants.values()
    assert dict(grant.resources) == {ORGANIZATIONS_RESOURCE: ["read:members"]}


async def test_a_first_party_gets_everything_it_asks_for_whatever_roles_say_meanwhile(world: World) -> None:
    world.signed_in()
    world.held[(ALICE, API)] = ["read"]
    page = page_of(await ask(world, cookie="cookie", scope="openid read", resource=API))
    world.held[(ALICE, API)] = []

    await consent(world, page.interaction.uid, "cookie")

    (grant,) = world.grants.values()
    assert dict(grant.resources) == {API: ["read"]}
    assert grant.rejected_resources == {}


# --- What nobody can consent to


async def test_a_scope_that_is_not_listed_cannot_even_be_asked_for(world: World) -> None:
    list_for_spa(world, ["read"])
    world.signed_in()
    refused = members_of(await ask(world, cookie="cookie", scope="openid email"))
    assert (refused["error"], refused["scope"]) == (InvalidScope.error, "email")


async def test_the_api_that_was_not_asked_for_is_not_granted(world: World) -> None:
    other = "https://invoices.example.com"
    world.apis[other] = replace(world.apis[API], indicator=other)
    world.held |= {(ALICE, API): ["read"], (ALICE, other): ["read"]}
    current = await asked(world, Case(name="", asked="openid read", own=("read",)))

    await world.provider.accept_consent(current)

    (grant,) = world.grants.values()
    assert dict(grant.resources) == {API: ["read"]}


@pytest.mark.parametrize("decide", ["auto_consent", "ask_consent", "accept_consent", "decline_consent"])
async def test_another_persons_interaction_is_nobodys_to_decide(world: World, decide: str) -> None:
    current = await asked(world, Case(name="", own=("read",)))
    world.accounts[BOB] = Account(id=BOB)
    world.sessions["session"] = replace(world.sessions["session"], account_id=BOB)

    with pytest.raises(SessionNotFound):
        await getattr(world.provider, decide)(await current_of(world, current.interaction.uid))
    assert world.grants == {}


@pytest.mark.parametrize("decide", ["auto_consent", "ask_consent", "accept_consent", "decline_consent"])
@pytest.mark.parametrize("is_third_party", [True, False])
async def test_somebody_suspended_while_the_page_was_open_decides_nothing(
    world: World, decide: str, *, is_third_party: bool
) -> None:
    current = await asked(world, Case(name="", own=("read",)))
    world.all_clients["spa"] = replace(world.all_clients["spa"], is_third_party=is_third_party)
    suspend(world)

    with pytest.raises(SessionNotFound):
        await getattr(world.provider, decide)(current)
    assert world.grants == {}
    assert world.interactions[current.interaction.uid].result == {}


@pytest.mark.parametrize("decide", ["auto_consent", "ask_consent", "accept_consent"])
async def test_an_application_that_was_removed_gets_nothing(world: World, decide: str) -> None:
    current = await asked(world, Case(name="", own=("read",)))
    del world.all_clients["spa"]

    with pytest.raises(InvalidClient):
        await getattr(world.provider, decide)(current)
    assert world.grants == {}


@pytest.mark.parametrize("change", [{"account_id": BOB}, {"client_id": "web"}])
async def test_a_grant_of_somebody_else_is_never_extended(world: World, change: Mapping[str, Any]) -> None:
    current = await asked(world, Case(name="", own=("read",)))
    other: Grant = replace(world.granted(scopes=["openid"]), **change)
    world.grants["grant"] = other
    uid = current.interaction.uid
    world.interactions[uid] = replace(world.interactions[uid], grant_id="grant")

    await world.provider.accept_consent(await current_of(world, uid))

    assert world.grants.pop("grant") == other
    (made,) = world.grants.values()
    assert (made.account_id, made.client_id) == (ALICE, "spa")


def list_for_spa(world: World, scopes: Sequence[str]) -> None:
    """Make the application a third party with these scopes of the API on its lists."""
    world.all_clients["spa"] = spa(
        is_third_party=True,
        allowed_scopes=frozenset({"openid", "offline_access", ORGANIZATIONS}),
        allowed_resource_scopes={API: frozenset(scopes)},
    )


async def asked(world: World, case: Case) -> Current:
    """Bring Alice to the page of a third party."""
    list_for_spa(world, case.listed)
    world.held[(ALICE, API)] = case.own
    if case.in_acme:
        world.organization("acme", resource_scopes={(ALICE, API): case.in_acme})
    world.signed_in()
    page = page_of(await ask(world, cookie="cookie", scope=case.asked, resource=API, prompt="consent"))
    return await current_of(world, page.interaction.uid)


async def current_of(world: World, uid: str) -> Current:
    return await world.provider.current_interaction(CurrentRequest(interaction_cookie=uid, session_cookie="cookie"))
