"""Real server processes: what no test inside one process can show (signals, crashes, several workers, a real port)."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.databases import VAULT_KEY

SEKISHO = Path(sys.executable).with_name("sekisho")
_READY_SECONDS = 60


class RunningServer:
    """`sekisho start` (or `dev`) with its worker processes."""

    def __init__(self, command: str, *, folder: Path, environment: Mapping[str, str]) -> None:
        self.port = int(environment["PORT"])
        self.origin = f"http://localhost:{self.port}"
        self.environment = dict(environment)
        self._log = folder / f"server-{self.port}.log"
        self._command = command
        self._folder = folder
        self._process = self._spawn()

    @property
    def log(self) -> str:
        """What the server has printed so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def await_ready(self) -> None:
        """Wait until the server answers on every port it was given, or fail with its log."""
        deadline = time.monotonic() + _READY_SECONDS
        ports = {self.environment[name] for name in ("PORT", "ADMIN_PORT") if name in self.environment}
        while ports := {port for port in ports if not answers(f"http://localhost:{port}/health/ready")}:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start:\n{self.log}")
            time.sleep(0.05)

    def processes(self) -> list[int]:
        """Return the process ids of the server and all its descendants."""
        found, unseen = [], [self._process.pid]
        while unseen:
            found.append(unseen.pop())
            unseen += [int(child) for task in _tasks(found[-1]) for child in _read(task / "children").split()]
        return found

    def kill(self) -> None:
        """Kill every process at once, as a power cut does."""
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(timeout=10)

    def terminate(self) -> None:
        """Ask the server to end."""
        self._process.terminate()

    def stop(self) -> int:
        """Ask the server to end, and return its exit status."""
        self.terminate()
        return self._process.wait(timeout=30)

    def restart(self) -> None:
        """Start again after `kill` or `stop`, over the same database."""
        self._process = self._spawn()
        self.await_ready()

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command of the CLI beside the server."""
        return run_command(*arguments, folder=self._folder, environment=self.environment, stdin=stdin)

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 — our own words
                [SEKISHO, self._command], cwd=self._folder, env=self.environment, stdout=log, stderr=log
            )


@contextmanager
def running_server(
    folder: Path, *, db_url: str | None, command: str = "start", **settings: str
) -> Iterator[RunningServer]:
    """Start a server on a free port and stop it afterwards. Without `db_url` it makes a database in `folder`."""
    environment = {**bare_environment(), "PORT": str(free_port()), "BREACH_CHECK": "false", **settings}
    if db_url is not None:
        environment |= {"DB_URL": db_url, "SECRET_VAULT_KEK": VAULT_KEY}
    server = RunningServer(command, folder=folder, environment=environment)
    try:
        server.await_ready()
        yield server
    finally:
        server.kill()


def run_command(
    *arguments: str, folder: Path, environment: Mapping[str, str], stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    command = [str(SEKISHO), *arguments]
    return subprocess.run(  # noqa: S603 — our own words
        command, cwd=folder, env=dict(environment), input=stdin, capture_output=True, text=True, check=False, timeout=60
    )


def bare_environment() -> dict[str, str]:
    """Return what a program needs of the environment, and nothing the machine's owner has set for Sekisho."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    """Say whether a server is there; asked often, so by what costs next to nothing."""
    address = urlsplit(url)
    connection = HTTPConnection(address.netloc, timeout=5)
    try:
        connection.request("GET", address.path or "/")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _tasks(pid: int) -> list[Path]:
    with suppress(OSError):
        return list(Path(f"/proc/{pid}/task").iterdir())
    return []


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""
