"""What the provider's endpoints do per second: one worker, PostgreSQL, 16 connections, each with a user of its own.

`…_rate` is how often, `…_cpu` the server's processor time for one; `signature_rate` and `signature_cpu` are one bare
P-384 signature on the same machine, measured in turns with the loads. A token for an API costs one signature and an ID
token another, so: client credentials one, a refresh one and with a resource two, userinfo and introspection none.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop

from benchmarks.accounts import (
    MANAGEMENT_API,
    Client,
    ManagementApi,
    add_browser_application,
    add_service,
    add_web_application,
)
from benchmarks.connection import Connection, request
from benchmarks.databases import Kind, empty_database
from benchmarks.figures import median, show
from benchmarks.load import Work, repeat
from benchmarks.server import Installation, Server, install, serve
from benchmarks.signatures import Speed, sign
from benchmarks.visitor import Visitor

_CONNECTIONS = 16
_ROUNDS = 3
_WARM_UP = 1.0
_SECONDS = 2.0

Tokens = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Who asks: a service, two applications, and what each application got for its users, one per connection."""

    port: int
    service: Client
    web: Client
    browser: Client
    of_web: Sequence[Tokens]
    of_browser: Sequence[Tokens]

    def client_credentials(self, connection: Connection, _: int) -> Work:
        """A token for the Management API."""
        return _repeated(connection, self.service.management_token_request(port=self.port))

    def refresh_opaque(self, connection: Connection, number: int) -> Work:
        """An opaque access token and an ID token; an application with a secret keeps its refresh token."""
        return _repeated(connection, self._refresh(self.of_web[number]["refresh_token"]))

    def refresh_resource(self, connection: Connection, number: int) -> Work:
        """An access token for an API and an ID token."""
        return _repeated(connection, self._refresh(self.of_web[number]["refresh_token"], resource=MANAGEMENT_API))

    def refresh_rotating(self, connection: Connection, number: int) -> Work:
        """An opaque access token, an ID token and the next refresh token, as applications in browsers get."""
        current = self.of_browser[number]["refresh_token"]

        async def work() -> None:
            nonlocal current
            form = {"grant_type": "refresh_token", "refresh_token": current}
            body = await _expect_ok(connection, self.browser.token_request(port=self.port, **form))
            current = json.loads(body)["refresh_token"]

        return work

    def userinfo(self, connection: Connection, number: int) -> Work:
        headers = {"authorization": f"Bearer {self.of_web[number]['access_token']}"}
        return _repeated(connection, request("GET", "/oidc/me", port=self.port, headers=headers))

    def introspection(self, connection: Connection, number: int) -> Work:
        token = self.of_web[number]["access_token"]
        return _repeated(connection, self.web.post("/oidc/token/introspection", port=self.port, token=token))

    def _refresh(self, refresh_token: str, **more: str) -> bytes:
        return self.web.token_request(port=self.port, grant_type="refresh_token", refresh_token=refresh_token, **more)


_LOADS = (
    Parties.client_credentials,
    Parties.refresh_opaque,
    Parties.refresh_resource,
    Parties.refresh_rotating,
    Parties.userinfo,
    Parties.introspection,
)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="sekisho-bench-") as name:
        folder = Path(name)
        with empty_database(Kind.POSTGRESQL, folder=folder) as db_url:
            _measure(install(db_url, folder=folder))


def _measure(installation: Installation) -> None:
    with serve(installation) as server:
        service, web = add_service(installation), add_web_application(installation)
        browser = add_browser_application(installation)
        speeds = uvloop.run(_speeds(server, service=service, web=web, browser=browser))
    for name, each in speeds.items():
        unit = "signatures/s" if name == "signature" else "requests/s"
        show(f"{name}_rate", median([speed.per_second for speed in each]), unit)
        show(f"{name}_cpu", median([speed.cpu_milliseconds for speed in each]), "ms")


async def _speeds(server: Server, *, service: Client, web: Client, browser: Client) -> Mapping[str, Sequence[Speed]]:
    """Measure everything in turns, so that whatever else the machine does meets all alike."""
    connections = [await Connection.open(port=server.port) for _ in range(_CONNECTIONS)]
    usernames = await _add_users(service, port=server.port)
    parties = Parties(
        port=server.port,
        service=service,
        web=web,
        browser=browser,
        of_web=await _sign_in(connections, usernames, client=web, port=server.port),
        of_browser=await _sign_in(connections, usernames, client=browser, port=server.port),
    )
    loads = {
        load.__name__: [load(parties, connection, number) for number, connection in enumerate(connections)]
        for load in _LOADS
    }
    for workers in loads.values():
        await repeat(workers, seconds=_WARM_UP)
    speeds: dict[str, list[Speed]] = {name: [] for name in ("signature", *loads)}
    for _ in range(_ROUNDS):
        speeds["signature"].append(sign())
        for name, workers in loads.items():
            speeds[name].append(await _speed(server, workers))
    for connection in connections:
        connection.close()
    return speeds


async def _speed(server: Server, workers: Sequence[Work]) -> Speed:
    cpu = server.cpu_seconds()
    load = await repeat(workers, seconds=_SECONDS)
    return Speed(per_second=load.rate, per_cpu_second=load.count / (server.cpu_seconds() - cpu))


async def _add_users(service: Client, *, port: int) -> Sequence[str]:
    api = await ManagementApi.open(service, port=port)
    usernames = await api.add_users(_CONNECTIONS)
    api.close()
    return usernames


async def _sign_in(
    connections: Sequence[Connection], usernames: Sequence[str], *, client: Client, port: int
) -> Sequence[Tokens]:
    """Sign every user in to an application, each over a connection of its own."""
    visitors = [
        Visitor(connection, port=port, client=client, usernames=[username], resource=MANAGEMENT_API)
        for connection, username in zip(connections, usernames, strict=True)
    ]
    return [await visitor.tokens() for visitor in visitors]


def _repeated(connection: Connection, prepared: bytes) -> Work:
    async def work() -> None:
        await _expect_ok(connection, prepared)

    return work


async def _expect_ok(connection: Connection, prepared: bytes) -> bytes:
    answer = await connection.exchange(prepared)
    if answer.status != 200:  # noqa: PLR2004
        raise RuntimeError(f"{answer.status}: {answer.body.decode(errors='replace')}")
    return answer.body


if __name__ == "__main__":
    main()
