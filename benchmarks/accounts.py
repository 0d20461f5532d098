"""Who a load acts as: an application for the Management API, an application that signs users in, and its users.

All of it is made through the doors an operator has: the CLI beside the running server, and the Management API.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from benchmarks.connection import Connection, request
from benchmarks.server import Installation

REDIRECT_URI = "http://localhost:3299/callback"
PASSWORD = "Long-enough-4-a-load"  # noqa: S105 — of users who live for a minute
MANAGEMENT_API = "https://default.logto.app/api"
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An application; those that run in a browser have no secret."""

    id: str
    secret: str | None

    def post(self, path: str, *, port: int, **form: str) -> bytes:
        """Return a request of the application, authenticated by `client_secret_basic` if it has a secret."""
        headers = {"content-type": _FORM}
        if self.secret is None:
            form["client_id"] = self.id
        else:
            headers["authorization"] = "Basic " + base64.b64encode(f"{self.id}:{self.secret}".encode()).decode()
        return request("POST", path, port=port, headers=headers, body=urlencode(form).encode())

    def token_request(self, *, port: int, **form: str) -> bytes:
        """Return a request to the token endpoint."""
        return self.post("/oidc/token", port=port, **form)

    def management_token_request(self, *, port: int) -> bytes:
        """Return the request for a token of the Management API."""
        return self.token_request(port=port, grant_type="client_credentials", resource=MANAGEMENT_API, scope="all")


def add_service(installation: Installation) -> Client:
    """Create an application that may use the Management API."""
    made = installation.command("app", "create", "--type", "MachineToMachine", "--name", "Load", "--management-api")
    return Client(id=made["id"], secret=made["secret"])


def add_web_application(installation: Installation) -> Client:
    """Create an application that signs users in, and can keep a secret."""
    return _add_application(installation, type_="Traditional")


def add_browser_application(installation: Installation) -> Client:
    """Create an application that signs users in, and runs in their browsers."""
    return _add_application(installation, type_="SPA")


def _add_application(installation: Installation, *, type_: str) -> Client:
    made = installation.command("app", "create", "--type", type_, "--name", "Signs in", "--redirect-uri", REDIRECT_URI)
    return Client(id=made["id"], secret=made["secret"])


class ManagementApi:
    """The Management API over one connection."""

    def __init__(self, connection: Connection, *, port: int, token: str) -> None:
        self._connection = connection
        self._port = port
        self.headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}

    @classmethod
    async def open(cls, service: Client, *, port: int) -> Self:
        connection = await Connection.open(port=port)
        answer = await connection.exchange(service.management_token_request(port=port))
        return cls(connection, port=port, token=json.loads(answer.body)["access_token"])

    def close(self) -> None:
        self._connection.close()

    async def add_users(self, count: int) -> Sequence[str]:
        """Create users who sign in with `PASSWORD`, and return their usernames."""
        usernames = [f"visitor_{number}" for number in range(count)]
        for username in usernames:
            await self._post("/api/users", {"username": username, "password": PASSWORD})
        return usernames

    async def _post(self, path: str, body: Any) -> None:
        prepared = request("POST", path, port=self._port, headers=self.headers, body=json.dumps(body).encode())
        answer = await self._connection.exchange(prepared)
        if answer.status not in {200, 201}:
            raise RuntimeError(f"POST {path}: {answer.status} {answer.body.decode(errors='replace')}")
