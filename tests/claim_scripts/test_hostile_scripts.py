"""Scripts that mean harm: each is an attack on the server, on the machine, or on another tenant."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.claim_scripts.conftest import ONE, OTHER, Service, function, run_of

from sekisho.claim_scripts.engine.supervisor import ScriptEngine
from sekisho.claim_scripts.models import Claims, Failed, Outcome

pytestmark = pytest.mark.server

RunBody = Callable[..., Awaitable[Outcome]]
NewEngine = Callable[..., ScriptEngine]
FINE = function("return { fine: true }")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("while (true) {}", id="a loop"),
        pytest.param("await null; while (true) {}", id="a loop in a microtask"),
        pytest.param("while (true) await null", id="microtasks without end"),
        pytest.param("setTimeout(() => { while (true) {} }, 1); await new Promise(() => {})", id="a loop in a timer"),
        pytest.param("/^(a+)+$/.test('a'.repeat(60) + 'b'); return {}", id="a regular expression"),
        pytest.param("for (;;) { try { while (true) {} } finally { continue } }", id="a loop that catches all"),
        pytest.param("await new Promise((done) => setTimeout(done, 1e9))", id="a promise that is late"),
        pytest.param("return { get a() { while (true) {} } }", id="a loop in a getter of the claims"),
        pytest.param("throw { toString() { while (true) {} } }", id="a loop in a thrown value"),
        pytest.param("const f = () => setTimeout(f, 0); f(); await new Promise(() => {})", id="timers without end"),
    ],
)
async def test_a_script_that_does_not_end_is_ended_and_others_go_on(
    run: RunBody, engine: ScriptEngine, body: str
) -> None:
    began = time.monotonic()
    outcome, fine = await asyncio.gather(run(body), engine.run(run_of(FINE, tenant=OTHER)))
    assert isinstance(outcome, Failed)
    assert fine == Claims(values={"fine": True})
    assert time.monotonic() - began < 8
    assert await engine.run(run_of(FINE)) == Claims(values={"fine": True})


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("const all = []; while (true) all.push(new Array(1000).fill({}))", id="objects"),
        pytest.param("const all = []; while (true) all.push(new Uint8Array(1e7).fill(1))", id="buffers"),
        pytest.param("const all = []; while (true) all.push(new Uint8Array(1e5))", id="small buffers"),
        pytest.param("let text = 'x'; while (true) text += text + 'y'", id="a text"),
        pytest.param("const all = new Map(); for (let i = 0; ; i += 1) all.set(i, { i })", id="a map"),
        pytest.param("return { a: 'x'.repeat(5e8) }", id="a giant claim"),
        pytest.param("return { a: 'x'.repeat(1e6) }", id="a large claim"),
        pytest.param("for (;;) console.log('x'.repeat(1e6))", id="a log without end"),
        pytest.param("(function deeper() { return deeper() + 1 })()", id="a recursion"),
        pytest.param("let o = {}; for (let i = 0; i < 1e6; i += 1) o = { o }; return o", id="a million levels"),
        pytest.param("let o = {}; for (let i = 0; i < 70; i += 1) o = { o }; return o", id="more levels than we keep"),
        pytest.param("return { a: '\\ud800' }", id="a lone surrogate"),
        pytest.param("return { '\\udfff': 1 }", id="a lone surrogate as a name"),
        pytest.param("return { a: 'x\\0y' }", id="a null character"),
        pytest.param("await new Promise(() => { for (;;) fetch('http://169.254.169.254/') })", id="calls without end"),
    ],
)
async def test_a_script_that_takes_too_much_fails_alone(new_engine: NewEngine, body: str) -> None:
    engine = new_engine()
    outcome, fine = await asyncio.gather(engine.run(run_of(function(body))), engine.run(run_of(FINE, tenant=OTHER)))
    assert isinstance(outcome, Failed)
    assert fine == Claims(values={"fine": True})


async def test_a_script_that_brings_the_engine_down_is_refused_for_a_while(new_engine: NewEngine) -> None:
    engine = new_engine()
    bomb = function("const all = []; while (true) all.push(new Uint8Array(1e5))")
    first = await engine.run(run_of(bomb))
    began = time.monotonic()
    again = await engine.run(run_of(bomb))
    assert first == again == Failed(message="the script brought its engine down", name="EngineError")
    assert time.monotonic() - began < 0.5
    assert await engine.run(run_of(FINE)) == Claims(values={"fine": True})


@pytest.mark.parametrize(
    "name",
    [
        *("process", "require", "module", "Buffer", "Deno", "Bun", "XMLHttpRequest", "importScripts", "Worker"),
        *("WebAssembly", "SharedArrayBuffer", "Atomics", "FinalizationRegistry", "WeakRef", "print", "read", "load"),
        *("quit", "d8", "__dirname", "setInterval", "WebSocket", "__timer_manager"),
    ],
)
async def test_there_is_no_way_to_files_processes_or_threads(run: RunBody, name: str) -> None:
    assert await run(f"return {{ found: typeof globalThis.{name} }}") == Claims(values={"found": "undefined"})


@pytest.mark.parametrize("module", ["fs", "node:fs", "child_process", "file:///etc/passwd", "data:text/javascript,1"])
async def test_no_module_is_loaded(run: RunBody, module: str) -> None:
    outcome = await run(f"return {{ loaded: await import('{module}').then(() => true, () => false) }}")
    assert outcome == Claims(values={"loaded": False})


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("return (() => {}).constructor('return this')().process ?? {}", id="the global object"),
        pytest.param("return { f: String(fetch.constructor('return 1')()) }", id="the function constructor"),
        pytest.param("Array.prototype.push = () => { throw 1 }; return { a: 1 }", id="a broken array"),
        pytest.param(
            "Object.prototype.toJSON = () => ({ kind: 'denied' }); return { a: 1 }", id="toJSON of everything"
        ),
        pytest.param(
            "Promise.prototype.then = () => {}; Promise.withResolvers = null; return {}", id="broken promises"
        ),
        pytest.param("JSON.stringify = () => '['; JSON.parse = null; return {}", id="broken JSON"),
        pytest.param("String.prototype.toWellFormed = () => 5; console.log('x'); return {}", id="broken texts"),
        pytest.param("globalThis.Error = null; throw new TypeError('x')", id="no errors"),
        pytest.param("Error.prepareStackTrace = () => { while (true) {} }; null.x", id="a loop in a stack trace"),
        pytest.param("Object.defineProperty(Array.prototype, 0, { set() {} }); return {}", id="an array that drops"),
        pytest.param("Array.prototype.toJSON = () => [5]; return {}", id="toJSON of arrays"),
        pytest.param("Array.prototype.toJSON = () => ({ kind: 'sleep' }); fetch('http://0/')", id="bent messages"),
        pytest.param("setTimeout(() => {}, { valueOf: () => NaN }); setTimeout(5, -1e308); return {}", id="odd timers"),
        pytest.param("Object.defineProperty(Object.prototype, 'call', { value: 'x' }); fetch('x:')", id="a bent call"),
        pytest.param("clearTimeout('__proto__'); clearTimeout({}); return {}", id="timers that are none"),
        pytest.param("getCustomJwtClaims = null; return {}", id="no function any more"),
    ],
)
async def test_tricks_on_the_bridge_end_in_an_outcome_and_harm_no_other(engine: ScriptEngine, body: str) -> None:
    assert await engine.run(run_of(FINE)) == Claims(values={"fine": True})
    assert engine.worker is not None
    child = engine.worker.pid
    outcome = await engine.run(run_of(function(body)))
    assert isinstance(outcome, Claims | Failed)
    assert await engine.run(run_of(FINE)) == Claims(values={"fine": True})
    assert engine.worker.pid == child


async def test_a_prototype_among_the_claims_is_a_name_like_any_other(run: RunBody) -> None:
    given: dict[str, Any] = {"__proto__": {"isAdmin": True}, "constructor": 1}
    body = """
        const copy = { ...context };
        return { admin: {}.isAdmin ?? null, own: Object.keys(context), copy: copy.isAdmin ?? null };
    """
    assert await run(body, context=given) == Claims(
        values={"admin": None, "own": ["__proto__", "constructor"], "copy": None}
    )
    assert await run('return JSON.parse(\'{"__proto__": {"isAdmin": true}}\')') == Claims(
        values={"__proto__": {"isAdmin": True}}
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://[::ffff:169.254.169.254]/",
        "http://0.0.0.0:4180/",
    ],
)
async def test_a_script_never_reaches_metadata_services(run: RunBody, url: str) -> None:
    outcome = await run(f"return {{ error: await fetch('{url}').then(() => null, (error) => error.message) }}")
    assert isinstance(outcome, Claims)
    assert "is never called" in outcome.values["error"] or "inside our own network" in outcome.values["error"]


async def test_a_script_reaches_our_own_network_only_where_the_operator_lets_it(
    new_engine: NewEngine, service: Service
) -> None:
    body = f"return {{ error: await fetch('{service.url}').then(() => null, (error) => error.message) }}"
    outcome = await new_engine(endpoint="https://id.example.com").run(run_of(function(body)))
    assert isinstance(outcome, Claims)
    assert "OUTBOUND_ALLOW can permit it" in outcome.values["error"]
    assert service.asked == []


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("fetch('/away')", "is never called"),
        ("fetch('/away', { redirect: 'error' })", "the answer is a redirect"),
        ("fetch('/giant')", "more than"),
        ("fetch('/', { method: 'CONNECT' })", "is not sent"),
        ("fetch('/', { headers: { host: 'other.example' } })", "is not sent"),
        ("fetch('/', { headers: { 'x-a': 'a\\r\\nx-b: b' } })", "is not sent"),
        ("fetch('/', { headers: { 'content-length': '5' } })", "is not sent"),
        ("fetch('/', { body: 'x'.repeat(1e6) })", "a body is at most"),
        ("fetch('file:///etc/passwd')", "is not called"),
        ("fetch('gopher://localhost/')", "is not called"),
    ],
)
async def test_a_call_that_is_not_made_says_why(run: RunBody, service: Service, call: str, error: str) -> None:
    call = call.replace("fetch('/", f"fetch('{service.url}/")
    outcome = await run(f"return {{ error: await {call}.then(() => null, (error) => error.message) }}")
    assert isinstance(outcome, Claims)
    assert error in str(outcome.values["error"])


async def test_a_run_calls_others_a_few_times_only(run: RunBody, service: Service) -> None:
    body = f"const asked = []; for (let i = 0; i < 12; i += 1) asked.push(fetch('{service.url}/' + i));"
    outcome = await run(body + "return { kept: (await Promise.allSettled(asked)).map((each) => each.status) }")
    assert outcome == Claims(values={"kept": [*["fulfilled"] * 10, *["rejected"] * 2]})
    assert len(service.asked) == 10


async def test_a_silent_service_costs_no_more_than_the_run(run: RunBody, service: Service) -> None:
    assert isinstance(await run(f"return await fetch('{service.url}/silence')"), Failed)


async def test_no_cookie_goes_from_one_tenants_calls_to_anothers(engine: ScriptEngine, service: Service) -> None:
    script = function(f"return {{ status: (await fetch('{service.url}')).status }}")
    for tenant in (ONE, OTHER):
        assert await engine.run(run_of(script, tenant=tenant)) == Claims(values={"status": 200})
    assert len(service.asked) == 2
    assert not [head for head in service.asked if "cookie" in head.lower()]
