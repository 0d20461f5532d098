"""PRIVATE_KEY_ROTATION_GRACE_PERIOD: how long new signing keys are announced unless a rotation says otherwise."""

import pytest
from tests.support.databases import settings_for
from tests.support.visitor import Visitor

from sekisho.settings import Settings

KEYS = "/api/configs/oidc/private-keys"

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings(db_url: str) -> Settings:
    return settings_for(db_url, private_key_rotation_grace_period=60)


async def test_the_operators_grace_counts_unless_a_rotation_says_otherwise(management: Visitor) -> None:
    announced = (await management.post(f"{KEYS}/rotate", json={})).json()
    assert [key["status"] for key in announced] == ["Next", "Current"]
    assert announced[0]["effectiveAt"] - announced[0]["createdAt"] * 1000 == 60_000


async def test_a_rotation_may_be_at_once_all_the_same(management: Visitor) -> None:
    rotated = (await management.post(f"{KEYS}/rotate", json={"rotationGracePeriod": 0})).json()
    assert [key["status"] for key in rotated] == ["Current", "Previous"]
