"""A running server for all tests of a worker, and what its operator has set up: an API and a role that may read it."""

from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import httpx2
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.e2e.journeys import MANAGE
from tests.support.databases import Databases, settings_for
from tests.support.factories import Factory, MadeApplication
from tests.support.servers import RunningServer, running_server

from sekisho.app import open_runtime
from sekisho.kernel.clock import SystemClock
from sekisho.kernel.ids import RandomIds

Kind: TypeAlias = Literal["sqlite", "postgresql"]
Type: TypeAlias = Literal["traditional", "spa", "native"]

BOOKS = "https://books.example.com"
READ, WRITE = "read:books", "write:books"
READER = "Reader"

CALLBACK = "http://localhost:4230/callback"
LEFT = "http://localhost:4230/left"
"""Where visitors come back to. Nobody listens there: what they bring is handed to the application by the test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One server over one database; every test has users and applications of its own on it."""

    server: RunningServer
    make: Factory

    @property
    def issuer(self) -> str:
        return f"{self.server.origin}/oidc"

    async def register(self, type_: Type, **more: Any) -> MadeApplication:
        """Register an application that people come back to."""
        register = {"traditional": self.make.traditional, "spa": self.make.spa, "native": self.make.native}[type_]
        return await register(redirect_uris=(CALLBACK,), post_logout_redirect_uris=(LEFT,), **more)

    async def manage(self, method: str, path: str, **body: Any) -> Any:
        """Call the Management API as an application that may, and return what it answers."""
        machine = await self.make.machine(may_manage=True)
        async with httpx2.AsyncClient(base_url=self.server.origin, timeout=30) as client:
            granted = await client.post("/oidc/token", data=MANAGE, auth=machine.credentials)
            token = granted.json()["access_token"]
            answer = await client.request(method, path, json=body, headers={"authorization": f"Bearer {token}"})
        assert answer.is_success, answer.text
        return answer.json() if answer.headers.get("content-type", "").startswith("application/json") else None

    def accepted_by_api(self, token: str, *, audience: str = BOOKS) -> dict[str, Any]:
        """Check an access token as an API does that trusts this issuer (RFC 9068 §4), and return its claims."""
        keys = KeySet.import_key_set(httpx2.get(f"{self.issuer}/jwks").json())
        decoded = jwt.decode(token, keys, algorithms=["ES384"])
        assert decoded.header["typ"] == "at+jwt"
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
        ).validate(decoded.claims)
        return decoded.claims


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A database with a server over it."""

    db_url: str
    server: RunningServer


class Servers:
    """The servers of one worker; each is started when it is first asked for."""

    def __init__(self, stack: ExitStack, databases: Databases, *, folder: Path) -> None:
        self._stack = stack
        self._databases = databases
        self._folder = folder
        self._started: dict[str, Served] = {}

    def on(self, kind: Kind, *, purpose: str = "everything") -> Served:
        """Return the server over a database of this kind; those who change what others rely on name a purpose."""
        name = f"{kind} for {purpose}"
        if name not in self._started:
            self._started[name] = self._start(kind, folder=self._folder / name)
        return self._started[name]

    def _start(self, kind: Kind, *, folder: Path) -> Served:
        folder.mkdir()
        fresh = self._databases.sqlite(folder) if kind == "sqlite" else self._databases.postgresql()
        db_url = self._stack.enter_context(fresh)
        return Served(db_url=db_url, server=self._stack.enter_context(running_server(folder, db_url=db_url)))


class Sites:
    """What stands on those servers, set up when it is first asked for."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._ready: dict[str, Site] = {}

    async def at(self, served: Served) -> Site:
        if served.db_url not in self._ready:
            runtime = await open_runtime(settings_for(served.db_url), clock=SystemClock(), ids=RandomIds())
            self._stack.push_async_callback(runtime.close)
            make = Factory(runtime)
            books = await make.api(indicator=BOOKS, scopes=[READ, WRITE])
            await make.role(name=READER, scopes=[books.scopes[READ]])
            self._ready[served.db_url] = Site(server=served.server, make=make)
        return self._ready[served.db_url]
