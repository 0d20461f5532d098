"""docs/guide/custom-claims.md: every example does what the guide says, and what it lists is what there is."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.claim_scripts.conftest import Service, function, make_engine, run_of, service

from sekisho.claim_scripts.engine.fetching import MOST_CALLS
from sekisho.claim_scripts.engine.supervisor import Limits, ScriptEngine
from sekisho.claim_scripts.models import Claims
from sekisho.kernel.json import MAX_DEPTH
from sekisho.oidc.custom_claims import CORE_CLAIMS

__all__ = ["service"]
pytestmark = pytest.mark.server

GUIDE = (Path(__file__).parents[2] / "docs/guide/custom-claims.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```js\n(.*?)```\n\n```json\n(.*?)```", GUIDE, re.DOTALL)
GIVEN: dict[str, Any] = {
    "token": {"jti": "x", "kind": "AccessToken"},
    "context": {
        "user": {
            "id": "alice0000000",
            "username": "alice",
            "customData": {"plan": "pro"},
            "profile": {"address": {"region": "Kanagawa"}},
            "roles": [{"name": "Clerk"}],
        }
    },
    "environmentVariables": {"PLANS_KEY": "key"},
}


@pytest.fixture(scope="module")
async def engine() -> AsyncIterator[ScriptEngine]:
    engine = make_engine(limits=Limits())
    yield engine
    await engine.close()


def test_every_script_of_the_guide_has_its_claims() -> None:
    assert len(EXAMPLES) == GUIDE.count("```js\n") >= 4


@pytest.mark.parametrize(("script", "claims"), EXAMPLES)
async def test_an_example_returns_what_the_guide_says(
    engine: ScriptEngine, service: Service, script: str, claims: str
) -> None:
    script = script.replace("https://plans.example.com", service.url)
    assert await engine.run(run_of(script, **GIVEN)) == Claims(values=json.loads(claims))


async def test_what_the_guide_lists_is_there_and_what_it_denies_is_not(engine: ScriptEngine) -> None:
    table = GUIDE.partition("## What a script may use")[2].partition("\n## ")[0]
    present = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    absent = re.findall(r"no\s+`(\w+)`", table)
    assert len(present) == 11
    assert len(absent) == 5
    body = "return Object.fromEntries(context.map((name) => [name, name in globalThis]))"
    assert await engine.run(run_of(function(body), context=[*present, *absent])) == Claims(
        values={**dict.fromkeys(present, True), **dict.fromkeys(absent, False)}
    )


def test_the_limits_are_those_of_the_engine() -> None:
    limits = Limits()
    assert f"| {limits.patience.total_seconds():g} seconds, waiting included |" in GUIDE
    assert f"| {limits.most_runs} in a server process, {limits.most_of_tenant} of them of one tenant" in GUIDE
    assert f"{limits.banishment.total_seconds():g} seconds: that, too" in GUIDE
    assert f"| {MOST_CALLS} calls a run" in GUIDE
    assert f"{MAX_DEPTH} levels deep" in GUIDE


def test_the_claims_that_are_never_overridden_are_all_named() -> None:
    named = GUIDE.partition("never overridden:")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", named)) == CORE_CLAIMS
