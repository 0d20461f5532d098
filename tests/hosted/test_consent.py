"""`/consent`: nothing is asked for a first party, a third party asks, and either answer reaches the application."""

from collections.abc import Callable
from dataclasses import replace

import httpx2
import pytest
from tests.hosted.conftest import PASSWORD, REDIRECT_URI, House, Person, answer_of, form_of, on_both, read
from tests.support.factories import Factory
from tests.support.visitor import ORIGIN, Visitor

from sekisho.applications.models import OidcClientMetadata
from sekisho.consents.models import ConsentScopes
from sekisho.kernel.ids import ApplicationId
from sekisho.users.models import Identifier, IdentifierType

THIRD_PARTY_SCOPE = "openid offline_access"


@pytest.fixture
async def stranger(house: House, new_visitor: Callable[[], Visitor]) -> Person:
    """Somebody who comes from an application of somebody else."""
    return Person(visitor=new_visitor(), client_id=await house.application(is_third_party=True))


async def sign_in(house: House, person: Person, *, scope: str = THIRD_PARTY_SCOPE) -> httpx2.Response:
    await house.user()
    page = await person.arrive(scope=scope)
    return await person.follow(await person.fill(page, identifier="ada", password=PASSWORD))


async def arrive_signed_in(person: Person, **parameters: str) -> httpx2.Response:
    """Arrive as `ada`, up to the page that asks."""
    page = await person.arrive(**parameters)
    return await person.follow(await person.fill(page, identifier="ada", password=PASSWORD))


async def test_a_third_party_asks_and_is_allowed(house: House, stranger: Person) -> None:
    page = await sign_in(house, stranger)
    assert read(page).one("h1").text.strip() == "Bookstore wants to use your account"
    assert "ada" in page.text
    assert [each.text.strip() for each in read(page).all("li")] == ["Keep this access while you are away"]
    answer = await stranger.fill(page, decision="authorize")
    assert answer.status_code == 303
    assert "code" in answer_of(await stranger.follow(answer))


async def test_what_is_asked_is_said_in_plain_words_for_the_person_and_for_each_api(
    house: House, stranger: Person, make: Factory
) -> None:
    api = await make.api(scopes=("read:orders",))
    async with house.services() as services:
        described = await services.resources.add_scope(api.id, name="write:orders", description="Place orders for you")
        scopes = ConsentScopes(users=["profile", "email"], resources=[*api.scopes.values(), described.id])
        await services.consent_scopes.allow(ApplicationId(stranger.client_id), scopes)
    user = await house.user()
    await make.role(name="Clerk", scopes=[*api.scopes.values(), described.id])
    async with house.services() as services:
        await services.roles.assign(user.id, ["Clerk"])

    page = await arrive_signed_in(
        stranger, scope="openid offline_access profile email read:orders write:orders", resource=api.indicator
    )

    document = read(page)
    assert [each.text.strip() for each in document.all("h3")] == ["Your personal data", api.indicator]
    assert [each.text.strip() for each in document.all("li")] == [
        "See your name, username and profile",
        "See your email address",
        "Keep this access while you are away",
        "read:orders",
        "Place orders for you",
    ]
    assert "You go on to app.example.com." in page.text


@on_both
async def test_the_application_shows_its_logo_and_the_house_its_documents(house: House, stranger: Person) -> None:
    logo = "https://app.example.com/logo.png"
    async with house.services() as services:
        uris = OidcClientMetadata(redirect_uris=(REDIRECT_URI,), post_logout_redirect_uris=(), logo_uri=logo)
        await services.applications.update(ApplicationId(stranger.client_id), {"oidc_client_metadata": uris})
    await house.settings(terms_of_use_url="https://id.example/terms", privacy_policy_url="https://id.example/privacy")

    document = read(await sign_in(house, stranger))

    assert logo in [each.get("src") for each in document.all("img")]
    links = [each.get("href") for each in document.all("a")]
    assert links[-2:] == ["https://id.example/terms", "https://id.example/privacy"]


async def test_another_account_can_be_used_and_the_first_one_is_signed_out(house: House, stranger: Person) -> None:
    page = await sign_in(house, stranger)
    bob = await house.user(username="bob")
    (switch,) = [each.get("href") for each in read(page).all("a") if "/sign-in" in each.get("href")]

    form = await stranger.visitor.get(switch)
    stopped = await stranger.follow(await stranger.fill(form, identifier="bob", password=PASSWORD))
    assert form_of(stopped).action.endswith("/oidc/session/end/confirm")
    page = await stranger.follow(await stranger.fill(stopped))

    assert "bob" in page.text
    assert "ada" not in page.text
    code = answer_of(await stranger.follow(await stranger.fill(page, decision="authorize")))["code"]
    async with house.services() as services:
        found = await services.provider.ports.codes.find(code)
    assert found is not None
    assert found.authorization.grant.account_id == bob.id


async def test_somebody_suspended_while_the_page_was_open_allows_nothing(house: House, stranger: Person) -> None:
    page = await sign_in(house, stranger)
    async with house.services() as services:
        user = await services.users.find_by_identifier(Identifier(type=IdentifierType.USERNAME, value="ada"))
        assert user is not None
        await services.users.set_suspended(user.id, is_suspended=True)

    answer = await stranger.fill(page, decision="authorize")

    assert (answer.status_code, answer.headers["location"]) == (302, f"{ORIGIN}/unknown-session")
    async with house.services() as services:
        assert await services.access.grants(user.id) == []


async def test_the_page_of_one_person_is_not_answered_by_another(
    house: House, stranger: Person, new_visitor: Callable[[], Visitor]
) -> None:
    page = await sign_in(house, stranger)
    other = replace(stranger, visitor=new_visitor())
    await house.user(username="bob")
    theirs = await other.arrive(scope=THIRD_PARTY_SCOPE)
    await other.follow(await other.fill(theirs, identifier="bob", password=PASSWORD))

    answer = await other.fill(page, decision="authorize")

    assert answer.status_code == 403


async def test_a_third_party_that_asks_for_nothing_says_so_the_first_time_and_later(
    house: House, stranger: Person
) -> None:
    page = await sign_in(house, stranger, scope="openid")
    assert "Bookstore will know your user ID and nothing else about you." in page.text
    assert not read(page).all("h2")
    await stranger.follow(await stranger.fill(page, decision="authorize"))
    again = await stranger.arrive(scope="openid")
    assert "Bookstore asks for nothing new." in again.text
    assert not read(again).all("h2")


async def test_the_second_line_about_a_person_is_never_an_id(house: House, stranger: Person) -> None:
    page = await sign_in(house, stranger)
    (box,) = [each for each in read(page).all("div") if each.get("class") == "person-text"]
    assert box.text.split() == ["Signed", "in", "as", "ada"]


async def test_a_third_party_is_told_no(house: House, stranger: Person) -> None:
    page = await sign_in(house, stranger)
    answer = await stranger.fill(page, decision="cancel")
    assert answer_of(await stranger.follow(answer))["error"] == "access_denied"


async def test_a_decision_from_elsewhere_is_refused(house: House, stranger: Person) -> None:
    page = await sign_in(house, stranger)
    form = form_of(page)
    response = await stranger.visitor.post(form.action, data={"decision": "authorize"})
    assert response.status_code == 403
    assert "/sign-in" in read(response).one("a").get("href")
    sent = form.fields | {"decision": "authorize"}
    response = await stranger.visitor.post(form.action, data=sent, headers={"origin": "https://evil.example"})
    assert response.status_code == 403


async def test_consent_before_sign_in_is_refused(stranger: Person) -> None:
    await stranger.arrive(scope=THIRD_PARTY_SCOPE)
    response = await stranger.visitor.get("/consent")
    assert response.status_code == 400


async def test_the_api_tells_what_is_asked_and_takes_the_answer(house: House, stranger: Person) -> None:
    await sign_in(house, stranger)
    asked = (await stranger.visitor.get("/api/interaction/consent")).json()
    assert asked["application"] == {"id": stranger.client_id, "name": "Bookstore"}
    assert asked["user"]["username"] == "ada"
    assert asked["organizations"] == []
    assert asked["missingOIDCScope"] == []
    assert asked["missingResourceScopes"] == []
    assert asked["redirectUri"] == "https://app.example.com/callback"
    refused = await stranger.visitor.post("/api/interaction/consent", json={"organizationIds": ["any"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "organization.require_membership")
    given = await stranger.visitor.post("/api/interaction/consent", json={})
    assert given.status_code == 200
    assert given.json()["redirectTo"].startswith(f"{ORIGIN}/oidc/auth/")


async def test_the_api_knows_no_consent_before_sign_in(stranger: Person) -> None:
    await stranger.arrive(scope=THIRD_PARTY_SCOPE)
    for response in (
        await stranger.visitor.get("/api/interaction/consent"),
        await stranger.visitor.post("/api/interaction/consent", json={}),
    ):
        assert response.status_code == 400
        assert response.json()["code"] == "session.not_found"
        assert response.json()["error_description"] == "session not found"
