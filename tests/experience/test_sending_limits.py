"""How many codes one person gets, and how many one caller has sent."""

from datetime import timedelta

import pytest
from tests.connectors_for_tests.outbox import Outbox
from tests.experience.browsing import Browser, browser, spa, told
from tests.support.databases import settings_for

from sekisho.kernel.clock import ManualClock
from sekisho.settings import Settings

__all__ = ["browser", "spa"]


@pytest.fixture
def settings(db_url: str) -> Settings:
    return settings_for(db_url, rate_limit_per_address=15)


async def test_nobody_gets_more_than_ten_codes_in_ten_minutes(browser: Browser, clock: ManualClock) -> None:
    await browser.begin("SignIn")
    for _ in range(10):
        await browser.send_code(event="SignIn")
    assert told(await browser.ask(event="Register")) == (429, "request.message_rate_limited")
    clock.advance(timedelta(minutes=10))
    assert told(await browser.ask(event="SignIn")) == (200, "")


async def test_nobody_has_codes_sent_to_everybody(browser: Browser, outbox: Outbox, clock: ManualClock) -> None:
    await browser.begin("SignIn")
    people = [{"type": "email", "value": f"{number}@example.com"} for number in range(16)]
    answers = [told(await browser.ask(person, event="SignIn")) for person in people]
    assert answers == [(200, "")] * 15 + [(429, "request.rate_limited")]
    assert len(outbox.messages) == 15
    clock.advance(timedelta(minutes=10))
    assert told(await browser.ask(people[-1], event="SignIn")) == (200, "")
