"""What replays stand on: the application, the player, and what recordings presuppose but do not contain.

Prepared through the recorded API calls where there are any, else through the services.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.connectors_for_tests.outbox import OUTBOX, Sent
from tests.replay.accepted import verdict
from tests.replay.player import Mismatch, Player
from tests.replay.recordings import Answer, Exchange, Recording, answer, load
from tests.support.visitor import ORIGIN, Jar

from sekisho.applications.models import (
    ApplicationType,
    CustomClientMetadata,
    NewApplication,
    OidcClientMetadata,
)
from sekisho.connectors.models import FactoryId, NewConnector
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import UserId
from sekisho.kernel.secret import Secret
from sekisho.roles.models import MANAGEMENT_API_ROLE, RoleType
from sekisho.services import Runtime, Services
from sekisho.sign_in.models import Mfa, Switch
from sekisho.tenants.models import DEFAULT_TENANT
from sekisho.tenants.urls import urls_of
from sekisho.users.models import Identifier, IdentifierType, NewUser

# Ids and secrets that occur in recordings, of things that were there before.
_MACHINE = ("zfx65f5zj3dj3f79yg2rh", "6jh0yLYA3bnuiqfXOgouCj4BDZftARy9")
_REGISTERING_APPLICATION = "u15mwz0b4jeldeyvmn3kt"
_DEVICE_APPLICATION = "nqr61n4euv4s3z7artk4z"
_EXCHANGER = ("sz1cbvoly4d8uydm7qrj0", "Ry7F1su7yZhsH5uLG7oU0TMjkqaeFsV8")
_IMPERSONATED = "mo5xmqgnzvmx"
_SOCIAL_CONNECTOR = "cgm6n8mwdv7j"
_RELATED = Identifier(type=IdentifierType.USERNAME, value="fp_d77f74")
_GUEST = ("nzii5rdh25m9lxszo7fb5", "xtfDpI7bY1sMYBXm1OaPhxJwzK6DJaYD")
_GUEST_PASSWORD = "Fresh-pass-Word-22"
_FORGOTTEN_PASSWORD = "Old-pass-Word-11"
_CALLER = "opvn59itnu1q"
_ORDERS_API = "https://orders.example.com09a3"
_ORDERS_SCOPES = ("read:orders", "write:orders")
_BETWEEN_REQUESTS = timedelta(milliseconds=10)
_OK = 200


class Stage:
    """One tenant with one browser, on which recordings are played."""

    def __init__(self, *, runtime: Runtime, client: httpx2.AsyncClient, clock: ManualClock, folder: Path) -> None:
        self._runtime = runtime
        self._client = client
        self._folder = folder
        self._player = Player(
            send=self._send, base=ORIGIN, jar=Jar(clock), tick=lambda: clock.advance(_BETWEEN_REQUESTS)
        )

    def recording(self, name: str) -> Recording:
        return load(name, folder=self._folder)

    async def replay(self, recording: Recording, *, notes: Collection[str] | None = None) -> None:
        """Replay a recording, whole or the exchanges named; any difference that nobody accepted fails the test."""
        exchanges = recording.exchanges if notes is None else recording.select(notes)
        lines = verdict(recording.name, await self._play(recording, exchanges))
        if lines:
            pytest.fail("\n".join(lines), pytrace=False)

    async def prepare(self, name: str, *notes: str) -> None:
        """Replay what a later recording builds on; here only the statuses have to be right."""
        recording = self.recording(name)
        for mismatch in await self._play(recording, recording.select(notes)):
            if mismatch.finding.where == "status":
                pytest.fail(f"preparation failed: {mismatch}", pytrace=False)

    def compare_message(self, recorded: Mapping[str, Any], sent: Sent) -> None:
        """Fail unless a connector was asked to send what was recorded, in the order of the wire."""
        assert asdict(sent) == {name: self._player.learner.json(recorded[name]) for name in asdict(sent)}
        assert list(sent.payload) == list(recorded["payload"])

    async def _play(self, recording: Recording, exchanges: Iterable[Exchange]) -> Sequence[Mismatch]:
        mismatches: list[Mismatch] = []
        for exchange in exchanges:
            self._learn_code(exchange)
            mismatches += await self._player.play(recording, [exchange])
        return mismatches

    def _learn_code(self, exchange: Exchange) -> None:
        """Take the code of the last message for the one that was right in the recording: no answer brings codes."""
        is_right = exchange.answer.status == _OK and exchange.request.url.endswith("/verification-code/verify")
        if is_right:
            self._player.learner.name(exchange.request.body["code"], OUTBOX.last.code)

    async def prepare_machine(self) -> None:
        """Make the application that manages the tenant."""
        async with self._services() as services:
            made = await services.applications.create(
                NewApplication(name="automation", type=ApplicationType.MACHINE_TO_MACHINE)
            )
            await services.roles.assign_to_application(made.application.id, [MANAGEMENT_API_ROLE])
        self._player.learner.name(_MACHINE[0], made.application.id)
        self._player.learner.name(_MACHINE[1], made.secrets[0].value.reveal())

    async def prepare_management(self) -> None:
        """Make the application that manages the tenant, and get the token that recordings call with."""
        await self.prepare_machine()
        await self.prepare("09", "m2m management token")
        (exchange,) = self.recording("09").select(["m2m management token"])
        token = self._player.learner.text(exchange.answer.body["access_token"])
        self._player.learner.name("<management-token>", token)

    async def prepare_orders_api(self) -> None:
        """Make the API that recordings ask for, with its scopes; nobody holds them yet."""
        async with self._services() as services:
            api = await services.resources.create(name="Orders", indicator=_ORDERS_API)
            for name in _ORDERS_SCOPES:
                await services.resources.add_scope(api.id, name=name)

    async def prepare_clerk(self) -> None:
        """Give the recorded user the role and the custom data he has in recording 06."""
        user_id = UserId(self._player.learner.text(_CALLER))
        async with self._services() as services:
            api = await services.resources.find_by_indicator(_ORDERS_API)
            assert api is not None
            scope_ids = [scope.id for scope in api.scopes]
            await services.roles.create(
                name="Clerk 2954", description="Handles orders.", type_=RoleType.USER, scope_ids=scope_ids
            )
            await services.roles.assign(user_id, ["Clerk 2954"])
            await services.users.update(user_id, {"custom_data": {"plan": "pro", "seat": 3}})

    async def prepare_registration(self) -> None:
        """Make the application somebody registers at, and the user whose name is taken."""
        callback = OidcClientMetadata(redirect_uris=("https://app.example.com/callback",), post_logout_redirect_uris=())
        async with self._services() as services:
            made = await services.applications.create(
                NewApplication(name="rec2", type=ApplicationType.SPA, oidc_client_metadata=callback)
            )
            await services.users.create(NewUser(username="fp_d77f74"))
        self._player.learner.name(_REGISTERING_APPLICATION, made.application.id)

    async def prepare_provider(self) -> None:
        """Make the social connector, and the user who has the address of one who comes by it."""
        async with self._services() as services:
            made = await services.connectors.create(
                NewConnector(
                    factory_id=FactoryId("mock-social-connector"),
                    config={"clientId": "client", "clientSecret": "secret"},
                    sync_profile=True,
                )
            )
            related = await services.users.find_by_identifier(_RELATED)
            assert related is not None
            await services.users.update(related.id, {"primary_email": "fp_d77f74@example.com"})
        self._player.learner.name(_SOCIAL_CONNECTOR, made.id)
        self._player.learner.name(_IMPERSONATED, related.id)

    async def prepare_messages(self) -> None:
        """Make the connectors of recording 12 and, as it was before, set the ways to sign in of recording 13."""
        await self.prepare("12", "create e-mail connector", "create SMS connector", "create social connector")
        async with self._services() as services:
            before = await services.sign_in.read()
            await services.sign_in.update(
                replace(before, mfa=Mfa(factors=(), policy="NoPrompt"), adaptive_mfa=Switch(enabled=False))
            )
        await self.prepare("13", "full settings again")

    async def prepare_forgetful(self) -> None:
        """Give the user of recording 16 the address and the password he has there."""
        kept = await self._runtime.hasher.hash(Secret(_FORGOTTEN_PASSWORD))
        async with self._services() as services:
            user = await services.users.find_by_identifier(_RELATED)
            assert user is not None
            await services.users.update(
                user.id,
                {
                    "primary_email": "fp_d77f74@example.com",
                    "password_encrypted": kept.encoded,
                    "password_encryption_method": kept.method,
                },
            )

    async def prepare_device(self) -> None:
        """Make the application that runs on a device."""
        async with self._services() as services:
            made = await services.applications.create(
                NewApplication(
                    name="tv",
                    type=ApplicationType.NATIVE,
                    custom_client_metadata=CustomClientMetadata(is_device_flow=True),
                )
            )
        self._player.learner.name(_DEVICE_APPLICATION, made.application.id)

    async def prepare_exchange(self) -> None:
        """Make the application that exchanges tokens, and the user it does that for."""
        async with self._services() as services:
            made = await services.applications.create(
                NewApplication(
                    name="Exchanger",
                    type=ApplicationType.TRADITIONAL,
                    oidc_client_metadata=OidcClientMetadata(
                        redirect_uris=("https://app.example.com/callback",), post_logout_redirect_uris=()
                    ),
                    custom_client_metadata=CustomClientMetadata(allow_token_exchange=True),
                )
            )
            user = await services.users.create(NewUser(username="fp_d77f74"))
        self._player.learner.name(_EXCHANGER[0], made.application.id)
        self._player.learner.name(_EXCHANGER[1], made.secrets[0].value.reveal())
        self._player.learner.name(_IMPERSONATED, user.id)

    async def prepare_guest(self) -> None:
        """Make the third-party application that asks for consent, and the user it asks."""
        kept = await self._runtime.hasher.hash(Secret(_GUEST_PASSWORD))
        async with self._services() as services:
            made = await services.applications.create(
                NewApplication(
                    name="third",
                    type=ApplicationType.TRADITIONAL,
                    oidc_client_metadata=OidcClientMetadata(
                        redirect_uris=("https://app.example.com/callback",), post_logout_redirect_uris=()
                    ),
                    is_third_party=True,
                )
            )
            user = await services.users.create(
                NewUser(
                    username="fp_d77f74",
                    primary_email="fp_d77f74@example.com",
                    name="Soc",
                    password_encrypted=kept.encoded,
                    password_encryption_method=kept.method,
                )
            )
        self._player.learner.name(_GUEST[0], made.application.id)
        self._player.learner.name(_GUEST[1], made.secrets[0].value.reveal())
        self._player.learner.name(_IMPERSONATED, user.id)

    @asynccontextmanager
    async def _services(self) -> AsyncIterator[Services]:
        urls = urls_of(DEFAULT_TENANT, origin=ORIGIN, public=self._runtime.public_urls)
        async with self._runtime.database.unit_of_work() as uow:
            yield self._runtime.services(urls=urls, uow=uow)

    async def _send(self, method: str, url: str, *, headers: Mapping[str, str], content: str) -> Answer:
        response = await self._client.request(method, url, headers=dict(headers), content=content)
        return answer(status=response.status_code, headers=response.headers.multi_items(), text=response.text)
