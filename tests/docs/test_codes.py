"""docs/guide/codes.md: its requests work, and its limits are the ones there are."""

import json
import re
from pathlib import Path

from tests.api.conftest import Mint, management, mint, on_sqlite
from tests.connectors_for_tests.outbox import Outbox
from tests.support.factories import Factory
from tests.support.messages import add_message_connectors
from tests.support.visitor import Visitor

from sekisho.security.recipients import LIMITS
from sekisho.settings import Settings
from sekisho.sign_in.models import SentinelPolicy, VerificationCodePolicy

__all__ = ["Mint", "management", "mint"]

GUIDE = (Path(__file__).parents[2] / "docs/guide/codes.md").read_text(encoding="utf-8")
(SETTINGS,) = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
BODIES = re.findall(r"-d '(.*?)'", GUIDE)


@on_sqlite
async def test_the_requests_of_the_guide_work(management: Visitor, make: Factory, outbox: Outbox) -> None:
    async with make.services() as services:
        await add_message_connectors(services)
    changed = await management.patch("/api/sign-in-exp", json=json.loads(SETTINGS))
    assert changed.status_code == 200
    assert json.loads(SETTINGS).items() <= changed.json().items()

    ask, verify = map(json.loads, BODIES)
    assert (await management.post("/api/verification-codes", json=ask)).status_code == 204
    right = {**verify, "verificationCode": outbox.last.code}
    assert (await management.post("/api/verification-codes/verify", json=right)).status_code == 204
    again = await management.post("/api/verification-codes/verify", json=verify)
    assert again.json()["code"] == "verification_code.not_found"


def test_the_limits_of_the_guide_are_the_ones_there_are() -> None:
    code, guesses = VerificationCodePolicy(), SentinelPolicy()
    for value in (
        f"{code.lifetime.seconds} seconds",
        f"{code.tries} times",
        f"{guesses.attempts}, then an hour's pause",
        f"{LIMITS.attempts} in ten minutes",
        f"{Settings.model_fields['rate_limit_per_address'].default} each",
    ):
        assert f"| {value} |" in GUIDE
    assert (LIMITS.lockout.seconds, guesses.lockout.seconds) == (600, 3600)
