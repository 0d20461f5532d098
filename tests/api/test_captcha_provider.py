"""Who tells people from programs (management-api.md §13.5)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from tests.api.conftest import on_sqlite
from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.captcha.tables import CaptchaProviderTable
from sekisho.kernel.clock import ManualClock, epoch_milliseconds

PATH = "/api/captcha-provider"
TURNSTILE = {"type": "Turnstile", "siteKey": "site", "secretKey": "hush-turnstile"}
RECAPTCHA = {"type": "RecaptchaEnterprise", "siteKey": "site", "secretKey": "hush", "projectId": "project"}


async def test_a_provider_is_set_replaced_and_removed(management: Visitor, clock: ManualClock) -> None:
    made = await management.put(PATH, json={"config": TURNSTILE})
    first = epoch_milliseconds(clock.now())
    provider = made.json()
    assert made.status_code == 200
    assert provider == {
        "tenantId": "default",
        "id": provider["id"],
        "config": TURNSTILE,
        "createdAt": first,
        "updatedAt": first,
    }
    assert (await management.get(PATH)).json() == provider

    clock.advance(timedelta(minutes=1))
    config = {**RECAPTCHA, "domain": "www.recaptcha.net", "mode": "checkbox"}
    replaced = await management.put(PATH, json={"config": config})
    assert replaced.json() == {**provider, "config": config, "updatedAt": first + 60_000}

    assert (await management.delete(PATH)).status_code == 204
    assert (await management.get(PATH)).json()["code"] == "entity.not_found"


async def test_who_removes_the_provider_asks_nobody_for_a_proof(management: Visitor) -> None:
    await management.put(PATH, json={"config": TURNSTILE})
    await management.patch("/api/sign-in-exp", json={"captchaPolicy": {"enabled": True}})
    await management.delete(PATH)
    assert (await management.get("/api/sign-in-exp")).json()["captchaPolicy"] == {"enabled": False}


async def test_what_the_provider_gave_is_sealed(management: Visitor, make: Factory) -> None:
    await management.put(PATH, json={"config": TURNSTILE})
    async with make.services() as services:
        (sealed,) = (await services.uow.execute(select(CaptchaProviderTable.config))).scalars()
    assert b"hush" not in sealed


NO_CONFIGURATIONS: Sequence[tuple[Any, str]] = (
    ({}, "guard.invalid_input"),
    (None, "guard.invalid_input"),
    ({**TURNSTILE, "type": "Hcaptcha"}, "guard.invalid_input"),
    ({"type": "Turnstile", "siteKey": "x"}, "guard.invalid_input"),
    ({**TURNSTILE, "type": "RecaptchaEnterprise"}, "guard.invalid_input"),
    ({**RECAPTCHA, "mode": "loud"}, "guard.invalid_input"),
    ({**RECAPTCHA, "domain": None}, "guard.invalid_input"),
)


@on_sqlite
async def test_what_is_no_configuration_is_refused(management: Visitor) -> None:
    for config, code in NO_CONFIGURATIONS:
        answer = await management.put(PATH, json={"config": config})
        assert (answer.status_code, answer.json()["code"]) == (400, code), config
        assert (await management.delete(PATH)).json()["code"] == "entity.not_found", config


async def test_a_provider_is_its_tenants_own(management: Visitor, admin_management: Visitor) -> None:
    await management.put(PATH, json={"config": TURNSTILE})
    for method in ("GET", "DELETE"):
        assert (await admin_management.request(method, f"/t/admin{PATH}")).status_code == 404
    assert (await management.get(PATH)).json()["config"] == TURNSTILE


@on_sqlite
async def test_who_may_not_manage_learns_nothing(visitor: Visitor) -> None:
    for method in ("GET", "PUT", "DELETE"):
        assert (await visitor.request(method, PATH)).status_code == 401
