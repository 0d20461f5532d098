"""`/consent`: nothing is asked for a first party, a third party asks, and either answer reaches the application."""

from collections.abc import Callable

import httpx2
import pytest
from tests.hosted.conftest import PASSWORD, House, Person, answer_of, form_of, read
from tests.support.visitor import ORIGIN, Visitor

THIRD_PARTY_SCOPE = "openid offline_access"


@pytest.fixture
async def stranger(house: House, new_visitor: Callable[[], Visitor]) -> Person:
    """Somebody who comes from an application of somebody else."""
    return Person(visitor=new_visitor(), client_id=await house.application(is_third_party=True))


async def sign_in(house: House, person: Person, *, scope: str = THIRD_PARTY_SCOPE) -> httpx2.Response:
    await house.user()
    page = await person.arrive(scope=scope)
    return await person.follow(await person.fill(page, identifier="ada", password=PASSWORD))


async def test_a_third_party_asks_and_is_allowed(house: House, stranger: Person) -> None:
    page = await sign_in(house, stranger)
    assert read(page).one("h1").text.strip() == "Bookstore wants to use your account"
    assert "ada" in page.text
    assert [each.text.strip() for each in read(page).all("li")] == ["Keep this access while you are away"]
    answer = await stranger.fill(page, decision="authorize")
    assert answer.status_code == 303
    assert "code" in answer_of(await stranger.follow(answer))


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
