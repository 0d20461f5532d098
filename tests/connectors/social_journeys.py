"""People on their way through a provider: a tenant with the four connectors, the fakes on loopback, and browsers."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import cycle
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest
from tests.e2e.journeys import Client, Journey
from tests.support.factories import Factory
from tests.support.providers import providers_on_loopback
from tests.support.visitor import ORIGIN, Visitor

from sekisho.connectors.models import ConnectorId, FactoryId, NewConnector
from sekisho.devkit.providers.routing import PATH, provider_origins
from sekisho.kernel.clock import ManualClock
from sekisho.services import Runtime
from sekisho.sign_in.models import SignUp
from sekisho.users.models import User

KEYS = ("x", "kakao", "discord", "linkedin")
#: Those of the four that tell an address without being asked to.
WITH_EMAIL = ("kakao", "discord", "linkedin")
EMAIL = "hokusai@example.com"
KINDS = ("sqlite", "postgresql")
NOTHING = SignUp(identifiers=(), password=False, verify=False)
STATE = "a state of the page's own"


def each_over_one(keys: Sequence[str], *, kinds: Sequence[str] = KINDS) -> pytest.MarkDecorator:
    """Run a test with each provider over one kind of database, and over each kind with half of the providers.

    What a provider answers and what a database keeps do not know of each other. Over the other kind, a provider is met
    where `kinds` are given the other way round.
    """
    rows = list(zip(keys, cycle(kinds)))
    return pytest.mark.parametrize(("key", "db_url"), rows, indirect=["db_url"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """The tenant `default` with its connectors; `x-instance` is the connector of `x`, and so on."""

    make: Factory
    runtime: Runtime
    providers: httpx2.AsyncClient
    #: Where the providers are that have no addresses of their own.
    base: str

    async def settings(self, **changes: Any) -> None:
        async with self.make.services() as services:
            await services.sign_in.update(replace(await services.sign_in.read(), **changes))

    async def user_of(self, key: str, identity: str) -> User | None:
        async with self.make.services() as services:
            return await services.identities.find_owner(key, identity_id=identity)

    async def user(self, user_id: str) -> User:
        async with self.make.services() as services:
            return await services.users.get(user_id)  # type: ignore[arg-type] # an id from a token

    async def decide(self, address: str, **choices: str) -> dict[str, str]:
        """Decide at the provider, and return what comes back with the browser."""
        decision = {"account": "hokusai", "decision": "allow", **choices}
        answer = await self.providers.get(f"{address}&{urlencode(decision)}")
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    def cut_off(self) -> None:
        """Let nobody answer where the providers were."""
        self.runtime.stand_ins.update(provider_origins("http://127.0.0.1:9"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Traveller:
    """Somebody who goes by the API, as pages of a tenant's own would."""

    street: Street
    journey: Journey
    key: str

    async def api(self, method: str, path: str, json: Any = None) -> httpx2.Response:
        return await self.journey.api(method, path, json=json)

    async def go(self, **choices: str) -> tuple[str, dict[str, str]]:
        """Begin, go to the provider and decide there; returns the record and what came back."""
        await self.journey.begin("SignIn")
        return await self.go_again(**choices)

    async def go_again(self, **choices: str) -> tuple[str, dict[str, str]]:
        way = {"state": STATE, "redirectUri": callback_of(self.key)}
        sent = await self.api("POST", f"/verification/social/{self.key}-instance/authorization-uri", way)
        assert sent.status_code == 200, sent.text
        back = await self.street.decide(sent.json()["authorizationUri"], **choices)
        return sent.json()["verificationId"], back

    async def verify(self, record: str, back: Mapping[str, str], *, connector: str | None = None) -> httpx2.Response:
        """Hand on what came back, as a callback page does: all but the state, which it has compared."""
        data = {name: value for name, value in back.items() if name != "state"}
        body = {"verificationId": record, "connectorData": {**data, "redirectUri": callback_of(self.key)}}
        return await self.api("POST", f"/verification/social/{connector or f'{self.key}-instance'}/verify", body)

    async def prove(self, **choices: str) -> str:
        """Come back as somebody, and return the proof of it."""
        record, back = await self.go(**choices)
        verified = await self.verify(record, back)
        assert verified.status_code == 200, verified.text
        return record

    async def identify(self, record: str, **more: Any) -> httpx2.Response:
        return await self.api("POST", "/identification", {"verificationId": record, **more})

    async def register(self, record: str) -> User:
        """Found an account, and return its user as the tokens name it."""
        switched = await self.api("PUT", "/interaction-event", {"interactionEvent": "Register"})
        assert switched.status_code == 204, switched.text
        founded = await self.identify(record)
        assert founded.status_code == 201, founded.text
        return await self.arrive()

    async def arrive(self) -> User:
        tokens = await self.journey.finish()
        told = await self.journey.userinfo(tokens["access_token"])
        return await self.street.user(told.json()["sub"])


NewTraveller = Callable[[str], Traveller]


def callback_of(key: str) -> str:
    return f"{ORIGIN}/callback/{key}-instance"


@pytest.fixture
async def street(runtime: Runtime, make: Factory, clock: ManualClock) -> AsyncIterator[Street]:
    """Return a tenant where the four connectors are all it takes to sign up."""
    async with (
        providers_on_loopback(clock, slowness=timedelta(seconds=30)) as base,
        httpx2.AsyncClient(follow_redirects=False) as providers,
    ):
        runtime.stand_ins.update(provider_origins(base))
        street = Street(make=make, runtime=runtime, providers=providers, base=f"{base}{PATH}")
        async with make.services() as services:
            for key in KEYS:
                config = {"clientId": f"{key}-client", "clientSecret": f"{key}-secret-to-try-out"}
                new = NewConnector(
                    id=ConnectorId(f"{key}-instance"), factory_id=FactoryId(f"{key}-universal"), config=config
                )
                await services.connectors.create(new)
        await street.settings(sign_up=NOTHING, social_sign_in_connector_targets=KEYS)
        yield street


@pytest.fixture
async def new_traveller(street: Street, new_visitor: Callable[[], Visitor]) -> NewTraveller:
    client = Client.of(await street.make.spa())
    return lambda key: Traveller(street=street, journey=Journey(new_visitor(), client), key=key)
