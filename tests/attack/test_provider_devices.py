"""The device flow: codes guessed, planted and crossed, pages that confirm by themselves, and who may say yes."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from tests.api.conftest import on_sqlite
from tests.oidc.party import Party, PartyMaker, follow, services_over
from tests.oidc.test_device_http import (
    connect,
    newest_interaction,
    open_page,
    poll,
    send,
    sign_in,
    start,
    told,
)
from tests.support.interactions import save_result
from tests.support.visitor import Visitor

from sekisho.applications.models import ApplicationType, CustomClientMetadata
from sekisho.oidc.device.answers import XSRF_COOKIE
from sekisho.services import Runtime

CUSTOM = CustomClientMetadata(is_device_flow=True)


@pytest.fixture
async def device(make_party: PartyMaker) -> Party:
    """A television and its user."""
    return await make_party(ApplicationType.NATIVE, custom=CUSTOM, redirect_uris=())


async def is_pending(visitor: Visitor, device: Party, waiting: dict[str, Any]) -> bool:
    return bool((await poll(visitor, device.client_id, waiting)).json()["error"] == "authorization_pending")


async def test_of_sixty_guesses_at_once_no_more_are_looked_at_than_one_after_the_other(
    visitor: Visitor, device: Party
) -> None:
    """RFC 8628 §5.1: what counts guesses counts them before it looks."""
    waiting = await start(visitor, device.client_id)
    await open_page(visitor)
    letters = "BCDFGHJKLMNPQRSTVWXZ"
    wrong = [{"user_code": f"BBBB-BB{one}{two}"} for one in letters[:3] for two in letters]

    answers = await asyncio.gather(*(send(visitor, each) for each in wrong))

    errors = Counter(told(each)["error"] for each in answers)
    assert errors["NotFoundError"] <= 20
    assert sum(errors.values()) == 60
    assert told(await send(visitor, waiting))["error"] == "TooManyAttemptsError"


async def test_the_page_is_no_way_around_the_limit_of_guesses(visitor: Visitor, device: Party) -> None:
    """Attack: the page itself says whether a code is good, and is asked instead of the form."""
    waiting = await start(visitor, device.client_id)
    await open_page(visitor)
    letters = "BCDFGHJKLMNPQRSTVWXZ"
    for letter in letters:
        await visitor.get("/device", params={"user_code": f"BBBB-BBB{letter}"})

    page = await visitor.get("/device", params={"user_code": waiting["user_code"]})

    assert 'name="confirm"' not in page.text
    assert told(await send(visitor, waiting))["error"] == "TooManyAttemptsError"


async def test_confirm_without_the_secret_of_the_page_does_nothing(visitor: Visitor, device: Party) -> None:
    """Attack: another site posts the attacker's code from the victim's browser."""
    for xsrf in (None, "", "x", "\u3042", "x" * 5000):
        waiting = await start(visitor, device.client_id)
        await open_page(visitor)
        form = {"user_code": waiting["user_code"], "confirm": "yes", **({} if xsrf is None else {"xsrf": xsrf})}

        answer = await visitor.post("/oidc/device", data=form)

        assert told(answer)["error"] == "InvalidRequest", str(xsrf)[:9]
        assert await is_pending(visitor, device, waiting), str(xsrf)[:9]


async def test_an_address_confirms_nothing_whatever_it_says(visitor: Visitor, device: Party) -> None:
    """Attack: a link that types the code, says yes to it, and brings a secret along."""
    waiting = await start(visitor, device.client_id)
    xsrf = await open_page(visitor)
    query = {"user_code": waiting["user_code"], "confirm": "yes", "xsrf": xsrf, "decision": "authorize"}
    for path in ("/oidc/device", "/device"):
        await follow(visitor, f"{path}?{httpx2.QueryParams(query)}")
    posted = await visitor.post(f"/oidc/device?{httpx2.QueryParams(query)}", data={"xsrf": xsrf})

    assert told(posted)["error"] == "NoCodeError", "what is in the address of a form counts for nothing"
    assert await is_pending(visitor, device, waiting)


async def test_session_fixation_a_secret_planted_before_the_sign_in_is_worth_nothing_after_it(
    visitor: Visitor, device: Party, party: Party
) -> None:
    """Attack: an anonymous session of the attacker's is planted, its user signs in, and the form is posted for him."""
    planted = await open_page(visitor)
    await party.code(visitor)
    waiting = await start(visitor, device.client_id)

    answer = await visitor.post(
        "/oidc/device", data={"xsrf": planted, "user_code": waiting["user_code"], "confirm": "yes"}
    )

    assert told(answer)["error"] == "InvalidRequest"
    assert await is_pending(visitor, device, waiting)


async def test_session_fixation_a_planted_sign_out_is_worth_nothing_after_the_sign_in(
    visitor: Visitor, party: Party
) -> None:
    page = await visitor.get("/oidc/session/end")
    planted = page.text.split('name="xsrf" value="')[1].split('"')[0]
    await party.code(visitor)

    answer = await visitor.post("/oidc/session/end/confirm", data={"xsrf": planted, "logout": "yes"})

    assert answer.status_code == 400
    silent = await party.authorize(visitor, prompt="none", scope="openid")
    assert "code=" in silent.headers["location"]


async def test_one_persons_approval_is_not_used_by_anothers_device(
    visitor: Visitor, runtime: Runtime, device: Party, make_party: PartyMaker
) -> None:
    """Two devices of one client, and one of another: each gets its own person's, or nothing."""
    other = await make_party(ApplicationType.NATIVE, custom=CUSTOM, redirect_uris=())
    mine, thine = await start(visitor, device.client_id), await start(visitor, device.client_id)
    await connect(visitor, runtime, device.user, mine)

    assert await is_pending(visitor, device, thine)
    assert (await poll(visitor, other.client_id, mine)).json()["error"] == "invalid_grant"
    crossed = {"device_code": mine["user_code"]}
    assert (await poll(visitor, device.client_id, crossed)).json()["error"] == "invalid_grant"
    assert (await poll(visitor, device.client_id, mine)).status_code == 200


async def test_an_interaction_of_one_device_does_not_come_back_for_another(
    visitor: Visitor, new_visitor: Callable[[], Visitor], device: Party
) -> None:
    """Attack: the way back of the victim's sign-in is taken to the attacker's browser, or the other way about."""
    mine = await start(visitor, device.client_id)
    await send(visitor, mine, confirm="yes")
    uid = newest_interaction(visitor)
    async with new_visitor() as thief:
        theirs = await start(thief, device.client_id)
        await send(thief, theirs, confirm="yes")
        stolen = await thief.get(f"/oidc/device/{uid}")
        as_code = await thief.get(f"/oidc/auth/{newest_interaction(thief)}")

    assert told(stolen)["error"] in {"SessionNotFound", "InvalidRequest"}
    assert as_code.status_code == 400, "what is asked for a device does not come out at an application"
    assert await is_pending(visitor, device, mine)


async def test_cookies_of_another_tenant_open_no_device_page(visitor: Visitor, device: Party) -> None:
    """Each tenant has its own secret and its own session, whatever their cookies are called."""
    await visitor.get("/t/admin/oidc/device")
    taken = {each.name: each.value for each in visitor.jar.cookies()}
    xsrf = taken[f"{XSRF_COOKIE}__admin"]
    renamed = "; ".join(f"{name.replace('__admin', '')}={value}" for name, value in taken.items())
    waiting = await start(visitor, device.client_id)
    form = {"xsrf": xsrf, "user_code": waiting["user_code"], "confirm": "yes"}

    answer = await visitor.post("/oidc/device", data=form, headers={"cookie": renamed})
    crossed = await visitor.post("/t/admin/oidc/device", data=form)

    assert told(answer)["error"] == "InvalidRequest"
    assert crossed.headers["location"].startswith("/t/admin/device?")
    assert "NotFoundError" in crossed.headers["location"], "a code of one tenant is none in another"
    assert await is_pending(visitor, device, waiting)


async def test_a_device_code_of_one_tenant_is_nothing_in_another(visitor: Visitor) -> None:
    waiting = await start(visitor, "device-demo-app")
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "client_id": "device-demo-app"}

    answer = await visitor.post("/t/admin/oidc/token", data={**form, "device_code": waiting["device_code"]})

    assert answer.json()["error"] == "invalid_grant"


async def test_who_said_no_cannot_be_overruled(visitor: Visitor, runtime: Runtime, device: Party) -> None:
    """A no stays a no: for the code, and for the interaction that was under way."""
    waiting = await start(visitor, device.client_id)
    await send(visitor, waiting, abort="yes")
    again = await send(visitor, waiting, confirm="yes")

    assert told(again)["error"] == "AlreadyUsedError"
    assert (await poll(visitor, device.client_id, waiting)).json()["error"] == "access_denied"

    second = await start(visitor, device.client_id)
    await send(visitor, second, confirm="yes")
    refused = await send(visitor, second, abort="yes")
    await sign_in(visitor, runtime, device.user)
    assert told(refused)["error"] == "AlreadyUsedError", "somebody is answering for it already"


async def test_yes_and_no_at_once_leave_one_answer(
    visitor: Visitor, new_visitor: Callable[[], Visitor], device: Party
) -> None:
    waiting = await start(visitor, device.client_id)
    async with new_visitor() as other:
        await open_page(visitor)
        await open_page(other)
        answers = await asyncio.gather(
            *(send(visitor, waiting, confirm="yes") for _ in range(5)),
            *(send(other, waiting, abort="yes") for _ in range(5)),
        )

    assert not any(each.status_code >= 500 for each in answers)
    error = (await poll(visitor, device.client_id, waiting)).json()["error"]
    assert error in {"access_denied", "authorization_pending"}


async def test_a_device_of_others_gets_nothing_without_a_persons_yes(
    visitor: Visitor, runtime: Runtime, make_party: PartyMaker
) -> None:
    """A third party's device: signing in is not agreeing."""
    device = await make_party(ApplicationType.NATIVE, custom=CUSTOM, redirect_uris=(), is_third_party=True)
    waiting = await start(visitor, device.client_id, "openid offline_access")
    await send(visitor, waiting, confirm="yes")
    asked = await sign_in(visitor, runtime, device.user)
    page = await visitor.get(asked.headers["location"])
    skipped = await visitor.get(f"/oidc/device/{newest_interaction(visitor)}")

    assert page.status_code == 200
    assert "decision" in page.text
    assert skipped.headers["location"].startswith(("/consent", "/device"))
    assert await is_pending(visitor, device, waiting)


async def test_a_suspended_person_approves_nothing(visitor: Visitor, runtime: Runtime, device: Party) -> None:
    waiting = await start(visitor, device.client_id)
    await send(visitor, waiting, confirm="yes")
    async with runtime.database.unit_of_work() as uow:
        services = services_over(runtime, uow)
        await save_result(
            services.interactions,
            newest_interaction(visitor),
            {"login": {"accountId": device.user.id}, "interactionEvent": "SignIn"},
        )
        await services.users.set_suspended(device.user.id, is_suspended=True)

    back = await visitor.get(f"/oidc/device/{newest_interaction(visitor)}")

    assert back.headers["location"].startswith("/sign-in")
    assert await is_pending(visitor, device, waiting)


@on_sqlite
async def test_what_a_link_says_stays_text_on_the_device_page(visitor: Visitor) -> None:
    await open_page(visitor)
    for name in ("user_code", "input_code", "error", "app_id", "organization_id", "ui_locales"):
        for path in ("/device", "/oidc/device"):
            page = await follow(visitor, f"{path}?{httpx2.QueryParams({name: '<script>alert(1)</script>'})}")
            assert "<script>alert" not in page.text, name
            assert page.headers["x-frame-options"] == "SAMEORIGIN", "nobody is made to click yes in a frame"


async def test_null_bytes_are_refused_by_the_device_flow(visitor: Visitor, device: Party) -> None:
    xsrf = await open_page(visitor)
    forms = {
        "/oidc/device/auth": {"client_id": device.client_id, "scope": "openid"},
        "/oidc/device": {"xsrf": xsrf, "user_code": "BBBB-BBBB"},
        "/oidc/token": {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "client_id": device.client_id},
    }
    for value in ("a\x00b", "\x00"):
        for name in ("device_code", "user_code", "client_id", "scope", "xsrf"):
            for path, form in forms.items():
                answer = await visitor.post(path, data={**form, name: value})
                assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), (name, value, path)
    query = httpx2.QueryParams({"user_code": "x"})
    assert (await visitor.get(f"/oidc/device?{query}%00")).status_code == 400


@pytest.mark.parametrize("size", [4_000, 50_000])
async def test_oversized_parameters_of_a_device_are_answered(visitor: Visitor, device: Party, size: int) -> None:
    xsrf = await open_page(visitor)
    big = "x" * size
    forms: list[tuple[str, dict[str, str]]] = [
        ("/oidc/device/auth", {"client_id": big}),
        ("/oidc/device/auth", {"client_id": device.client_id, "scope": big}),
        ("/oidc/device/auth", {"client_id": device.client_id, "scope": "openid", "nonce": big}),
        ("/oidc/device/auth", {"client_id": device.client_id, "scope": "openid", "organization_id": big}),
        ("/oidc/device", {"xsrf": xsrf, "user_code": big}),
        ("/oidc/token", {"grant_type": big, "client_id": device.client_id}),
    ]
    for path, form in forms:
        answer = await visitor.post(path, data=form)
        assert answer.status_code < 500, (path, list(form))
        assert len(answer.headers.get("location", "")) < 1000
