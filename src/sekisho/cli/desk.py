"""Where a command works: the installation's runtime, and the services of one tenant in one transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sekisho.app import open_runtime
from sekisho.kernel.clock import SystemClock
from sekisho.kernel.ids import RandomIds, TenantId
from sekisho.services import Runtime, Services
from sekisho.settings import Settings, load_settings
from sekisho.tenants.urls import urls_of


@asynccontextmanager
async def opened(settings: Settings | None = None) -> AsyncIterator[Runtime]:
    """Open the installation that the environment describes, as a server process does."""
    runtime = await open_runtime(settings or load_settings(), clock=SystemClock(), ids=RandomIds())
    try:
        yield runtime
    finally:
        await runtime.close()


@asynccontextmanager
async def services_of(runtime: Runtime, tenant_id: TenantId) -> AsyncIterator[Services]:
    """Work in one transaction, committed when the block ends well."""
    async with runtime.database.unit_of_work() as uow:
        urls = urls_of(tenant_id, origin=runtime.settings.origin, public=runtime.public_urls)
        yield runtime.services(urls=urls, uow=uow)
