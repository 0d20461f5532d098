"""What third parties reach for, values that cost or break, and sign-ins that outlive their user."""

import asyncio
from base64 import urlsafe_b64encode
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import pytest
from tests.api.conftest import on_sqlite
from tests.hosted.conftest import CHALLENGE, PASSWORD, REDIRECT_URI, House, Person
from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.kernel.clock import ManualClock
from sekisho.roles.models import RoleType
from sekisho.services import Runtime
from sekisho.tenants.models import DEFAULT_TENANT


def authorization(client_id: str, **more: str) -> str:
    query = {
        "client_id": client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": "openid",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **more,
    }
    return f"/oidc/auth?{urlencode(query)}"


def b64(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


async def test_a_third_party_is_shown_and_given_no_scopes_of_apis(
    house: House, factory: Factory, visitor: Visitor
) -> None:
    client_id = await house.application(is_third_party=True)
    api = await factory.api(scopes=["delete:everything"])
    await factory.role(name="boss", type_=RoleType.USER, scopes=api.scopes.values())
    user = await factory.user(roles=["boss"])
    person = Person(visitor=visitor, client_id=client_id)
    page = await person.arrive(scope="openid delete:everything", resource=api.indicator)

    page = await person.follow(await person.fill(page, identifier=user.username, password=user.password))

    assert page.status_code == 200
    assert "delete:everything" not in page.text


@on_sqlite
@pytest.mark.parametrize(
    ("registered", "candidate"),
    [
        ("https://a.b.example.com/" + "*a" * 6, "https://a.b.example.com/" + "a" * 60 + "b"),
        ("https://" + "*a" * 6 + ".b.example.com/", "https://" + "a" * 60 + "b.b.example.com/"),
    ],
    ids=["path", "label"],
)
async def test_stars_in_a_redirect_uri_do_not_stop_the_server(
    factory: Factory, visitor: Visitor, registered: str, candidate: str
) -> None:
    made = await factory.spa(redirect_uris=[registered])
    loop = asyncio.get_running_loop()
    before = loop.time()

    await visitor.get(authorization(made.id, redirect_uri=candidate))

    assert loop.time() - before < 0.3


@on_sqlite
@pytest.mark.parametrize(
    "hint",
    [
        b64('{"alg":"ES384"}') + "." + b64('{"a":' + "[" * 20_000) + ".AA",
        b64('{"alg":"ES384","crit":5}') + "." + b64("{}") + ".AA",
    ],
    ids=["deep", "crit"],
)
async def test_a_hint_of_any_shape_breaks_nothing(visitor: Visitor, hint: str) -> None:
    assert (await visitor.post("/oidc/session/end", data={"id_token_hint": hint})).status_code == 400


@on_sqlite
async def test_a_port_of_thousands_of_digits_breaks_nothing(factory: Factory, visitor: Visitor) -> None:
    made = await factory.spa()
    answer = await visitor.get(authorization(made.id, redirect_uri=f"https://app.example.com:{'1' * 5000}/"))
    assert answer.status_code == 400


@on_sqlite
async def test_lifetimes_beyond_reason_are_refused(management: Visitor) -> None:
    uris = {"redirectUris": [REDIRECT_URI], "postLogoutRedirectUris": []}
    for lifetimes in ({"idTokenTtl": 1e17}, {"idTokenTtl": -5}, {"idTokenTtl": 0}, {"refreshTokenTtl": 1e300}):
        body = {"name": "x", "type": "SPA", "oidcClientMetadata": uris, "customClientMetadata": lifetimes}

        refused = await management.post("/api/applications", json=body)

        assert (refused.status_code, refused.json()["code"]) == (400, "guard.invalid_input"), lifetimes


@pytest.mark.parametrize(
    "lifetimes", [{"id_token_ttl": 1e17}, {"id_token_ttl": -5}, {"refresh_token_ttl": 1e300}], ids=str
)
async def test_a_client_whose_stored_lifetimes_are_beyond_reason_is_refused(
    factory: Factory, visitor: Visitor, lifetimes: dict[str, float]
) -> None:
    made = await factory.spa(**lifetimes)

    refused = await visitor.post("/oidc/token", data={"client_id": made.id, "grant_type": "refresh_token"})

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")


async def test_an_account_deleted_before_the_browser_is_back_must_sign_in(house: House, person: Person) -> None:
    user = await house.user()
    answer = await person.fill(await person.arrive(), identifier="ada", password=PASSWORD)
    async with house.services() as services:
        await services.users.delete(user.id)

    back = await person.visitor.get(answer.headers["location"])

    assert (back.status_code, urlsplit(back.headers["location"]).path) == (303, "/sign-in")


async def test_an_account_deleted_just_when_the_browser_is_back_breaks_nothing(house: House, person: Person) -> None:
    user = await house.user()
    answer = await person.fill(await person.arrive(), identifier="ada", password=PASSWORD)
    async with house.services() as services:
        await services.users.delete(user.id)
        coming_back = asyncio.create_task(person.visitor.get(answer.headers["location"]))
        # It has seen the account, and waits for us to write its session.
        await asyncio.sleep(0.3)

    assert (await coming_back).json()["code"] == "session.not_found"


async def test_nobody_comes_back_by_a_sign_in_that_was_finished_before_the_suspension(
    house: House, person: Person
) -> None:
    user = await house.user()
    answer = await person.fill(await person.arrive(), identifier="ada", password=PASSWORD)
    async with house.services() as services:
        await services.users.set_suspended(user.id, is_suspended=True)
    await person.visitor.get(answer.headers["location"])
    async with house.services() as services:
        await services.users.set_suspended(user.id, is_suspended=False)

    answer = await person.visitor.get(authorization(person.client_id, prompt="none"))

    assert "error=login_required" in answer.headers["location"]


async def test_a_stranger_leaves_no_session_behind_for_days(visitor: Visitor, clock: ManualClock) -> None:
    await visitor.get("/oidc/session/end")

    (cookie,) = [each for each in visitor.jar.cookies() if each.name == "_session"]

    assert cookie.expires is not None
    assert cookie.expires - clock.now() <= timedelta(hours=1)


@on_sqlite
@pytest.mark.parametrize("built_in", [None, "demo-app"], ids=["registered", "built in"])
async def test_hosts_that_a_stranger_makes_up_fill_no_memory(
    factory: Factory, visitor: Visitor, runtime: Runtime, built_in: str | None
) -> None:
    client_id = built_in or (await factory.spa()).id
    await visitor.get(authorization(client_id))
    known = set(runtime.cache.entries(DEFAULT_TENANT))

    for number in range(5):
        await visitor.get(authorization(client_id), headers={"host": f"{number}.localhost:3001"})

    assert set(runtime.cache.entries(DEFAULT_TENANT)) == known
