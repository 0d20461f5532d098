"""Browsers and applications at a real server."""

import json
from typing import Any

import httpx2
from tests.e2e.journeys import Client
from tests.support.factories import REDIRECT_URI
from tests.support.servers import RunningServer
from tests.support.visitor import Jar

from sekisho.kernel.clock import SystemClock


class Browser(httpx2.AsyncClient):
    """A browser without a screen at a real server; follows no redirect and keeps its cookies as browsers do."""

    def __init__(self, origin: str) -> None:
        self.jar = Jar(SystemClock())
        super().__init__(base_url=origin, timeout=30, event_hooks={"request": [self._send], "response": [self._take]})

    async def _send(self, request: httpx2.Request) -> None:
        header = self.jar.header(str(request.url))
        if header and request.headers.get("cookie") != "":
            request.headers["cookie"] = header

    async def _take(self, response: httpx2.Response) -> None:
        self.jar.take(response.headers.get_list("set-cookie"), url=str(response.request.url))
        # The client has a jar of its own, which judges by other rules.
        self.cookies.clear()


def register_application(server: RunningServer, *, type_: str = "SPA", redirect_uri: str = REDIRECT_URI) -> Client:
    """Register an application with the command line beside the server."""
    more = ["--redirect-uri", redirect_uri] if type_ != "MachineToMachine" else ["--management-api"]
    made = json_of(server, "app", "create", "--type", type_, "--name", "Shop", *more)
    return Client(id=made["id"], secret=made["secret"], redirect_uri=redirect_uri)


def json_of(server: RunningServer, *arguments: str) -> Any:
    """Run a command beside the server and read what it prints."""
    done = server.run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
