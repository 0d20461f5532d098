"""Plays a recording against our application: each recorded request, with our values in the places of the recorded ones.

Cookies travel as in a browser, and only where the recorded client sent any; which of them it sent is compared too.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, urlencode, urlsplit

from tests.replay.comparing import Finding, compare
from tests.replay.cookies import names_in
from tests.replay.learner import Learner
from tests.replay.recordings import Answer, Exchange, Recording, Request
from tests.support.visitor import Jar

RECORDED_BASE = "http://localhost:3001"


class Send(Protocol):
    """Sends one request and does not follow redirects."""

    async def __call__(self, method: str, url: str, *, headers: Mapping[str, str], content: str) -> Answer: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One difference of one replay."""

    recording: str
    exchange: Exchange
    finding: Finding

    def __str__(self) -> str:
        return f"{self.recording} [{self.exchange.index}] {self.exchange.note}: {self.finding}"


class Player:
    """Replays against the application at `base`; `tick` lets time pass before each request."""

    def __init__(self, *, send: Send, base: str, jar: Jar, tick: Callable[[], None]) -> None:
        self.learner = Learner()
        self.learner.name(RECORDED_BASE, base)
        self.learner.name(quote(RECORDED_BASE, safe=""), quote(base, safe=""))
        self._send = send
        self._tick = tick
        self._jar = jar

    async def play(self, recording: Recording, exchanges: Iterable[Exchange]) -> Sequence[Mismatch]:
        """Replay some of a recording's exchanges, and return every difference."""
        mismatches: list[Mismatch] = []
        for exchange in exchanges:
            found = [*self._cookie_names(exchange.request)]
            ours = await self._exchange(exchange.request)
            found += compare(recording, exchange.answer, ours, learner=self.learner)
            mismatches += [Mismatch(recording=recording.name, exchange=exchange, finding=each) for each in found]
        return mismatches

    async def _exchange(self, request: Request) -> Answer:
        self._tick()
        url, headers = self.learner.text(request.url), dict(request.headers)
        if "cookie" not in headers and urlsplit(url).path == "/oidc/auth":
            # Somebody else, or somewhere else: the recorded browser was a fresh one.
            self._jar.clear()
        if "cookie" in headers:
            headers["cookie"] = self._jar.header(url)
        if "authorization" in headers:
            headers["authorization"] = self.learner.authorization(headers["authorization"])
        answer = await self._send(request.method, url, headers=headers, content=self._content(request))
        self._jar.take(answer.all("set-cookie"), url=url)
        return answer

    def _content(self, request: Request) -> str:
        content_type = request.headers.get("content-type", "")
        if request.body is None or not content_type:
            return ""
        body = self.learner.json(request.body)
        is_form = content_type.startswith("application/x-www-form-urlencoded")
        return urlencode(body, doseq=True) if is_form else json.dumps(body)

    def _cookie_names(self, request: Request) -> Iterable[Finding]:
        recorded = names_in(request.headers.get("cookie", ""))
        if not recorded:
            return
        ours = names_in(self._jar.header(self.learner.text(request.url)))
        if sorted(recorded) != sorted(ours):
            yield Finding("request cookies", ", ".join(recorded), ", ".join(ours))
