"""The Console's door: the first administrator, signing in in process, and who stays outside."""

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from tests.hosted.conftest import PASSWORD, House, Person, read
from tests.support.visitor import ORIGIN, Visitor

from sekisho.console.session import SESSION_LIFETIME
from sekisho.kernel.clock import ManualClock
from sekisho.services import Runtime
from sekisho.users.models import Identifier, IdentifierType

REGISTRATION = {"identifier": "ada", "newPassword": PASSWORD, "confirmPassword": PASSWORD}


@pytest.fixture
def house(runtime: Runtime) -> House:
    return House(runtime)


@pytest.fixture
def operator(visitor: Visitor) -> Person:
    """Who reads the link in the terminal."""
    return Person(visitor=visitor, client_id="admin-console")


async def link(house: House) -> str:
    async with house.services("admin") as services:
        token = await services.administrators.issue_first_admin_token()
    return f"/console/welcome?{urlencode({'token': token.reveal()})}"


async def administer(house: House, operator: Person) -> httpx2.Response:
    """Register the first administrator and come to the Console."""
    page = await operator.follow(await operator.visitor.get(await link(house)))
    return await operator.follow(await operator.fill(page, **REGISTRATION))


async def test_the_link_makes_the_first_administrator_and_opens_the_console(house: House, operator: Person) -> None:
    answer = await operator.visitor.get(await link(house))
    assert answer.headers["referrer-policy"] == "no-referrer"
    (cookie,) = [each for each in operator.visitor.jar.cookies() if each.name == "_first_admin__admin"]
    assert (cookie.path, cookie.is_http_only) == ("/t/admin", True)
    page = await operator.follow(answer)
    assert urlsplit(str(page.url)).path == "/t/admin/register"
    assert "This account will administer the whole installation." in page.text
    home = await operator.follow(await operator.fill(page, **REGISTRATION))
    assert (home.status_code, urlsplit(str(home.url)).path) == (200, "/console")
    addresses = [each.text for each in read(home).all("code")]
    assert f"{ORIGIN}/oidc" in addresses
    assert "https://default.logto.app/api" in addresses
    assert operator.visitor.jar.get("_first_admin__admin") is None
    (session,) = [each for each in operator.visitor.jar.cookies() if each.name == "_console"]
    assert (session.path, session.is_http_only) == ("/console", True)


async def test_the_link_works_once(house: House, operator: Person, new_visitor: Callable[[], Visitor]) -> None:
    address = await link(house)
    page = await operator.follow(await operator.visitor.get(address))
    await operator.follow(await operator.fill(page, **REGISTRATION))
    again = await new_visitor().get(address)
    assert again.status_code == 403
    assert "sekisho admin link" not in again.text
    assert [each.get("href") for each in read(again).all("a")] == [f"{ORIGIN}/console"]


@pytest.mark.parametrize("query", ["", "?token=", "?token=a-guess"])
async def test_a_link_that_is_none_says_how_to_get_one(visitor: Visitor, query: str) -> None:
    page = await visitor.get(f"/console/welcome{query}")
    assert page.status_code == 403
    assert read(page).one("h1").text.strip() == "This link was used or has expired"
    assert "sekisho admin link" in page.text


async def test_before_there_is_an_administrator_the_console_says_how_to_become_one(visitor: Visitor) -> None:
    page = await visitor.get("/console")
    assert page.status_code == 200
    assert "sekisho admin link" in page.text


async def test_nobody_registers_in_the_admin_tenant_without_the_link(visitor: Visitor) -> None:
    start = Person(visitor=visitor, client_id="admin-console")
    query = {
        "client_id": "admin-console",
        "redirect_uri": f"{ORIGIN}/console/callback",
        "response_type": "code",
        "scope": "openid",
        "code_challenge": "cIube-o_KnCBL635NXhAjhimfURlWZXhBzRC5S2Dn-Q",
        "code_challenge_method": "S256",
        "first_screen": "register",
    }
    page = await start.follow(await visitor.get(f"/t/admin/oidc/auth?{urlencode(query)}"))
    assert urlsplit(str(page.url)).path == "/console"
    await visitor.put("/t/admin/api/experience", json={"interactionEvent": "Register"})
    for body in ({"type": "username", "value": "eve"}, {"type": "password", "value": PASSWORD}):
        assert (await visitor.post("/t/admin/api/experience/profile", json=body)).status_code == 204
    refused = await visitor.post("/t/admin/api/experience/identification", json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "auth.forbidden")


async def test_twenty_registrations_with_one_link_make_one_administrator(
    house: House, new_visitor: Callable[[], Visitor]
) -> None:
    address = await link(house)
    people = [Person(visitor=new_visitor(), client_id="admin-console") for _ in range(20)]
    pages = [await person.follow(await person.visitor.get(address)) for person in people]
    answers = await asyncio.gather(
        *(
            person.fill(page, **(REGISTRATION | {"identifier": f"admin_{number}"}))
            for number, (person, page) in enumerate(zip(people, pages, strict=True))
        )
    )
    assert sorted(answer.status_code for answer in answers) == [303, *[403] * 19]
    async with house.services("admin") as services:
        found = [
            await services.users.find_by_identifier(Identifier(type=IdentifierType.USERNAME, value=f"admin_{number}"))
            for number in range(20)
        ]
    assert sum(user is not None for user in found) == 1


async def test_an_administrator_signs_out_here_and_at_the_provider(house: House, operator: Person) -> None:
    home = await administer(house, operator)
    answer = await operator.fill(home)
    assert answer.status_code == 303
    target = urlsplit(answer.headers["location"])
    assert target.path == "/t/admin/oidc/session/end"
    assert parse_qs(target.query)["post_logout_redirect_uri"] == [f"{ORIGIN}/console"]
    assert operator.visitor.jar.get("_console") is None


async def test_signing_out_needs_a_form_of_ours(house: House, operator: Person) -> None:
    await administer(house, operator)
    assert (await operator.visitor.post("/console/sign-out", data={"_csrf": "x"})).status_code == 403
    assert (await operator.visitor.get("/console")).status_code == 200


async def test_suspension_ends_the_console_at_once(house: House, operator: Person) -> None:
    await administer(house, operator)
    async with house.services("admin") as services:
        user = await services.users.find_by_identifier(Identifier(type=IdentifierType.USERNAME, value="ada"))
        assert user is not None
        await services.users.set_suspended(user.id, is_suspended=True)
    assert "Addresses" not in (await operator.visitor.get("/console")).text


async def test_the_session_ends_by_itself(house: House, operator: Person, clock: ManualClock) -> None:
    await administer(house, operator)
    clock.advance(SESSION_LIFETIME)
    assert (await operator.visitor.get("/console")).status_code == 303


async def test_a_user_without_the_role_stays_outside(house: House, operator: Person) -> None:
    await administer(house, operator)
    await house.user(username="eve", tenant="admin")
    operator.visitor.jar.clear()
    page = await operator.follow(await operator.visitor.get("/console"))
    assert read(page).one("h1").text.strip() == "Sign in to Sekisho Console"
    refused = await operator.follow(await operator.fill(page, identifier="eve", password=PASSWORD))
    assert refused.status_code == 403
    assert operator.visitor.jar.get("_console") is None


@pytest.mark.parametrize(
    "change", [{"state": "other"}, {"iss": "https://evil.example"}, {"code": "other"}, {"code": ""}]
)
async def test_an_answer_that_does_not_fit_is_refused(house: House, operator: Person, change: dict[str, str]) -> None:
    await administer(house, operator)
    operator.visitor.jar.clear()
    page = await operator.follow(await operator.visitor.get("/console"))
    answer = await operator.fill(page, identifier="ada", password=PASSWORD)
    while not answer.headers["location"].startswith(f"{ORIGIN}/console/callback"):
        answer = await operator.visitor.get(answer.headers["location"])
    query = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    refused = await operator.visitor.get(f"/console/callback?{urlencode(query | change)}")
    assert refused.status_code in {400, 403}
    assert operator.visitor.jar.get("_console") is None


async def test_an_answer_is_good_for_the_browser_that_asked_only(
    house: House, operator: Person, new_visitor: Callable[[], Visitor]
) -> None:
    await administer(house, operator)
    operator.visitor.jar.clear()
    page = await operator.follow(await operator.visitor.get("/console"))
    answer = await operator.fill(page, identifier="ada", password=PASSWORD)
    while not answer.headers["location"].startswith(f"{ORIGIN}/console/callback"):
        answer = await operator.visitor.get(answer.headers["location"])
    other = new_visitor()
    await other.get("/console")
    assert (await other.get(answer.headers["location"])).status_code == 400


@pytest.mark.parametrize("value", ["x", "AAAA", "%ff", "=" * 50])
async def test_a_cookie_of_somebody_elses_making_opens_nothing(house: House, operator: Person, value: str) -> None:
    await administer(house, operator)
    response = await operator.visitor.get("/console", headers={"cookie": f"_console={value}"})
    assert response.status_code == 303


async def test_there_is_no_console_below_a_tenants_prefix(visitor: Visitor) -> None:
    for path in ("/t/admin/console", "/t/admin/console/welcome?token=x"):
        assert (await visitor.get(path)).status_code == 404
