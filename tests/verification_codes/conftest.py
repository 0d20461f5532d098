"""Codes without the surfaces: the service over a fresh database of each kind, and a post that remembers."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

import pytest
from tests.support.visitor import ORIGIN

from sekisho.kernel.errors import DomainError
from sekisho.kernel.ids import TenantId
from sekisho.messages.models import Delivery, Letter
from sekisho.services import Runtime
from sekisho.tenants.urls import urls_of
from sekisho.verification_codes.service import VerificationCodeService

Codes: TypeAlias = Callable[[], AbstractAsyncContextManager[VerificationCodeService]]


@dataclass
class RememberingPost:
    """Implements `Post`: keeps what it is given, or refuses it."""

    letters: list[Letter] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    refuses_with: DomainError | None = None

    async def send(self, letter: Letter, /, *, delivery: Delivery) -> None:
        if self.refuses_with is not None:
            raise self.refuses_with
        self.letters.append(letter)
        self.deliveries.append(delivery)

    @property
    def last_code(self) -> str:
        return str(self.letters[-1].payload["code"])


@pytest.fixture
def post() -> RememberingPost:
    return RememberingPost()


@pytest.fixture
def codes(runtime: Runtime, post: RememberingPost) -> Codes:
    """Return a maker of the service over a unit of work that is committed at its end."""
    urls = urls_of(TenantId("default"), origin=ORIGIN, public=runtime.public_urls)

    @asynccontextmanager
    async def open_codes() -> AsyncIterator[VerificationCodeService]:
        await runtime.cache.revalidate()
        async with runtime.database.unit_of_work() as uow:
            yield VerificationCodeService(
                uow=uow,
                tenant_id=urls.tenant_id,
                sealer=runtime.sealer,
                sign_in=runtime.services(urls=urls, uow=uow).sign_in,
                post=post,
                clock=runtime.clock,
                ids=runtime.ids,
            )

    return open_codes
