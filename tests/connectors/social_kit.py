"""A social connector in its test: the fake providers behind the kit's port, and what was asked of them."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import msgspec
import pytest
from tests.support.providers import providers_over_asgi

from sekisho.connectors.kit.config import parse
from sekisho.connectors.kit.mail import Mail, MailServer
from sekisho.connectors.kit.social import AuthorizationRequest, RefreshesTokens, SocialConnector, SocialResult
from sekisho.connectors.kit.tools import PATIENCE, HttpAnswer, HttpFailed, Tools
from sekisho.devkit.providers.routing import provider_origins
from sekisho.kernel.clock import Clock, ManualClock
from sekisho.kernel.ids import RandomIds

ORIGIN = "http://localhost:3001"
REDIRECT_URI = "http://localhost:3001/callback/instance"
STATE = "some_state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request of a connector; the form in its order."""

    method: str
    url: str
    headers: Mapping[str, str]
    form: tuple[tuple[str, str], ...]
    patience: timedelta


@dataclass(slots=True)
class FakeHttp:
    """Leads to the fake providers whatever address of a real one is asked; `answers` go before them, by address."""

    browser: httpx2.AsyncClient
    sent: list[Sent] = field(default_factory=list)
    answers: dict[str, HttpAnswer | HttpFailed] = field(default_factory=dict)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        json: object = None,
        content: bytes | None = None,
        patience: timedelta = PATIENCE,
    ) -> HttpAnswer:
        assert (json, content) == (None, None), "OAuth sends forms"
        self.sent.append(
            Sent(method=method, url=url, headers=headers or {}, form=tuple((form or {}).items()), patience=patience)
        )
        prepared = self.answers.get(url.partition("?")[0])
        if isinstance(prepared, HttpFailed):
            raise prepared
        if prepared is not None:
            return prepared
        answer = await self.browser.request(method, real(url), headers=dict(headers or {}), data=dict(form or {}))
        return HttpAnswer(status=answer.status_code, headers=dict(answer.headers), body=answer.content)


class NoMail:
    async def send(self, mail: Mail, *, server: MailServer) -> None:  # noqa: ARG002 — the port's
        raise AssertionError("a social connector sends no mail")


@dataclass(slots=True)
class KeptSession:
    """What a connector put into its session."""

    values: Mapping[str, Any] = field(default_factory=dict)

    async def set(self, values: Mapping[str, Any], /) -> None:
        self.values = dict(values)

    async def get(self) -> Mapping[str, Any]:
        return self.values


@dataclass(slots=True, kw_only=True)
class Trial:
    """One connector with a configuration, and somebody who signs in with it."""

    connector: SocialConnector
    config: dict[str, Any]
    http: FakeHttp
    clock: Clock
    session: KeptSession = field(default_factory=KeptSession)

    @property
    def tools(self) -> Tools:
        return Tools(http=self.http, mail=NoMail(), clock=self.clock, ids=RandomIds())

    async def way_out(self, *, scope: str | None = None) -> str:
        request = AuthorizationRequest(
            state=STATE,
            redirect_uri=REDIRECT_URI,
            connector_id="instance",
            connector_factory_id=self.connector.manifest.id,
            scope=scope,
        )
        return await self.connector.authorization_uri(
            request, config=self._config(), session=self.session, tools=self.tools
        )

    async def at_the_provider(
        self, *, account: str = "hokusai", decision: str = "allow", **more: str
    ) -> dict[str, str]:
        """Go out, decide there, and return what the provider sends back, as the callback page hands it on."""
        url = real(await self.way_out())
        separator = "&" if urlsplit(url).query else "?"
        choices = urlencode({"account": account, "decision": decision, **more})
        answer = await self.http.browser.get(f"{url}{separator}{choices}")
        assert answer.status_code == 302, answer.text
        back = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
        assert back.pop("state") == STATE
        return {**back, "redirectUri": REDIRECT_URI}

    async def come_back(self, callback: Mapping[str, Any]) -> SocialResult:
        return await self.connector.user(callback, config=self._config(), session=self.session, tools=self.tools)

    async def sign_in(self, **choices: str) -> SocialResult:
        return await self.come_back(await self.at_the_provider(**choices))

    async def refresh(self, refresh_token: str) -> Any:
        assert isinstance(self.connector, RefreshesTokens)
        return await self.connector.refresh(refresh_token, config=self._config(), tools=self.tools)

    def _config(self) -> Any:
        return parse(self.connector.config, self.config)


def real(url: str) -> str:
    """Return where the fake of an address is."""
    for origin, fake in provider_origins(ORIGIN).items():
        if url.startswith(origin + "/"):
            return fake + url.removeprefix(origin)
    return url


NewTrial = Callable[..., Trial]


@pytest.fixture
async def new_trial(clock: ManualClock) -> AsyncIterator[NewTrial]:
    """Return what tries a connector with a configuration."""
    async with providers_over_asgi(clock) as browser:

        def tried(connector: SocialConnector, **config: Any) -> Trial:
            return Trial(connector=connector, config=config, http=FakeHttp(browser), clock=clock)

        yield tried


def answer(status: int, document: Any) -> HttpAnswer:
    """Return what a server says, as JSON; a text is said as it is."""
    body = document.encode() if isinstance(document, str) else msgspec.json.encode(document)
    return HttpAnswer(status=status, headers={}, body=body)
