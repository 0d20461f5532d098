"""The device demo: on a development server only, and a client like any other."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from tests.hosted.conftest import PASSWORD, House, Person, form_of, read
from tests.support.visitor import ORIGIN, Visitor

from sekisho.kernel.clock import ManualClock
from sekisho.services import Runtime
from sekisho.settings import Settings


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    is_development = not request.node.get_closest_marker("production")
    return settings.model_copy(update={"development": is_development})


@pytest.fixture
def house(runtime: Runtime) -> House:
    return House(runtime)


@pytest.fixture
def person(visitor: Visitor) -> Person:
    return Person(visitor=visitor, client_id="device-demo-app")


async def show_code(person: Person) -> httpx2.Response:
    return await person.follow(await person.visitor.get("/device-demo-app/start"))


async def check(person: Person) -> httpx2.Response:
    return await person.follow(await person.visitor.get("/device-demo-app/check"))


async def answer(person: Person, code: httpx2.Response, button: str) -> httpx2.Response:
    """Open the address the device shows, and press one of the buttons there."""
    (address,) = [each.get("href") for each in read(code).all("a") if "user_code=" in each.get("href")]
    assert parse_qs(urlsplit(address).query)["user_code"] == [shown(code)]
    sending = await person.follow(await person.visitor.get(address))
    confirmation = await person.follow(await person.fill(sending))
    return await person.follow(await person.fill(confirmation, **{button: "yes"}))


def shown(page: httpx2.Response) -> str:
    return next(each.text.strip() for each in read(page).all("p") if each.get("class") == "user-code")


async def test_a_device_is_connected_shows_its_user_and_signs_out(house: House, person: Person) -> None:
    await house.user()
    code = await show_code(person)
    pending = await check(person)
    sign_in = await answer(person, code, "confirm")
    await person.follow(await person.fill(sign_in, identifier="ada", password=PASSWORD))
    page = await check(person)

    assert "Nobody has said yes to this code yet." in pending.text
    assert "<code>&#34;ada&#34;</code>" in page.text
    form = form_of(page)
    leaving = await person.visitor.post(form.action, data=form.fields, headers={"origin": ORIGIN})
    assert leaving.headers["location"].startswith(f"{ORIGIN}/oidc/session/end?client_id=device-demo-app")
    assert read(await person.visitor.get("/device-demo-app")).all("table") == []
    assert (await person.visitor.get(leaving.headers["location"])).status_code == 200


async def test_a_refusal_is_told_and_ends_the_waiting(person: Person) -> None:
    await answer(person, await show_code(person), "abort")

    page = await check(person)

    assert page.status_code == 400
    assert [each.text.strip() for each in read(page).all("div") if each.get("role") == "alert"] != []
    assert "user-code" not in (await person.visitor.get("/device-demo-app")).text


async def test_a_code_is_shown_as_long_as_it_is_good(person: Person, clock: ManualClock) -> None:
    await show_code(person)
    clock.advance(timedelta(minutes=10, seconds=1))

    assert "user-code" not in (await person.visitor.get("/device-demo-app")).text
    assert (await check(person)).status_code == 200


async def test_signing_out_takes_a_form_of_ours(house: House, person: Person) -> None:
    await house.user()
    sign_in = await answer(person, await show_code(person), "confirm")
    await person.follow(await person.fill(sign_in, identifier="ada", password=PASSWORD))
    await check(person)

    refused = await person.visitor.post("/device-demo-app/sign-out", data={"_csrf": "x"}, headers={"origin": ORIGIN})

    assert refused.status_code == 400
    assert read(await person.visitor.get("/device-demo-app")).all("table") != []


@pytest.mark.production
async def test_in_production_there_is_no_demo(visitor: Visitor) -> None:
    assert (await visitor.get("/device-demo-app")).status_code == 404
