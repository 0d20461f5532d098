"""A tenant with its services, and interactions as the provider would have started them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from tests.support.factories import hashed

from sekisho.app import open_runtime
from sekisho.experience.flow import Flow
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import RandomIds, TenantId
from sekisho.kernel.secret import Secret
from sekisho.oidc.models import Interaction, Prompt
from sekisho.passwords.errors import PasswordsBusy
from sekisho.passwords.hasher import PasswordHasher
from sekisho.passwords.models import PasswordHash
from sekisho.services import Runtime, Services
from sekisho.settings import Settings
from sekisho.sign_in.models import SignInExperience
from sekisho.tenants.urls import urls_of
from sekisho.users.models import NewUser, User

ORIGIN = "http://localhost:3001"
PASSWORD = "Corr3ct-horse-9"


class CountingHasher(PasswordHasher):
    """Counts what is expensive: one hash, whether it compares or only takes as long."""

    def __init__(self) -> None:
        super().__init__()
        self.hashes = 0
        self.is_busy = False

    async def verify(self, password: Secret, kept: PasswordHash) -> bool:
        if self.is_busy:
            raise PasswordsBusy
        self.hashes += 1
        return await super().verify(password, kept)

    async def dummy(self) -> None:
        self.hashes += 1
        await super().dummy()


@dataclass(frozen=True)
class House:
    """The installation, as tests reach into it."""

    runtime: Runtime
    hasher: CountingHasher
    clock: ManualClock
    ids: RandomIds

    @asynccontextmanager
    async def services(self, tenant: str = "default") -> AsyncIterator[Services]:
        """Services over one unit of work, committed at the end: what a request has."""
        urls = urls_of(TenantId(tenant), origin=ORIGIN, public=self.runtime.public_urls)
        await self.runtime.cache.revalidate()
        async with self.runtime.database.unit_of_work() as uow:
            yield self.runtime.services(urls=urls, uow=uow)

    @asynccontextmanager
    async def flow(self, uid: str, *, tenant: str = "default", token: str | None = None) -> AsyncIterator[Flow]:
        async with self.services(tenant) as services:
            interaction = await services.interactions.find(uid)
            assert interaction is not None
            yield Flow(desk=services.experience, interaction=interaction, first_admin_token=token)

    async def begin_interaction(self, *, tenant: str = "default", result: dict[str, Any] | None = None) -> str:
        uid, now = self.ids.token(), self.clock.now()
        async with self.services(tenant) as services:
            await services.interactions.add(
                Interaction(
                    uid=uid,
                    client_id="demo-app",
                    prompt=Prompt(name="login", reasons=("no_session",)),
                    params={"client_id": "demo-app"},
                    return_to=f"{ORIGIN}/oidc/auth/{uid}",
                    created_at=now,
                    expires_at=now + timedelta(hours=1),
                    result=result or {},
                )
            )
        return uid

    async def result(self, uid: str, *, tenant: str = "default") -> dict[str, Any]:
        async with self.services(tenant) as services:
            interaction = await services.interactions.find(uid)
        assert interaction is not None
        return dict(interaction.result)

    async def user(self, *, username: str = "ada", password: str | None = PASSWORD, tenant: str = "default") -> User:
        kept = None if password is None else await hashed(password, hasher=self.hasher)
        async with self.services(tenant) as services:
            return await services.users.create(
                NewUser(
                    username=username,
                    password_encrypted=None if kept is None else kept.encoded,
                    password_encryption_method=None if kept is None else kept.method,
                )
            )

    async def settings(self, *, tenant: str = "default", **changes: Any) -> SignInExperience:
        async with self.services(tenant) as services:
            return await services.sign_in.update(replace(await services.sign_in.read(), **changes))


@pytest.fixture
async def house(settings: Settings, clock: ManualClock, ids: RandomIds) -> AsyncIterator[House]:
    runtime = await open_runtime(settings, clock=clock, ids=ids)
    runtime.hasher.close()
    hasher = CountingHasher()
    yield House(runtime=replace(runtime, hasher=hasher), hasher=hasher, clock=clock, ids=ids)
    hasher.close()
    await runtime.close()
