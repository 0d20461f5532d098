"""Scripts under the real server: forked workers, each with a child of its own, and none left behind."""

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.support.servers import RunningServer

from sekisho.oidc.tokens import jwt

Start = Callable[..., RunningServer]
MANAGEMENT_API = "https://default.logto.app/api"
FORM = {"grant_type": "client_credentials", "resource": MANAGEMENT_API, "scope": "all"}


def machine_of(server: RunningServer) -> tuple[str, str]:
    """Register an application that may manage the server."""
    told = server.run("app", "create", "--name", "m", "--type", "MachineToMachine", "--management-api", "--json")
    made = httpx2.Response(200, text=told.stdout).json()
    return made["id"], made["secret"]


def token(server: RunningServer, machine: tuple[str, str]) -> str:
    answer = httpx2.post(f"{server.origin}/oidc/token", data=FORM, auth=machine, timeout=30)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def set_script(server: RunningServer, machine: tuple[str, str], script: str) -> None:
    answer = httpx2.put(
        f"{server.origin}/api/configs/jwt-customizer/client-credentials",
        json={"script": script},
        headers={"authorization": f"Bearer {token(server, machine)}"},
    )
    assert answer.status_code in {200, 201}, answer.text


def children(server: RunningServer) -> list[int]:
    """Return the processes that scripts run in."""
    return [pid for pid in server.processes() if b"claim_scripts" in command_of(pid)]


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


def plan_of(value: str) -> Any:
    return jwt.peek(value).get("plan")


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_every_worker_runs_scripts_and_none_outlives_the_server(start_server: Start, postgresql: str, how: str) -> None:
    server = start_server(postgresql, WORKERS="2")
    machine = machine_of(server)
    assert children(server) == []
    set_script(server, machine, "const getCustomJwtClaims = () => ({ plan: 'pro' })")

    with ThreadPoolExecutor(8) as pool:
        plans = list(pool.map(lambda _: plan_of(token(server, machine)), range(40)))

    assert plans == ["pro"] * 40
    started = children(server)
    assert 1 <= len(started) <= 2
    if how == "stop":
        assert server.stop() == 0
    else:
        os.kill(server.processes()[0], signal.SIGKILL)
    deadline = time.monotonic() + 5
    while any(map(command_of, started)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [pid for pid in started if command_of(pid)] == []


def test_a_looping_script_leaves_the_server_responsive(start_server: Start, db_url: str) -> None:
    server = start_server(db_url)
    machine = machine_of(server)
    manager = token(server, machine)
    set_script(server, machine, "function getCustomJwtClaims() { while (true) {} }")

    with ThreadPoolExecutor(6) as pool:
        looping = [pool.submit(token, server, machine) for _ in range(5)]
        time.sleep(1)
        began = time.monotonic()
        for _ in range(10):
            listed = httpx2.get(
                f"{server.origin}/api/users", headers={"authorization": f"Bearer {manager}"}, timeout=10
            )
            assert listed.status_code == 200
        assert time.monotonic() - began < 3
        assert [plan_of(each.result()) for each in looping] == [None] * 5
