"""Start-up and memory are budgets: what is heavy is loaded where it is used, and what has to be there is named here."""

import json
import subprocess
import sys
import time
from collections.abc import Callable

import httpx2
import pytest
from benchmarks import processes
from tests.support.servers import RunningServer

MEGABYTE = 1_000_000
IDLE_AT_MOST = 120 * MEGABYTE

# What a server needs before it answers.
AT_START = {
    "annotated_types",
    "anyio",
    "babel",
    "bcrypt",
    "cryptography",
    "dotenv",
    "click",
    "greenlet",
    "httptools",
    "joserfc",
    "markupsafe",
    "msgspec",
    "pydantic",
    "pydantic_core",
    "pydantic_settings",
    "python_multipart",
    "sqlalchemy",
    "starlette",
    "structlog",
    "typing_extensions",
    "typing_inspection",
    "uvicorn",
    "uvloop",
}
# What pages and the JSON APIs need besides: loaded when the server answers already.
AFTERWARDS = {"annotated_doc", "fastapi", "jinja2", "opentelemetry", "phonenumbers"}
# Parts of those packages that nothing needs.
NEVER = {"sqlalchemy.orm", "sqlalchemy.ext.asyncio", "sekisho.devkit"}

_LOADED = """
import json, sys
sys.modules["rich"] = None  # as `sekisho.cli.launch` does
import sekisho.cli.serving
del sys.modules["rich"]
from sekisho.app import create_app
from sekisho.settings import Settings
app = create_app(Settings())
at_start = sorted(sys.modules)
app.load()
print(json.dumps([at_start, sorted(sys.modules)]))
"""


def _loaded() -> tuple[set[str], set[str]]:
    """Return the modules of a server when it begins to answer, and when it has loaded everything."""
    command = [sys.executable, "-c", _LOADED]
    printed = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 — our own words
    at_start, in_the_end = json.loads(printed.stdout)
    return set(at_start), set(in_the_end)


def _packages(modules: set[str]) -> set[str]:
    """Return the packages of others; names with an underscore are their compiled parts."""
    roots = {name.partition(".")[0] for name in modules}
    return {root for root in roots - sys.stdlib_module_names - {"sekisho", "cython_runtime"} if root[0] != "_"}


@pytest.mark.programs
def test_a_server_loads_only_what_it_needs_and_pages_and_apis_last() -> None:
    at_start, in_the_end = _loaded()

    assert _packages(at_start) - AT_START == set(), "loaded by every start: import it where it is used"
    assert _packages(in_the_end) - AT_START - AFTERWARDS == set(), "loaded by every server: import it where it is used"
    assert {name for name in in_the_end if name.startswith(tuple(NEVER))} == set()
    assert {name for name in at_start if name.startswith(("sekisho.api", "sekisho.console", "sekisho.hosted"))} == set()


@pytest.mark.programs
def test_the_budget_names_nothing_that_is_gone() -> None:
    at_start, in_the_end = _loaded()

    assert AT_START - _packages(at_start) == set()
    assert AFTERWARDS - _packages(in_the_end) == set()


def test_an_idle_server_is_small(start_server: Callable[..., RunningServer]) -> None:
    server = start_server(None)
    server.stop()
    server.restart()  # the first start also made the database
    assert httpx2.get(f"{server.origin}/api/status", timeout=30).is_success
    time.sleep(1)

    used = processes.proportional_bytes(server.processes()[0])

    assert used < IDLE_AT_MOST, f"{used // MEGABYTE} MB; benchmarks/memory.py measures it in full"
