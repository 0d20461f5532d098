"""Deliveries that are not made take as long as those that are; by a clock that stands still."""

import pytest

from sekisho.kernel.ids import TenantId
from sekisho.messages.pace import Pace
from sekisho.users.models import IdentifierType

TENANT = TenantId("default")
EMAIL, PHONE = IdentifierType.EMAIL, IdentifierType.PHONE


class Watch:
    """A clock that moves when it is told to, and remembers who slept."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def pace(watch: Watch) -> Pace:
    return Pace(seconds=lambda: watch.now, sleep=watch.sleep)


def deliver(pace: Pace, watch: Watch, *, seconds: float, fails: bool = False) -> None:
    with pace.measured(TENANT, EMAIL):
        watch.now += seconds
        if fails:
            raise ConnectionError


async def test_before_the_first_delivery_it_takes_as_long_as_mail_usually_does(pace: Pace, watch: Watch) -> None:
    await pace.imitate(TENANT, EMAIL)
    assert watch.slept == [0.3]


async def test_it_takes_as_long_as_one_of_the_last_deliveries(pace: Pace, watch: Watch) -> None:
    for seconds in (0.5, 1.0, 2.0):
        deliver(pace, watch, seconds=seconds)
    for _ in range(200):
        await pace.imitate(TENANT, EMAIL)
    assert set(watch.slept) == {0.5, 1.0, 2.0}


async def test_a_delivery_that_failed_took_its_time_too(pace: Pace, watch: Watch) -> None:
    with pytest.raises(ConnectionError):
        deliver(pace, watch, seconds=4.0, fails=True)
    await pace.imitate(TENANT, EMAIL)
    assert watch.slept == [4.0]


async def test_what_is_long_ago_is_forgotten(pace: Pace, watch: Watch) -> None:
    for seconds in (8.0, *[1.0] * 16):
        deliver(pace, watch, seconds=seconds)
    for _ in range(100):
        await pace.imitate(TENANT, EMAIL)
    assert set(watch.slept) == {1.0}


async def test_other_tenants_and_other_kinds_have_a_pace_of_their_own(pace: Pace, watch: Watch) -> None:
    deliver(pace, watch, seconds=5.0)
    await pace.imitate(TENANT, PHONE)
    await pace.imitate(TenantId("another"), EMAIL)
    assert watch.slept == [0.3, 0.3]
