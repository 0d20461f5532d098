"""Whole sign-ins, eight at once, one worker, on both databases: from the first redirect to a refresh.

authorize → Experience API (start, password, identify, submit) → resume → consent → resume → code → token → userinfo →
refresh: eleven requests, one password hash, and everything written that a sign-in writes. `sign_in_rate_postgresql` is
the figure to watch (aim: 45/s); `sign_in_<step>_p50_…` says where a visitor's time goes while eight are at it.
"""

import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import uvloop

from benchmarks.accounts import PASSWORD, REDIRECT_URI, Client, ManagementApi, add_service, add_web_application
from benchmarks.connection import Answer, Connection, request
from benchmarks.databases import Kind, empty_database
from benchmarks.figures import median, show
from benchmarks.load import Load, repeat
from benchmarks.server import Installation, Server, install, serve

_AT_ONCE = 8
_USERS = 16
_WARM_UP = 2.0
_SECONDS = 10.0
# The pair of RFC 7636 appendix B.
_VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

Steps = dict[str, list[float]]


class Visitor:
    """Signs in again and again over one connection, each time as a browser without cookies."""

    def __init__(self, connection: Connection, *, port: int, client: Client, usernames: Sequence[str]) -> None:
        self._connection = connection
        self._port = port
        self._client = client
        self._usernames = usernames
        self._done = 0
        self._cookies: dict[str, tuple[str, str]] = {}
        self.steps: Steps = defaultdict(list)

    async def sign_in(self) -> None:
        """Go the whole way once."""
        self._cookies.clear()
        username = self._usernames[self._done % len(self._usernames)]
        self._done += 1
        await self._visit("authorize", self._authorization(), expected=303)
        resume = await self._prove(username)
        answer = await self._visit("resume_login", resume, expected=303)
        answer = await self._visit("consent", _location(answer), expected=302)
        answer = await self._visit("resume_consent", _location(answer), expected=303)
        await self._use(parse_qs(urlsplit(_location(answer)).query)["code"][0])

    def _authorization(self) -> str:
        parameters = {
            "client_id": self._client.id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": "openid offline_access profile",
            "prompt": "consent",
            "state": "load",
            "code_challenge": _CHALLENGE,
            "code_challenge_method": "S256",
        }
        return f"/oidc/auth?{urlencode(parameters)}"

    async def _prove(self, username: str) -> str:
        """Sign in with a password through the Experience API, and return where to go on."""
        api = "/api/experience"
        identifier = {"type": "username", "value": username}
        await self._call("start", "PUT", api, {"interactionEvent": "SignIn"}, expected=204)
        proof = await self._call(
            "password", "POST", f"{api}/verification/password", {"identifier": identifier, "password": PASSWORD}
        )
        await self._call("identify", "POST", f"{api}/identification", json.loads(proof.body), expected=204)
        return str(json.loads((await self._call("submit", "POST", f"{api}/submit")).body)["redirectTo"])

    async def _use(self, code: str) -> None:
        """Do what the application does with a code."""
        exchange = self._client.token_request(
            port=self._port,
            grant_type="authorization_code",
            code=code,
            redirect_uri=REDIRECT_URI,
            code_verifier=_VERIFIER,
        )
        tokens = json.loads((await self._send("token", exchange, expected=200)).body)
        headers = {"authorization": f"Bearer {tokens['access_token']}"}
        await self._send("userinfo", request("GET", "/oidc/me", port=self._port, headers=headers), expected=200)
        refresh = self._client.token_request(
            port=self._port, grant_type="refresh_token", refresh_token=tokens["refresh_token"]
        )
        await self._send("refresh", refresh, expected=200)

    async def _visit(self, step: str, url: str, *, expected: int) -> Answer:
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        headers = {"cookie": self._cookies_for(parts.path), "accept": "text/html"}
        return await self._send(step, request("GET", path, port=self._port, headers=headers), expected=expected)

    async def _call(
        self, step: str, method: str, path: str, body: Mapping[str, object] | None = None, *, expected: int = 200
    ) -> Answer:
        headers = {"cookie": self._cookies_for(path), "content-type": "application/json"}
        encoded = b"" if body is None else json.dumps(body).encode()
        prepared = request(method, path, port=self._port, headers=headers, body=encoded)
        return await self._send(step, prepared, expected=expected)

    async def _send(self, step: str, prepared: bytes, *, expected: int) -> Answer:
        start = time.perf_counter()
        answer = await self._connection.exchange(prepared)
        self.steps[step].append(time.perf_counter() - start)
        if answer.status != expected:
            raise RuntimeError(f"{step}: {answer.status} {answer.body.decode(errors='replace')}")
        for line in answer.headers("set-cookie"):
            self._take(line)
        return answer

    def _take(self, line: str) -> None:
        pair, *attributes = line.split(";")
        name, _, value = pair.partition("=")
        paths = [each.partition("=")[2] for each in attributes if each.strip().lower().startswith("path=")]
        self._cookies[name] = (value, paths[0] if paths else "/")

    def _cookies_for(self, path: str) -> str:
        fitting = (f"{name}={value}" for name, (value, where) in self._cookies.items() if path.startswith(where))
        return "; ".join(fitting)


def main() -> None:
    for kind in (Kind.POSTGRESQL, Kind.SQLITE):
        with tempfile.TemporaryDirectory(prefix="sekisho-bench-") as name:
            folder = Path(name)
            with empty_database(kind, folder=folder) as db_url:
                _measure(install(db_url, folder=folder), kind=kind)


def _measure(installation: Installation, *, kind: Kind) -> None:
    with serve(installation) as server:
        service, client = add_service(installation), add_web_application(installation)
        load, steps, cpu_seconds = uvloop.run(_load(server, service=service, client=client))
    show(f"sign_in_rate_{kind}", load.rate, "flows/s")
    show(f"sign_in_p50_{kind}", load.milliseconds(0.5), "ms")
    show(f"sign_in_p95_{kind}", load.milliseconds(0.95), "ms")
    show(f"sign_in_cpu_{kind}", cpu_seconds / load.count * 1000, "ms/flow")
    for step, seconds in steps.items():
        show(f"sign_in_{step}_p50_{kind}", median(seconds) * 1000, "ms")


async def _load(server: Server, *, service: Client, client: Client) -> tuple[Load, Steps, float]:
    api = await ManagementApi.open(service, port=server.port)
    usernames = await api.add_users(_USERS)
    api.close()
    connections = [await Connection.open(port=server.port) for _ in range(_AT_ONCE)]
    visitors = [
        # Each signs in users of its own, as people do.
        Visitor(connection, port=server.port, client=client, usernames=usernames[number::_AT_ONCE])
        for number, connection in enumerate(connections)
    ]
    await repeat([visitor.sign_in for visitor in visitors], seconds=_WARM_UP)
    for visitor in visitors:
        visitor.steps.clear()
    cpu = server.cpu_seconds()
    load = await repeat([visitor.sign_in for visitor in visitors], seconds=_SECONDS)
    cpu = server.cpu_seconds() - cpu
    for connection in connections:
        connection.close()
    steps = {step: [each for visitor in visitors for each in visitor.steps[step]] for step in visitors[0].steps}
    return load, steps, cpu


def _location(answer: Answer) -> str:
    return answer.headers("location")[0]


if __name__ == "__main__":
    main()
