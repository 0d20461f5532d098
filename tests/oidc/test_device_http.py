"""The device flow over HTTP and both databases: paths, cookies, redirects, races, and the limit of guesses."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from tests.oidc.party import services_over
from tests.support.interactions import save_result
from tests.support.visitor import ORIGIN, Visitor

from sekisho.app import Application
from sekisho.applications.models import ApplicationType, CustomClientMetadata, NewApplication
from sekisho.kernel.clock import ManualClock
from sekisho.oidc.device.answers import XSRF_COOKIE
from sekisho.services import Runtime
from sekisho.users.models import NewUser, User

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPES = "openid offline_access profile"


@pytest.fixture
async def person(runtime: Runtime) -> User:
    async with runtime.database.unit_of_work() as uow:
        return await services_over(runtime, uow).users.create(NewUser(username="hiroshige"))


@pytest.fixture
async def tv(runtime: Runtime) -> str:
    """The id of an application for televisions."""
    async with runtime.database.unit_of_work() as uow:
        new = NewApplication(
            name="Television",
            type=ApplicationType.NATIVE,
            custom_client_metadata=CustomClientMetadata(is_device_flow=True),
        )
        return (await services_over(runtime, uow).applications.create(new)).application.id


async def start(visitor: Visitor, client_id: str, scope: str = SCOPES) -> dict[str, Any]:
    answer = await visitor.post("/oidc/device/auth", data={"client_id": client_id, "scope": scope})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def poll(visitor: Visitor, client_id: str, waiting: dict[str, Any]) -> httpx2.Response:
    form = {"grant_type": GRANT, "client_id": client_id, "device_code": waiting["device_code"]}
    return await visitor.post("/oidc/token", data=form)


async def open_page(visitor: Visitor) -> str:
    """Open the page, and return the secret of its form."""
    await visitor.get("/oidc/device")
    xsrf = visitor.jar.get(XSRF_COOKIE)
    assert xsrf is not None
    return xsrf


async def send(visitor: Visitor, waiting: dict[str, Any], **form: str) -> httpx2.Response:
    xsrf = visitor.jar.get(XSRF_COOKIE) or await open_page(visitor)
    return await visitor.post("/oidc/device", data={"xsrf": xsrf, "user_code": waiting["user_code"], **form})


async def sign_in(visitor: Visitor, runtime: Runtime, person: User) -> httpx2.Response:
    """Do what the sign-in page does, and come back as far as the next page."""
    uid = newest_interaction(visitor)
    async with runtime.database.unit_of_work() as uow:
        await save_result(
            services_over(runtime, uow).interactions,
            uid,
            {"login": {"accountId": person.id}, "interactionEvent": "SignIn", "userId": person.id},
        )
    return await visitor.get(f"/oidc/device/{uid}")


async def connect(visitor: Visitor, runtime: Runtime, person: User, waiting: dict[str, Any]) -> httpx2.Response:
    """Do everything that the device's user does."""
    await send(visitor, waiting, confirm="yes")
    answer = await sign_in(visitor, runtime, person)
    while answer.is_redirect and not answer.headers["location"].endswith("/device/success"):
        answer = await visitor.get(answer.headers["location"])
    return answer


def newest_interaction(visitor: Visitor) -> str:
    return [cookie for cookie in visitor.jar.cookies() if cookie.name == "_interaction_resume"][-1].value


def told(answer: httpx2.Response) -> dict[str, str]:
    assert answer.status_code == 302, answer.text
    url = urlsplit(answer.headers["location"])
    assert url.path == "/device"
    return {name: values[0] for name, values in parse_qs(url.query).items()}


async def test_a_device_is_connected_step_by_step(visitor: Visitor, runtime: Runtime, tv: str, person: User) -> None:
    waiting = await start(visitor, tv)
    pending = await poll(visitor, tv, waiting)

    opened = await visitor.get("/oidc/device?app_id=x")
    confirmation = await send(visitor, waiting)
    page = await send(visitor, waiting, confirm="yes")
    signed_in = await sign_in(visitor, runtime, person)
    consented = await visitor.get(signed_in.headers["location"])
    connected = await visitor.get(consented.headers["location"])
    tokens = await poll(visitor, tv, waiting)
    again = await poll(visitor, tv, waiting)

    assert (pending.status_code, pending.json()["error"]) == (400, "authorization_pending")
    assert pending.headers["cache-control"] == "no-store"
    assert (opened.status_code, opened.headers["location"]) == (302, "/device?app_id=x")
    assert told(confirmation) == {"app_id": tv, "user_code": waiting["user_code"]}
    assert (page.status_code, page.headers["location"]) == (303, f"/sign-in?app_id={tv}")
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, f"/consent?app_id={tv}")
    assert consented.headers["location"].startswith(f"{ORIGIN}/oidc/device/")
    assert (connected.status_code, connected.headers["location"]) == (302, "/device/success")
    assert visitor.jar.get(XSRF_COOKIE) is None
    assert tokens.json()["scope"] == SCOPES
    assert again.json()["error"] == "invalid_grant"
    assert (await refresh(visitor, tv, tokens.json()["refresh_token"])).json()["error"] == "invalid_grant"


async def test_the_built_in_client_for_trying_out_is_a_device(visitor: Visitor, runtime: Runtime, person: User) -> None:
    waiting = await start(visitor, "device-demo-app", "openid offline_access profile email")

    await connect(visitor, runtime, person, waiting)
    tokens = (await poll(visitor, "device-demo-app", waiting)).json()

    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await visitor.get("/oidc/me", headers=bearer)).json()["username"] == "hiroshige"
    assert (await refresh(visitor, "device-demo-app", tokens["refresh_token"])).status_code == 200
    signed_out = await visitor.get(
        "/oidc/session/end",
        params={"client_id": "device-demo-app", "post_logout_redirect_uri": f"{ORIGIN}/device-demo-app"},
    )
    assert signed_out.status_code == 200


async def test_of_twenty_polls_at_once_one_wins_and_the_grant_ends(
    visitor: Visitor, runtime: Runtime, tv: str, person: User
) -> None:
    waiting = await start(visitor, tv)
    await connect(visitor, runtime, person, waiting)

    answers = await asyncio.gather(*(poll(visitor, tv, waiting) for _ in range(20)))

    outcomes = Counter("ok" if each.status_code == 200 else each.json()["error"] for each in answers)
    assert outcomes == {"ok": 1, "invalid_grant": 19}
    (winner,) = [each.json() for each in answers if each.status_code == 200]
    assert (await refresh(visitor, tv, winner["refresh_token"])).json()["error"] == "invalid_grant"


async def test_of_twenty_people_who_say_yes_one_goes_on(
    visitor: Visitor, app: Application, clock: ManualClock, tv: str
) -> None:
    waiting = await start(visitor, tv)
    visitors = [Visitor(app, clock=clock, address=f"192.0.2.{number}") for number in range(20)]
    for each in visitors:
        await open_page(each)

    answers = await asyncio.gather(*(send(each, waiting, confirm="yes") for each in visitors))

    assert Counter(each.status_code for each in answers) == {303: 1, 302: 19}
    assert {told(each)["error"] for each in answers if each.status_code == 302} == {"AlreadyUsedError"}
    for each in visitors:
        await each.aclose()


async def test_signing_out_takes_from_a_device_what_was_for_the_session(
    visitor: Visitor, runtime: Runtime, tv: str, person: User
) -> None:
    waiting = await start(visitor, tv, "openid profile")
    await connect(visitor, runtime, person, waiting)
    form = await visitor.get("/oidc/session/end")
    xsrf = form.text.split('name="xsrf" value="')[1].split('"')[0]
    await visitor.post("/oidc/session/end/confirm", data={"xsrf": xsrf, "logout": "yes"})

    assert (await poll(visitor, tv, waiting)).json()["error"] == "invalid_grant"


async def test_a_revoked_token_takes_the_device_s_code_along(
    visitor: Visitor, runtime: Runtime, tv: str, person: User
) -> None:
    first = await start(visitor, tv)
    await connect(visitor, runtime, person, first)
    tokens = (await poll(visitor, tv, first)).json()
    second = await start(visitor, tv)
    await send(visitor, second, confirm="yes")
    consented = await visitor.get(f"/consent?app_id={tv}")
    await visitor.get(consented.headers["location"])

    await visitor.post("/oidc/token/revocation", data={"client_id": tv, "token": tokens["access_token"]})

    assert (await poll(visitor, tv, second)).json()["error"] == "invalid_grant"


async def test_a_person_is_told_that_the_code_has_expired_and_so_is_the_device(
    visitor: Visitor, clock: ManualClock, tv: str
) -> None:
    waiting = await start(visitor, tv)
    clock.advance(timedelta(seconds=615))

    assert told(await send(visitor, waiting))["error"] == "ExpiredError"
    answer = await poll(visitor, tv, waiting)
    assert (answer.status_code, answer.json()["error"]) == (400, "expired_token")


async def test_twenty_wrong_codes_from_one_network_stop_the_guessing(
    visitor: Visitor, app: Application, clock: ManualClock, tv: str
) -> None:
    """RFC 8628 §5.1."""
    waiting = await start(visitor, tv)
    await open_page(visitor)
    wrong = [
        told(await send(visitor, {"user_code": f"BBBB-BBB{letter}"}))["error"] for letter in "BCDFGHJKLMNPQRSTVWXZ"
    ]
    stopped = told(await send(visitor, waiting))
    async with Visitor(app, clock=clock, address="198.51.100.1") as elsewhere:
        others = told(await send(elsewhere, waiting))
    clock.advance(timedelta(hours=1, seconds=1))
    later = await start(visitor, tv)

    assert wrong == ["NotFoundError"] * 20
    assert stopped == {"input_code": waiting["user_code"], "error": "TooManyAttemptsError"}
    assert others["user_code"] == waiting["user_code"]
    assert told(await send(visitor, later))["user_code"] == later["user_code"]


async def test_a_network_of_the_new_protocol_counts_as_one(app: Application, clock: ManualClock) -> None:
    """Attack: one host has more addresses than anybody has guesses."""
    errors = []
    for number in range(21):
        async with Visitor(app, clock=clock, address=f"2001:db8:0:1::{number:x}") as each:
            errors.append(told(await send(each, {"user_code": "BBBB-BBBB"}))["error"])

    assert errors == ["NotFoundError"] * 20 + ["TooManyAttemptsError"]


async def test_the_cookies_of_the_flow_are_where_they_belong(visitor: Visitor, tv: str) -> None:
    waiting = await start(visitor, tv)
    opened = await visitor.get("/oidc/device?ui_locales=ja")
    page = await send(visitor, waiting, confirm="yes")

    (xsrf,) = [line for line in opened.headers.get_list("set-cookie") if line.startswith(XSRF_COOKIE)]
    assert "; path=/device; expires=" in xsrf
    assert "httponly" not in xsrf
    assert visitor.jar.get("_logto") == f'{{"appId":"{tv}"}}'
    assert any('_logto={"uiLocales":"ja"}' in line for line in opened.headers.get_list("set-cookie"))
    uid = newest_interaction(visitor)
    resume = [line for line in page.headers.get_list("set-cookie") if line.startswith("_interaction_resume")]
    assert all(f"; path=/oidc/device/{uid};" in line for line in resume)
    assert len(resume) == 2


async def test_a_complete_address_is_posted_by_a_page_that_needs_no_script(visitor: Visitor, tv: str) -> None:
    waiting = await start(visitor, tv)

    page = await visitor.get("/oidc/device", params={"user_code": waiting["user_code"]})

    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert f'action="{ORIGIN}/oidc/device"' in page.text
    assert f'value="{waiting["user_code"]}"' in page.text
    assert f'value="{visitor.jar.get(XSRF_COOKIE)}"' in page.text
    assert "<noscript>" in page.text


async def test_devices_of_a_prefix_tenant_have_their_own_paths(visitor: Visitor) -> None:
    answer = await visitor.post("/t/admin/oidc/device/auth", data={"client_id": "device-demo-app", "scope": "openid"})
    opened = await visitor.get("/t/admin/oidc/device")

    assert answer.json()["verification_uri"] == f"{ORIGIN}/t/admin/device"
    assert opened.headers["location"] == "/t/admin/device"
    assert any("; path=/t/admin/device;" in line for line in opened.headers.get_list("set-cookie"))


@pytest.mark.parametrize("path", ["/oidc/device/auth", "/oidc/request"])
async def test_a_page_of_another_origin_may_ask_before_it_posts(visitor: Visitor, path: str) -> None:
    asked = await visitor.options(
        path, headers={"origin": "https://elsewhere.example", "access-control-request-method": "POST"}
    )

    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == "https://elsewhere.example"
    assert asked.headers["access-control-allow-methods"] == "POST"


async def test_a_device_s_answer_is_for_pages_of_its_client_only(visitor: Visitor) -> None:
    form = {"client_id": "device-demo-app", "scope": "openid"}

    own = await visitor.post("/oidc/device/auth", data=form, headers={"origin": ORIGIN})
    other = await visitor.post("/oidc/device/auth", data=form, headers={"origin": "https://elsewhere.example"})

    assert own.headers["access-control-allow-origin"] == ORIGIN
    assert own.headers["access-control-expose-headers"] == "WWW-Authenticate"
    assert other.status_code == 400
    assert "access-control-allow-origin" not in other.headers
    assert other.json()["error_description"].startswith("origin https://elsewhere.example not allowed for client")


async def test_the_page_for_codes_has_no_cross_origin_headers(visitor: Visitor) -> None:
    answer = await visitor.get("/oidc/device", headers={"origin": "https://elsewhere.example"})

    assert "access-control-allow-origin" not in answer.headers


async def refresh(visitor: Visitor, client_id: str, refresh_token: str) -> httpx2.Response:
    form = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": refresh_token}
    return await visitor.post("/oidc/token", data=form)
