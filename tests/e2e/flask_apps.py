"""The example application as a process of its own: with the SDK of this repository, or with the one on PyPI."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from tests.support.postgres import locked
from tests.support.servers import answers, bare_environment, free_port

OUR_SDK = Path(sys.executable)
"""The interpreter of the environment the tests run in, which has Flask and our SDK."""

_APPLICATION = Path(__file__).parents[2] / "examples/flask-app/app.py"
_PUBLISHED = ("flask[async]>=3.1,<4", "logto==0.2.1")
_INSTALL_SECONDS = 180
_READY_SECONDS = 30


class NotInstalled(Exception):
    """What is published could not be fetched; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookstore:
    """The application before it runs: it must be registered first, under its own address."""

    port: int

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @contextmanager
    def running(self, *, python: Path, folder: Path, **settings: str) -> Iterator[None]:
        """Serve it with an interpreter, and so with the SDK that interpreter has, until the end of the block."""
        command = [str(python), "-m", "flask", "--app", str(_APPLICATION), "run", "--port", str(self.port)]
        environment = {**bare_environment(), "BASE_URL": self.url, **settings}
        log = folder / f"bookstore-{self.port}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 — our own words
                command, cwd=folder, env=environment, stdout=output, stderr=output
            )
        try:
            self._await_ready(process, log=log)
            yield
        finally:
            process.kill()
            process.wait(timeout=10)

    def _await_ready(self, process: subprocess.Popen[bytes], *, log: Path) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not answers(self.url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the bookstore did not start:\n{log.read_text(encoding='utf-8')}")
            time.sleep(0.05)


def new_bookstore() -> Bookstore:
    """Return one on a port that is free now."""
    return Bookstore(port=free_port())


def published_sdk(folder: Path) -> Path:
    """Return an interpreter with Flask and `logto` as published; made once for all who share the folder."""
    home = folder / "published-sdk"
    python, made = home / "bin/python", home / "made"
    with locked(folder / "published-sdk.lock"):
        if not made.exists():
            _install(home, python)
            made.touch()
    return python


def _install(home: Path, python: Path) -> None:
    if uv := which(os.environ.get("UV", "uv")):
        _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(home))
        _run(uv, "pip", "install", "--quiet", "--python", str(python), *_PUBLISHED)
    else:
        _run(sys.executable, "-m", "venv", "--clear", str(home))
        _run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *_PUBLISHED)


def _run(*command: str) -> None:
    # With the whole environment: which index to ask is set there.
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_INSTALL_SECONDS)  # noqa: S603
    except subprocess.CalledProcessError as error:
        raise NotInstalled(error.stderr.strip()) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalled(str(error)) from error
