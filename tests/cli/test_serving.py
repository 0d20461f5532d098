import json
import os
import re
import signal
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import httpx2
import pytest
from tests.support.databases import VAULT_KEY
from tests.support.servers import RunningServer, bare_environment, free_port, run_command

Start = Callable[..., RunningServer]
MANAGEMENT_API = "https://default.logto.app/api"


def _token(server: RunningServer, application: dict[str, str]) -> httpx2.Response:
    form = {"grant_type": "client_credentials", "resource": MANAGEMENT_API, "scope": "all"}
    credentials = (application["id"], application["secret"])
    return httpx2.post(f"{server.origin}/oidc/token", data=form, auth=credentials, timeout=10)


def _await(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def _is_gone(pid: int) -> bool:
    try:
        return "Z" in Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return True


def test_what_the_command_line_does_is_seen_by_the_server_at_once(start_server: Start, db_url: str) -> None:
    server = start_server(db_url)
    assert _token(server, {"id": "nobody", "secret": "nothing"}).json()["error"] == "invalid_client"

    created = server.run("app", "create", "--type", "MachineToMachine", "--name", "Bot", "--management-api", "--json")
    answer = _token(server, json.loads(created.stdout))

    assert answer.status_code == 200, answer.text
    bearer = {"authorization": f"Bearer {answer.json()['access_token']}"}
    users = httpx2.get(f"{server.origin}/api/users", headers=bearer)
    assert users.status_code == 200


def test_several_workers_serve_one_postgresql(start_server: Start, postgresql: str) -> None:
    server = start_server(postgresql, WORKERS="2")

    assert len(server.processes()) == 3


def test_sqlite_is_served_by_one_process(start_server: Start) -> None:
    assert len(start_server(None, WORKERS="4").processes()) == 1


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_stopped_server_ends_well_and_leaves_nobody_behind(
    start_server: Start, postgresql: str, workers: str
) -> None:
    server = start_server(postgresql, WORKERS=workers)
    processes = server.processes()

    assert server.stop() == 0

    assert all(_is_gone(pid) for pid in processes)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_request_under_way_is_answered_before_the_server_ends(
    start_server: Start, postgresql: str, workers: str
) -> None:
    server = start_server(postgresql, WORKERS=workers)
    body = b"grant_type=client_credentials"
    with socket.create_connection(("localhost", server.port), timeout=10) as connection:
        connection.sendall(
            b"POST /oidc/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body[:5])
        )
        time.sleep(0.2)
        server.terminate()
        time.sleep(0.2)
        connection.sendall(body[5:])

        assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")

    assert server.stop() == 0


def test_hundreds_of_idle_connections_lock_nobody_out(start_server: Start) -> None:
    server = start_server(None)
    with ExitStack() as idle:
        for _ in range(300):
            connection = idle.enter_context(socket.create_connection(("localhost", server.port), timeout=10))
            connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")

        assert httpx2.get(f"{server.origin}/health/ready", timeout=10).status_code == 200


def test_an_api_may_be_asked_while_it_is_loaded(start_server: Start) -> None:
    server = start_server(None)

    assert httpx2.get(f"{server.origin}/api/swagger.json", timeout=10).status_code == 200


def test_workers_end_when_their_parent_is_killed_and_the_port_is_free_again(
    start_server: Start, postgresql: str
) -> None:
    server = start_server(postgresql, WORKERS="2")
    parent, *workers = server.processes()

    os.kill(parent, signal.SIGKILL)
    _await(lambda: all(_is_gone(worker) for worker in workers))

    server.kill()
    server.restart()
    assert httpx2.get(f"{server.origin}/health/live").status_code == 200


def test_a_worker_that_dies_is_replaced(start_server: Start, postgresql: str) -> None:
    server = start_server(postgresql, WORKERS="2")
    _, worker, _ = server.processes()

    os.kill(worker, signal.SIGKILL)

    _await(lambda: len(server.processes()) == 3 and worker not in server.processes())
    server.await_ready()


def test_a_worker_that_is_stopped_as_it_starts_is_replaced(start_server: Start, postgresql: str) -> None:
    server = start_server(postgresql, WORKERS="2")
    before = server.processes()
    os.kill(before[1], signal.SIGKILL)
    while not (new := set(server.processes()) - set(before)):
        pass  # for a thousandth of a second it has not left the handlers of its parent behind

    os.kill(min(new), signal.SIGTERM)

    _await(lambda: len(server.processes()) == 3 and not new & set(server.processes()))
    server.await_ready()


async def test_workers_come_back_with_their_database(start_server: Start, postgresql: str) -> None:
    server = start_server(postgresql, WORKERS="2")
    maintenance, _, name = postgresql.rpartition("/")
    database = await asyncpg.connect(f"{maintenance}/postgres")
    try:
        await database.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        for worker in server.processes()[1:]:
            os.kill(worker, signal.SIGKILL)
        _await(lambda: "worker cannot serve" in server.log)
        await database.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    finally:
        await database.close()

    _await(lambda: len(server.processes()) == 3)
    server.await_ready()
    assert "Traceback" not in server.log


def test_a_request_that_does_not_end_is_no_reason_for_a_traceback(start_server: Start) -> None:
    server = start_server(None)
    with socket.create_connection(("localhost", server.port), timeout=10) as connection:
        connection.sendall(
            b"POST /oidc/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: 30\r\n\r\ngrant_type"
        )
        time.sleep(0.2)

        assert server.stop() == 0

    assert "Cancel 1 running task" in server.log
    assert "Traceback" not in server.log


def test_what_was_acknowledged_survives_a_power_cut(start_server: Start) -> None:
    server = start_server(None)
    created = server.run("app", "create", "--type", "MachineToMachine", "--name", "Bot", "--management-api", "--json")
    application = json.loads(created.stdout)

    server.kill()
    server.restart()

    assert _token(server, application).status_code == 200


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_second_port_is_served_only_when_it_is_asked_for(start_server: Start, postgresql: str, workers: str) -> None:
    port = free_port()
    server = start_server(postgresql, ADMIN_PORT=str(port), WORKERS=workers)

    discovery = httpx2.get(f"http://localhost:{port}/oidc/.well-known/openid-configuration").json()

    assert discovery["issuer"] == f"http://localhost:{port}/oidc"
    assert httpx2.get(f"{server.origin}/t/admin/oidc/.well-known/openid-configuration").status_code == 404
    assert server.stop() == 0


def test_development_needs_nothing_and_says_where_to_go(start_server: Start, tmp_path: Path) -> None:
    server = start_server(None, command="dev")

    assert (tmp_path / "sekisho.db").exists()
    assert re.search(rf"{server.origin}/console/welcome\?token=[\w-]{{43}}", server.log)
    assert f"{server.origin}/demo-app" in server.log


def test_production_has_nothing_of_development_whatever_the_environment_says(start_server: Start) -> None:
    server = start_server(None, SEKISHO_DEVELOPMENT="true")
    for path in ("/dev/inbox", "/dev/providers", "/demo-app"):
        assert httpx2.get(server.origin + path, timeout=10).status_code == 404


def test_the_first_administrators_link_is_printed_while_there_is_none(start_server: Start) -> None:
    server = start_server(None)
    assert "/console/welcome?token=" in server.log
    made = server.run(
        "user", "create", "--tenant", "admin", "--username", "root", "--role", "default:admin", stdin="secret\n"
    )
    assert made.returncode == 0, made.stderr

    server.stop()
    before = len(server.log)
    server.restart()

    assert "/console/welcome" not in server.log[before:]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"DB_URL": "postgresql://127.0.0.1:9/none"}, "cannot be reached"),
        ({"PORT": "no"}, "PORT: "),
        ({"SEKISHO_PORT": "1"}, "SEKISHO_PORT: there is no such setting"),
    ],
)
@pytest.mark.server
def test_a_start_that_cannot_succeed_says_why(tmp_path: Path, settings: dict[str, str], told: str) -> None:
    environment = {**bare_environment(), "SECRET_VAULT_KEK": VAULT_KEY, "PORT": str(free_port()), **settings}

    ended = run_command("start", folder=tmp_path, environment=environment)

    assert ended.returncode == 1
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.server
@pytest.mark.parametrize("setting", ["PORT", "ADMIN_PORT"])
def test_a_port_that_somebody_shares_is_refused(tmp_path: Path, setting: str) -> None:
    # As a server of ours does: without a word from us, requests would go now to one and now to the other.
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = str(other.getsockname()[1])
        environment = {**bare_environment(), "PORT": str(free_port()), setting: taken}

        ended = run_command("start", folder=tmp_path, environment=environment)

    assert ended.returncode == 1
    assert f"port {taken} cannot be listened on (Address already in use)" in ended.stderr
    assert not (tmp_path / "sekisho.db").exists()


@pytest.mark.server
def test_production_on_postgresql_needs_the_key_of_its_secrets(tmp_path: Path, postgresql: str) -> None:
    environment = {**bare_environment(), "DB_URL": postgresql, "PORT": str(free_port())}

    ended = run_command("start", folder=tmp_path, environment=environment)

    assert ended.returncode == 1
    assert "SECRET_VAULT_KEK is not set" in ended.stderr
