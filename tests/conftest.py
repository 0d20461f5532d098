"""Fixtures every test may ask for: databases of both kinds, the application, a visitor, real servers, a browser.

Nothing a machine's owner has set reaches a test: settings come from the test alone, and only loopback can be called.
"""

import gc
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.chromium import BROWSER_PATIENCE, CHROMIUM_ARGUMENTS, find_chromium
from tests.support.databases import START, Databases, settings_for
from tests.support.memory import memory
from tests.support.servers import RunningServer, running_server
from tests.support.visitor import Visitor

from sekisho.db.database import Database
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import RandomIds
from sekisho.settings import Settings, variables

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page
    from tests.connectors_for_tests.outbox import Outbox
    from tests.support.factories import Factory

    from sekisho.app import Application
    from sekisho.services import Runtime

CONNECTORS_FOR_TESTS = Path(__file__).with_name("connectors_for_tests")
_RUN_FOLDER = "TEST_RUN_FOLDER"
_RUN_OWNER = "TEST_RUN_OWNER"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "postgresql: needs a real PostgreSQL")
    config.addinivalue_line("markers", "pure: needs nothing but this process")
    config.option.anyio_mode = "auto"  # every test that is a coroutine is run as one
    sys.path.append(str(CONNECTORS_FOR_TESTS))  # where an installer would have put what announces them
    for name in variables():
        os.environ.pop(name, None)
    gc.disable()  # until all is collected: what is imported and listed stays, and looking through it takes a third more
    if not hasattr(config, "workerinput"):
        folder = tempfile.mkdtemp(prefix="sekisho-tests-", dir=memory())
        os.environ |= {_RUN_FOLDER: folder, _RUN_OWNER: str(os.getpid())}
        config.option.basetemp = f"{folder}/tests"


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        # The database server's keeper notices, and stops it.
        shutil.rmtree(os.environ.pop(_RUN_FOLDER), ignore_errors=True)


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs more than this process; what needs nothing else is pure, and what `make check` runs."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        kinds = getattr(getattr(item, "callspec", None), "params", {})
        if "postgresql" in {kinds.get("db_url"), kinds.get("empty_db_url"), *fixtures}:
            item.add_marker(pytest.mark.postgresql)
        if fixtures & {"browser", "page"}:
            item.add_marker(pytest.mark.browser)
        if "start_server" in fixtures:
            item.add_marker(pytest.mark.server)
        is_marked = any(item.get_closest_marker(name) for name in ("browser", "programs", "reference", "server"))
        if not is_marked and "databases" not in fixtures:
            item.add_marker(pytest.mark.pure)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse to call anything but this machine."""
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not ip_address(address[0]).is_loopback:
            raise RuntimeError(f"a test tried to reach {address}")
        connect(self, address)

    def guarded_resolve(host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in {None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0"}:  # noqa: S104 — a name, not a binding
            raise socket.gaierror(socket.EAI_NONAME, f"a test tried to look up {name}")
        return resolve(host, *arguments, **options)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_resolve)


@pytest.fixture(autouse=True)
def _pure_means_pure(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse other programs to a test that is said to need none, so that `make check` stays what it is."""
    if not request.node.get_closest_marker("pure"):
        return

    def refuse(self: subprocess.Popen[bytes], *command: Any, **options: Any) -> None:  # noqa: ARG001 — its signature
        raise RuntimeError("a test that starts a program is marked `programs`")

    monkeypatch.setattr(subprocess.Popen, "__init__", refuse)


@pytest.fixture(scope="session")
def databases(worker_id: str) -> Iterator[Databases]:
    databases = Databases(Path(os.environ[_RUN_FOLDER]), worker=worker_id, owner=int(os.environ[_RUN_OWNER]))
    yield databases
    databases.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def db_url(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database with both tenants; the test runs once on each kind."""
    fresh = databases.sqlite(tmp_path) if request.param == "sqlite" else databases.postgresql()
    with fresh as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_db_url(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """The URL of a database nobody has opened before."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    with databases.empty_postgresql() as url:
        yield url


@pytest.fixture
def postgresql(databases: Databases) -> Iterator[str]:
    """The URL of a PostgreSQL database with nothing in it, for what only PostgreSQL does."""
    with databases.empty_postgresql() as url:
        yield url


@pytest.fixture
def clock() -> ManualClock:
    """A clock that the test moves."""
    return ManualClock(START)


@pytest.fixture
def ids() -> RandomIds:
    return RandomIds()


@pytest.fixture
def settings(db_url: str) -> Settings:
    return settings_for(db_url)


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., RunningServer]]:
    """Start real server processes: `start_server(db_url, command="start", WORKERS="2")`; all end with the test."""
    with ExitStack() as running:

        def start(db_url: str | None, *, command: str = "start", **settings: str) -> RunningServer:
            return running.enter_context(running_server(tmp_path, db_url=db_url, command=command, **settings))

        yield start


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """A fresh database, opened."""
    database = Database(settings.db_url, pool_size=settings.database_pool_size)
    yield database
    await database.close()


@pytest.fixture
async def app(settings: Settings, clock: ManualClock, ids: RandomIds) -> "AsyncIterator[Application]":
    """The whole application over a fresh database, at the test's time."""
    from sekisho.app import create_app  # noqa: PLC0415 — tests of one part need not load the others

    app = create_app(settings, clock=clock, ids=ids)
    await app.start()
    yield app
    await app.stop()


@pytest.fixture
def runtime(app: "Application") -> "Runtime":
    """What the application's requests share; tests reach services and stores through it."""
    return app.runtime


@pytest.fixture
def outbox() -> "Iterator[Outbox]":
    """What the connectors for tests were asked to send, in this test."""
    from tests.connectors_for_tests.outbox import OUTBOX  # noqa: PLC0415 — see above

    OUTBOX.empty()
    yield OUTBOX
    OUTBOX.empty()


@pytest.fixture
def make(runtime: "Runtime") -> "Factory":
    """Makes users, applications, APIs and roles of the tenant `default`; `make.in_tenant("admin")` in another."""
    from tests.support.factories import Factory  # noqa: PLC0415 — see above

    return Factory(runtime)


@pytest.fixture
async def visitor(app: "Application", clock: ManualClock) -> AsyncIterator[Visitor]:
    """A browser at the application's own origin."""
    async with Visitor(app, clock=clock) as visitor:
        yield visitor


@pytest.fixture
def new_visitor(app: "Application", clock: ManualClock) -> Callable[[], Visitor]:
    """Another browser, with cookies of its own."""
    return lambda: Visitor(app, clock=clock)


@pytest.fixture(scope="session")
async def browser() -> "AsyncIterator[Browser]":
    """Headless Chromium, one for the session. Without one the test is skipped, except in CI, where it fails."""
    from playwright.async_api import async_playwright  # noqa: PLC0415 — few tests need it

    program = find_chromium()
    if program is None:
        report = pytest.fail if os.environ.get("CI") else pytest.skip
        report("no Chromium: install the package `chromium`, or set CHROMIUM to its path")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
async def page(request: pytest.FixtureRequest, browser: "Browser") -> "AsyncIterator[Page]":
    """An empty page of a fresh profile; the test runs once with JavaScript and once without."""
    context = await browser.new_context(java_script_enabled=request.param)
    context.set_default_timeout(BROWSER_PATIENCE)
    yield await context.new_page()
    await context.close()
