"""What a script is given, what it may return, and what becomes of it (oidc.md §26)."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.claim_scripts.conftest import ONE, OTHER, function, run_of

from sekisho.claim_scripts.engine.supervisor import ScriptEngine
from sekisho.claim_scripts.models import Claims, Denied, Failed, Outcome

pytestmark = pytest.mark.server

RunBody = Callable[..., Awaitable[Outcome]]


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("function getCustomJwtClaims() { return { plan: 'pro' }; }", id="a plain function"),
        pytest.param("async function getCustomJwtClaims() { return { plan: 'pro' }; }", id="an asynchronous one"),
        pytest.param("const getCustomJwtClaims = async () => ({ plan: 'pro' }); // end", id="an arrow, then a comment"),
        pytest.param("'use strict'; var getCustomJwtClaims = () => Promise.resolve({ plan: 'pro' })", id="a promise"),
        pytest.param("class Plan { plan = 'pro' } function getCustomJwtClaims() { return new Plan(); }", id="a class"),
        pytest.param("function getCustomJwtClaims() { return { toJSON: () => ({ plan: 'pro' }) }; }", id="a toJSON"),
    ],
)
async def test_a_script_of_any_style_adds_claims(engine: ScriptEngine, script: str) -> None:
    assert await engine.run(run_of(script)) == Claims(values={"plan": "pro"})


async def test_a_script_is_given_the_token_the_context_and_its_environment(run: RunBody) -> None:
    given: dict[str, Any] = {
        "token": {"jti": "x", "kind": "AccessToken"},
        "context": {"user": {"customData": {"名": "水"}}},
        "environmentVariables": {"KEY": "value"},
    }
    assert await run("return { token, context, environmentVariables }", **given) == Claims(values=given)
    assert await run("return { has: environmentVariables !== undefined, api: Object.keys(api) }", token={}) == Claims(
        values={"has": False, "api": ["denyAccess"]}
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return undefined", "must return an object"),
        ("return null", "must return an object"),
        ("return 'plan'", "must return an object"),
        ("return 5", "must return an object"),
        ("return [{ plan: 'pro' }]", "must return an object"),
        ("return () => ({})", "must return an object"),
        ("return new Date(0)", "must return an object"),
        ("return { big: 1n }", "BigInt"),
        ("const o = {}; o.o = o; return o", "circular"),
        ("throw new Error('no such plan')", "no such plan"),
        ("throw 'text'", "text"),
        ("throw undefined", "undefined"),
        ("throw { get message() { throw 1 }, toString() { throw 1 } }", "a value without a text"),
        ("await Promise.reject(new TypeError('later'))", "later"),
        ("return nothing", "nothing is not defined"),
        ("await new Promise(() => {})", "can never settle"),
    ],
)
async def test_what_is_no_claims_is_a_failure_that_says_why(run: RunBody, body: str, message: str) -> None:
    outcome = await run(body)
    assert isinstance(outcome, Failed)
    assert message in outcome.message


@pytest.mark.parametrize(
    ("script", "name", "message"),
    [
        ("function getCustomJwtClaims( {", "SyntaxError", "Unexpected"),
        ("/* nothing closes this", "SyntaxError", "Invalid or unexpected token"),
        ("const other = 1;", "TypeError", "defines no function getCustomJwtClaims"),
        ("const getCustomJwtClaims = 5;", "TypeError", "defines no function getCustomJwtClaims"),
        ("throw new RangeError('at once');", "RangeError", "at once"),
        ("", "TypeError", "defines no function getCustomJwtClaims"),
    ],
)
async def test_a_script_that_cannot_be_loaded_says_why(
    engine: ScriptEngine, script: str, name: str, message: str
) -> None:
    outcome = await engine.run(run_of(script))
    assert isinstance(outcome, Failed)
    assert (outcome.name, message in outcome.message) == (name, True)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("api.denyAccess('not on a Sunday')", "not on a Sunday"),
        ("api.denyAccess()", "Access denied"),
        ("api.denyAccess(5)", "5"),
        ("api.denyAccess('\\ud800')", "�"),
        ("api.denyAccess('x'.repeat(1e6))", "x" * 2000),
        ("try { api.denyAccess('caught') } catch {} return {}", "caught"),
        ("try { api.denyAccess('first') } finally { throw new Error('second') }", "first"),
        ("await Promise.resolve().then(() => api.denyAccess('later'))", "later"),
    ],
)
async def test_a_denial_stands_whatever_the_script_does_next(run: RunBody, body: str, message: str) -> None:
    assert await run(body) == Denied(message=message)


async def test_a_denial_is_of_one_run(engine: ScriptEngine) -> None:
    script = function("if (token.bad) api.denyAccess('bad'); return {}")
    assert await engine.run(run_of(script, token={"bad": True})) == Denied(message="bad")
    assert await engine.run(run_of(script, token={})) == Claims(values={})


async def test_global_state_lasts_for_the_same_script_of_the_same_tenant_only(engine: ScriptEngine) -> None:
    script = "let runs = 0; function getCustomJwtClaims() { globalThis.seen = true; return { runs: ++runs }; }"
    for expected in (1, 2, 3):
        assert await engine.run(run_of(script)) == Claims(values={"runs": expected})
    assert await engine.run(run_of(script, tenant=OTHER)) == Claims(values={"runs": 1})
    assert await engine.run(run_of(script, is_kept=False)) == Claims(values={"runs": 1})
    assert await engine.run(run_of(script)) == Claims(values={"runs": 4})
    look = function("return { seen: typeof globalThis.seen, prototype: Object.prototype.polluted ?? null }")
    pollute = function("Object.prototype.polluted = 'by one'; return {}")
    assert await engine.run(run_of(pollute, tenant=ONE)) == Claims(values={})
    for tenant in (ONE, OTHER):
        assert await engine.run(run_of(look, tenant=tenant)) == Claims(values={"seen": "undefined", "prototype": None})


async def test_a_timer_waits(run: RunBody) -> None:
    body = "await new Promise((done) => setTimeout(done, 20)); return { waited: true }"
    assert await run(body) == Claims(values={"waited": True})
    body = "const id = setTimeout(() => { throw new Error('never') }, 10); clearTimeout(id); return {}"
    assert await run(body) == Claims(values={})


async def test_what_a_run_leaves_behind_does_not_come_to_life_in_the_next(engine: ScriptEngine) -> None:
    script = (
        "let late = 0; async function getCustomJwtClaims() { setTimeout(() => { late += 1 }, 50); return { late }; }"
    )
    for _ in range(3):
        assert await engine.run(run_of(script)) == Claims(values={"late": 0})
