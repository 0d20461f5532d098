"""Unmodified client libraries against real servers: what is needed to start either."""

import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.clients.node import NODE, PackagesMissing, install_packages
from tests.clients.parties import Party, Settings, running_party
from tests.clients.people import Person
from tests.clients.sites import BOOKS, READ, READER, WRITE, Served, Servers, Site, Sites
from tests.e2e.flask_apps import OUR_SDK, NotInstalled, published_sdk
from tests.e2e.network import Browser
from tests.support.databases import Databases
from tests.support.factories import MadeApplication

_PROGRAMS = Path(__file__).parent / "programs"

Command = Sequence[str | Path]
Open = Callable[..., AbstractAsyncContextManager[Party]]


def command_of(library: str) -> Command:
    """Return what starts its program. Without a registry the test is skipped, except in CI, where it fails."""
    command = _command_of(library)
    if not isinstance(command, str):
        return command
    if os.environ.get("CI"):
        pytest.fail(command)
    pytest.skip(command)


@cache
def _command_of(library: str) -> Command | str:
    """Fetch the library and return its command, or why there is none; asked once, for that may take a while."""
    try:
        match library:
            case "logto":
                return _python_program("logto_python", python=published_sdk(Path(os.environ["TEST_RUN_FOLDER"])))
            case "sekisho-sdk":
                return _python_program("logto_python")
            case "authlib":
                return _python_program("authlib_starlette")
            case "@logto/node":
                return _node_program("logto_node")
            case "openid-client":
                return _node_program("openid_client")
            case _:
                raise LookupError(library)
    except (NotInstalled, PackagesMissing) as error:
        return f"{library} could not be fetched: {error}"


def _python_program(name: str, *, python: Path = OUR_SDK) -> Command:
    return (python, "-m", f"tests.clients.programs.{name}")


def _node_program(name: str) -> Command:
    install_packages()
    return (NODE, _PROGRAMS / f"{name}.mjs")


@pytest.fixture(scope="session")
def servers(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The servers, shared by the tests of a worker: starting one takes longer than a test."""
    with ExitStack() as stack:
        yield Servers(stack, databases, folder=tmp_path_factory.mktemp("servers"))


@pytest.fixture(scope="session")
async def sites(servers: Servers) -> AsyncIterator[Sites]:  # noqa: ARG001 — they outlive what is opened beside them
    async with AsyncExitStack() as stack:
        yield Sites(stack)


@pytest.fixture
async def site(sites: Sites, served: Served) -> Site:
    """The server of this test; a module says with the fixture `served` which one that is."""
    return await sites.at(served)


@pytest.fixture
def open_party(tmp_path: Path) -> Open:
    """Starts an application: `open_party("openid-client", site, application)`."""

    def opened(
        library: str,
        site: Site,
        application: MadeApplication,
        *,
        authentication: str | None = None,
        scopes: Sequence[str] = ("email", READ, WRITE),
        **more: Any,
    ) -> AbstractAsyncContextManager[Party]:
        settings = Settings(
            endpoint=site.server.origin,
            client_id=application.id,
            client_secret=application.secret,
            authentication=authentication or ("client_secret_basic" if application.secret else "none"),
            scopes=scopes,
            resources=(BOOKS,),
            **more,
        )
        return running_party(command_of(library), settings=settings, folder=tmp_path)

    return opened


@pytest.fixture
async def hokusai(site: Site) -> AsyncIterator[Person]:
    """Somebody with an account, and a browser that has never been here."""
    made = await site.make.user(name="Katsushika Hokusai", roles=[READER])
    async with Browser(site.server.origin) as browser:
        yield Person(browser=browser, id=made.id, username=made.username, password=made.password)
