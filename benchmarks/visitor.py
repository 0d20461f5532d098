"""Somebody who signs in to an application over one connection: a browser as far as the protocol can tell."""

import json
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, urlencode, urlsplit

from benchmarks.accounts import PASSWORD, REDIRECT_URI, Client
from benchmarks.connection import Answer, Connection, request

# The pair of RFC 7636 appendix B.
_VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

Steps = dict[str, list[float]]


class Visitor:
    """Signs in again and again over one connection, each time as a browser without cookies."""

    def __init__(
        self,
        connection: Connection,
        *,
        port: int,
        client: Client,
        usernames: Sequence[str],
        resource: str | None = None,
    ) -> None:
        self._connection = connection
        self._port = port
        self._client = client
        self._usernames = usernames
        self._resource = resource
        self._done = 0
        self._cookies: dict[str, tuple[str, str]] = {}
        self.steps: Steps = defaultdict(list)

    async def sign_in(self) -> None:
        """Go the whole way once, and use the tokens as an application does."""
        tokens = await self.tokens()
        headers = {"authorization": f"Bearer {tokens['access_token']}"}
        await self._send("userinfo", request("GET", "/oidc/me", port=self._port, headers=headers), expected=200)
        refresh = self._client.token_request(
            port=self._port, grant_type="refresh_token", refresh_token=tokens["refresh_token"]
        )
        await self._send("refresh", refresh, expected=200)

    async def tokens(self) -> Mapping[str, str]:
        """Sign in, and return what the application gets for the code."""
        self._cookies.clear()
        username = self._usernames[self._done % len(self._usernames)]
        self._done += 1
        await self._visit("authorize", self._authorization(), expected=303)
        resume = await self._prove(username)
        answer = await self._visit("resume_login", resume, expected=303)
        answer = await self._visit("consent", _location(answer), expected=302)
        answer = await self._visit("resume_consent", _location(answer), expected=303)
        return await self._redeem(parse_qs(urlsplit(_location(answer)).query)["code"][0])

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
            **({} if self._resource is None else {"resource": self._resource}),
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

    async def _redeem(self, code: str) -> Mapping[str, str]:
        exchange = self._client.token_request(
            port=self._port,
            grant_type="authorization_code",
            code=code,
            redirect_uri=REDIRECT_URI,
            code_verifier=_VERIFIER,
        )
        tokens: Mapping[str, str] = json.loads((await self._send("token", exchange, expected=200)).body)
        return tokens

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


def _location(answer: Answer) -> str:
    return answer.headers("location")[0]
