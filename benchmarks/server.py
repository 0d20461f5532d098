"""A server of our own for one benchmark: `sekisho start` in a temporary folder, on a private port, with one worker.

The environment is made, not inherited, so nothing a machine's owner has set changes a figure.
"""

import asyncio
import base64
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import processes
from benchmarks.connection import HOST, is_answering

_PORTS = range(3200, 3220)
_SEKISHO = Path(sys.executable).with_name("sekisho")
_READY_WITHIN = 60.0
_POLL_EVERY = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A database and the settings a server of ours runs with; it can be started more than once."""

    folder: Path
    environment: Mapping[str, str]

    @property
    def port(self) -> int:
        return int(self.environment["PORT"])

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self.port}"

    def command(self, *arguments: str) -> Any:
        """Run a command of the CLI beside the server and return what it prints, which is JSON."""
        command = [str(_SEKISHO), *arguments, "--json"]
        done = subprocess.run(
            command, cwd=self.folder, env=dict(self.environment), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server."""

    installation: Installation
    pid: int
    seconds_to_ready: float
    """From the start of the process to the first 200 of `/health/ready`."""

    @property
    def port(self) -> int:
        return self.installation.port

    def cpu_seconds(self) -> float:
        return processes.cpu_seconds(self.pid)

    def until_loaded(self) -> float:
        """Wait until the JSON APIs answer, which are loaded last of all, and return how many seconds that took."""
        began = time.perf_counter()
        if not asyncio.run(is_answering("/api/.well-known/sign-in-exp", port=self.port)):
            raise RuntimeError("the server is ready, and its APIs do not answer")
        return time.perf_counter() - began

    def megabytes(self) -> float:
        return processes.proportional_bytes(self.pid) / 1e6


def install(db_url: str, *, folder: Path) -> Installation:
    """Decide how a server over this database is started."""
    port = free_port()
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "PORT": str(port),
        "DB_URL": db_url,
        "WORKERS": "1",
        "SEKISHO_HOME": str(folder),
        "SECRET_VAULT_KEK": base64.b64encode(secrets.token_bytes(32)).decode(),
        "BREACH_CHECK": "false",  # a load calls nobody
    }
    return Installation(folder=folder, environment=environment)


@contextmanager
def serve(installation: Installation) -> Iterator[Server]:
    """Start a server, wait until it is ready, and stop it afterwards."""
    # Being told to end is like Ctrl-C: what was started is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    output = installation.folder / "server.log"
    with output.open("ab") as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            [_SEKISHO, "start"],
            cwd=installation.folder,
            env=dict(installation.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        try:
            ready = asyncio.run(until_ready(process, "/health/ready", port=installation.port))
        except (RuntimeError, TimeoutError) as error:
            raise RuntimeError(f"the server did not start:\n{output.read_text(errors='replace')}") from error
        yield Server(installation=installation, pid=process.pid, seconds_to_ready=ready - began)
    finally:
        _stop(process)


async def until_ready(process: subprocess.Popen[bytes], path: str, *, port: int) -> float:
    """Wait until the process answers a GET with 200, and return when that was."""
    async with asyncio.timeout(_READY_WITHIN):
        while not await is_answering(path, port=port):
            if process.poll() is not None:
                raise RuntimeError("the server ended before it was ready")
            await asyncio.sleep(_POLL_EVERY)
    return time.perf_counter()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
    # Its session is ours alone: whatever is left of it ends too.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)


def free_port() -> int:
    """Return a port that nobody listens on."""
    for port in _PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError(f"no free port from {_PORTS.start} to {_PORTS.stop - 1}")
