"""A forgotten password in the Experience API: a code takes its place, and resets it."""

import pytest
from sqlalchemy import select
from tests.connectors_for_tests.outbox import Outbox
from tests.experience.browsing import EMAIL, NEW_PASSWORD, PHONE, Browser, ada, add_hook, browser, spa, told
from tests.support.factories import PASSWORD, Factory

from sekisho.jobs.tables import JobTable
from sekisho.kernel.ids import UserId
from sekisho.services import Runtime

__all__ = ["ada", "browser", "spa"]


@pytest.mark.usefixtures("ada")
async def test_a_forgotten_password_is_chosen_anew(
    browser: Browser, outbox: Outbox, make: Factory, runtime: Runtime
) -> None:
    async with make.services() as services:
        await add_hook(services, "PostResetPassword")
    await browser.begin("ForgotPassword")
    record = await browser.prove(outbox, event="ForgotPassword")
    assert outbox.last.type == "ForgotPassword"
    choose = "/profile/password"
    early = told(await browser.call(choose, {"password": NEW_PASSWORD}, method="PUT"))
    assert early == (404, "session.identifier_not_found")
    assert await browser.identify(record) == (204, "")
    assert await browser.submit() == (422, "user.new_password_required_in_profile")
    weak = told(await browser.call(choose, {"password": "123"}, method="PUT"))
    assert weak == (422, "password.rejected")
    same = told(await browser.call(choose, {"password": PASSWORD}, method="PUT"))
    assert same == (422, "user.same_password")
    assert told(await browser.call(choose, {"password": NEW_PASSWORD}, method="PUT")) == (204, "")
    done = await browser.call("/submit")
    assert (done.status_code, done.text) == (204, "")
    assert await browser.submit() == (404, "session.interaction_not_found")
    async with runtime.database.unit_of_work() as uow:
        (job,) = (await uow.execute(select(JobTable.payload))).scalars()
    assert job["event"] == "PostResetPassword"

    await browser.begin("SignIn")
    for password, status in ((PASSWORD, 422), (NEW_PASSWORD, 200)):
        body = {"identifier": EMAIL, "password": password}
        assert (await browser.call("/verification/password", body)).status_code == status


@pytest.mark.usefixtures("ada")
async def test_a_password_is_reset_only_as_the_tenant_lets_it(browser: Browser, outbox: Outbox) -> None:
    await browser.begin("ForgotPassword")
    record = await browser.prove(outbox, PHONE, event="ForgotPassword")
    assert await browser.identify(record) == (422, "session.not_supported_for_forgot_password")


async def test_a_code_for_another_end_resets_nothing(browser: Browser, outbox: Outbox, ada: str) -> None:
    assert ada
    await browser.begin("SignIn")
    record = await browser.prove(outbox, event="SignIn")
    assert await browser.identify(record) == (204, "")
    switched = await browser.call("/interaction-event", {"interactionEvent": "ForgotPassword"}, method="PUT")
    assert told(switched) == (400, "session.not_supported_for_forgot_password")
    chosen = await browser.call("/profile/password", {"password": NEW_PASSWORD}, method="PUT")
    assert told(chosen) == (400, "session.invalid_interaction_type")


@pytest.mark.usefixtures("ada")
async def test_a_code_that_was_sent_to_sign_in_resets_nothing(browser: Browser, outbox: Outbox) -> None:
    await browser.begin("ForgotPassword")
    record = await browser.prove(outbox, event="SignIn")
    assert await browser.identify(record) == (422, "session.not_supported_for_forgot_password")


async def test_who_reads_an_old_mailbox_resets_nothing(
    browser: Browser, outbox: Outbox, make: Factory, ada: str
) -> None:
    await browser.begin("ForgotPassword")
    assert await browser.identify(await browser.prove(outbox, event="ForgotPassword")) == (204, "")
    chosen = await browser.call("/profile/password", {"password": NEW_PASSWORD}, method="PUT")
    assert told(chosen) == (204, "")
    async with make.services() as services:
        await services.users.update(UserId(ada), {"primary_email": "moved@example.com"})
    assert await browser.submit() == (404, "session.verification_session_not_found")


async def test_a_reset_leaves_a_suspended_account_alone(browser: Browser, outbox: Outbox, make: Factory) -> None:
    await make.user(primary_email=EMAIL["value"], is_suspended=True)
    await browser.begin("ForgotPassword")
    record = await browser.prove(outbox, event="ForgotPassword")
    assert await browser.identify(record) == (401, "user.suspended")
