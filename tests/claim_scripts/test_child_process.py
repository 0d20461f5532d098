"""The process that scripts run in: when it starts, what it may do, and how it ends."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.claim_scripts.conftest import HASTY, ONE, OTHER, function, run_of

from sekisho.claim_scripts.engine.frames import BadFrame, length_of, pack, unpack
from sekisho.claim_scripts.engine.supervisor import ScriptEngine
from sekisho.claim_scripts.models import Claims, Failed

NewEngine = Callable[..., ScriptEngine]
FINE = function("return { fine: true }")
SLEEPS = function("await new Promise((done) => setTimeout(done, 500)); return { fine: true }")

pytestmark = pytest.mark.server


@pytest.fixture
async def started(new_engine: NewEngine) -> ScriptEngine:
    """An engine with a child."""
    engine = new_engine()
    assert await engine.run(run_of(FINE)) == Claims(values={"fine": True})
    return engine


def pid_of(engine: ScriptEngine) -> int:
    assert engine.worker is not None
    return engine.worker.pid


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2]
    except FileNotFoundError:
        return False
    return not state.startswith("Z")


def threads_of(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


async def test_nothing_is_started_before_the_first_script_and_all_ends_with_the_engine(new_engine: NewEngine) -> None:
    engine = new_engine()
    assert engine.worker is None
    await engine.run(run_of(FINE))
    pid = pid_of(engine)
    assert is_alive(pid)
    await engine.close()
    assert not is_alive(pid)


def test_the_server_process_loads_no_engine() -> None:
    code = "import sys, sekisho.app; print([name for name in sys.modules if 'racer' in name])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert told.stdout.strip() == "[]"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_the_child_has_given_up_what_scripts_do_not_need(
    started: ScriptEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_VAULT_KEK", "of the server")
    # A process that cannot be dumped shows its folder to root only.
    if os.geteuid() != 0:
        pytest.skip("reads another process's descriptors")
    process = Path(f"/proc/{pid_of(started)}")
    limits = {line[:26].strip(): line[26:].split()[0] for line in (process / "limits").read_text().splitlines()[1:]}
    assert (limits["Max core file size"], limits["Max file size"], limits["Max open files"]) == ("0", "0", "256")
    assert int(limits["Max data size"]) == 1024**3
    assert (process / "environ").read_bytes() == b""
    assert (process / "cwd").readlink() == Path("/")
    status = (process / "status").read_text()
    assert "NoNewPrivs:\t1" in status
    opened = {str(each.readlink()) for each in (process / "fd").iterdir()}
    assert {each.partition(":")[0] for each in opened} <= {"pipe", "socket", "anon_inode", "/dev/null", "/dev/urandom"}


def test_a_process_that_is_shut_opens_nothing_any_more() -> None:
    code = textwrap.dedent("""
        import socket
        from sekisho.claim_scripts.engine.confinement import shut

        listener = socket.create_server(("127.0.0.1", 0))
        if shut():
            for attempt in (
                lambda: open("/etc/hostname"),
                lambda: open("/dev/null", "w"),
                lambda: socket.create_connection(listener.getsockname()),
            ):
                try:
                    attempt()
                except PermissionError:
                    print("refused")
        else:
            print("not here")
    """)
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    if told.stdout.startswith("not here"):
        pytest.skip("this kernel has no Landlock")
    assert told.stdout.split() == ["refused"] * 3


async def test_a_child_that_dies_in_the_middle_costs_no_claims(started: ScriptEngine) -> None:
    first = pid_of(started)
    running = asyncio.gather(*(started.run(run_of(SLEEPS, tenant=tenant)) for tenant in (ONE, OTHER)))
    await asyncio.sleep(0.1)
    os.kill(first, signal.SIGKILL)
    assert await running == [Claims(values={"fine": True})] * 2
    assert await started.run(run_of(FINE)) == Claims(values={"fine": True})
    assert pid_of(started) != first


async def test_a_child_is_replaced_after_so_many_runs(new_engine: NewEngine) -> None:
    engine = new_engine(limits=replace(HASTY, runs_of_worker=3))
    pids = []
    for _ in range(7):
        assert await engine.run(run_of(FINE)) == Claims(values={"fine": True})
        pids.append(pid_of(engine))
    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3, 1]


async def test_a_run_that_holds_its_child_disturbs_no_other_run_in_it(started: ScriptEngine) -> None:
    first = pid_of(started)
    # Ends after the child was given up, and before it is killed.
    late = function("await new Promise((done) => setTimeout(done, 900)); return { fine: true }")
    stuck = asyncio.create_task(started.run(run_of(function("await null; while (true) {}"))))
    await asyncio.sleep(HASTY.patience.total_seconds() - 0.4)
    others = await asyncio.gather(*(started.run(run_of(late, tenant=OTHER)) for _ in range(3)))
    assert others == [Claims(values={"fine": True})] * 3
    assert isinstance(await stuck, Failed)
    assert await started.run(run_of(FINE)) == Claims(values={"fine": True})
    assert pid_of(started) != first
    await asyncio.sleep(HASTY.patience.total_seconds() + HASTY.grace.total_seconds())
    assert not is_alive(first)


async def test_one_tenants_loops_leave_places_for_others(started: ScriptEngine) -> None:
    loops = [asyncio.create_task(started.run(run_of(function("while (true) {}")))) for _ in range(12)]
    await asyncio.sleep(0.05)
    began = time.monotonic()
    assert await started.run(run_of(FINE, tenant=OTHER)) == Claims(values={"fine": True})
    assert time.monotonic() - began < HASTY.patience.total_seconds()
    assert all(isinstance(each, Failed) for each in await asyncio.gather(*loops))


async def test_a_tenant_with_too_many_runs_is_refused_at_once(new_engine: NewEngine) -> None:
    engine = new_engine(limits=replace(HASTY, patience=timedelta(seconds=20), most_of_tenant=1, most_waiting=1))
    runs = await asyncio.gather(*(engine.run(run_of(SLEEPS)) for _ in range(4)))
    assert [type(each) for each in runs] == [Claims, Claims, Failed, Failed]
    assert runs[-1] == Failed(message="too many scripts are running", name="TooManyRuns")
    assert await engine.run(run_of(SLEEPS)) == Claims(values={"fine": True})


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_child_dies_with_its_parent(tmp_path: Path, how: signal.Signals) -> None:
    program = tmp_path / "parent.py"
    program.write_text(
        textwrap.dedent("""
            import asyncio
            from sekisho.claim_scripts.engine.supervisor import Run, ScriptEngine
            from sekisho.outbound.on_demand import OutboundOnDemand

            async def main():
                engine = ScriptEngine(outbound=OutboundOnDemand(endpoint=None, allowed=()))
                script = "function getCustomJwtClaims() { return {}; }"
                await engine.run(Run(tenant_id="one", script=script, input={}))
                print(engine.worker.pid, flush=True)
                loop = "function getCustomJwtClaims() { while (true) {} }"
                await engine.run(Run(tenant_id="one", script=loop, input={}))

            asyncio.run(main())
        """),
        encoding="utf-8",
    )
    with subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True) as parent:  # noqa: S603
        assert parent.stdout is not None
        lines = iter(parent.stdout.readline, "")
        child = int(next(line for line in lines if line.strip().isdecimal()))
        assert is_alive(child)
        parent.send_signal(how)
        parent.wait(timeout=10)
    deadline = time.monotonic() + 5
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    survived = is_alive(child)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    assert not survived


def test_frames_are_read_as_they_were_written_and_no_others() -> None:
    message = {"op": "run", "text": "é\ud800"}
    frame = pack(message)
    assert length_of(frame[:4]) == len(frame) - 4
    assert unpack(frame[4:]) == message
    for head, body in (
        (b"\xff\xff\xff\xff", b"{}"),
        (b"\0\0\0\2", b"[]"),
        (b"\0\0\0\2", b"{x"),
        (b"\0\0\0\1", b"[" * 200_000),
    ):
        with pytest.raises(BadFrame):
            unpack(body[: length_of(head)] if len(body) < 10 else body)


def test_two_tenants_with_one_script_have_two_keys() -> None:
    keys = {run_of(script, tenant=tenant).key for script in ("a", "b") for tenant in (ONE, OTHER)}
    assert len(keys) == 4
    assert json.dumps(sorted(keys)).isascii()


async def test_an_engine_that_closes_in_the_middle_of_a_run_starts_no_other_child(started: ScriptEngine) -> None:
    pid = pid_of(started)
    running = asyncio.create_task(started.run(run_of(SLEEPS)))
    await asyncio.sleep(0.1)
    await started.close()
    assert await running == Failed(message="the script engine cannot be started", name="EngineError")
    assert started.worker is None
    assert not is_alive(pid)


@pytest.mark.parametrize("program", ["/nowhere/python", "/bin/false"])
async def test_where_no_child_can_be_started_scripts_fail_at_once(
    new_engine: NewEngine, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    engine = new_engine()
    failed = Failed(message="the script engine cannot be started", name="EngineError")
    assert await engine.run(run_of(FINE)) == failed
    began = time.monotonic()
    assert await asyncio.gather(*(engine.run(run_of(FINE)) for _ in range(20))) == [failed] * 20
    assert time.monotonic() - began < 0.5


async def test_a_context_that_is_too_large_is_not_sent(started: ScriptEngine) -> None:
    pid = pid_of(started)
    outcome = await started.run(run_of(FINE, context={"user": "x" * 5_000_000}))
    assert outcome == Failed(message="the context is too large for a script", name="RangeError")
    assert isinstance(await started.run(run_of(FINE, context={"user": "x" * 3_000_000})), Claims)
    assert pid_of(started) == pid


async def test_a_child_serves_many_scripts_without_holding_on_to_them(started: ScriptEngine) -> None:
    pid = pid_of(started)
    for number in range(120):
        outcome = await started.run(run_of(function(f"return {{ number: {number} }}")))
        assert outcome == Claims(values={"number": number})
    assert pid_of(started) == pid
    assert threads_of(pid) < 60
