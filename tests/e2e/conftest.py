"""What journeys start from: applications that are registered, and the services behind them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from tests.e2e.journeys import REDIRECT_URI, Client, Journey
from tests.support.visitor import ORIGIN, Visitor

from sekisho.applications.models import ApplicationType, NewApplication, OidcClientMetadata
from sekisho.kernel.ids import TenantId
from sekisho.services import Runtime, Services
from sekisho.tenants.models import DEFAULT_TENANT
from sekisho.tenants.urls import urls_of

ServicesOf = Callable[..., AbstractAsyncContextManager[Services]]
NewJourney = Callable[..., Journey]
Register = Callable[..., Awaitable[Client]]


@pytest.fixture
def services_of(runtime: Runtime) -> ServicesOf:
    """Return the services of a tenant over a unit of work that is committed at the end."""

    @asynccontextmanager
    async def opened(tenant_id: TenantId = DEFAULT_TENANT) -> AsyncIterator[Services]:
        urls = urls_of(tenant_id, origin=ORIGIN, public=runtime.public_urls)
        async with runtime.database.unit_of_work() as uow:
            yield runtime.services(urls=urls, uow=uow)

    return opened


@pytest.fixture
def register_application(services_of: ServicesOf) -> Register:
    """Return what registers an application whose users come back to `REDIRECT_URI`."""

    async def register(type_: ApplicationType, *, tenant_id: TenantId = DEFAULT_TENANT) -> Client:
        uris = OidcClientMetadata(redirect_uris=(REDIRECT_URI,), post_logout_redirect_uris=())
        async with services_of(tenant_id) as services:
            made = await services.applications.create(
                NewApplication(name=f"A {type_}", type=type_, oidc_client_metadata=uris)
            )
            prefix = services.urls.prefix
        secret = made.secrets[0].value.reveal() if made.secrets else None
        return Client(id=made.application.id, secret=secret, base=prefix)

    return register


@pytest.fixture
async def spa(register_application: Register) -> Client:
    """An application in the browser: its refresh tokens rotate at every use."""
    return await register_application(ApplicationType.SPA)


@pytest.fixture
def new_journey(new_visitor: Callable[[], Visitor], spa: Client) -> NewJourney:
    """Return what sends another person, with a browser of his own, to an application."""
    return lambda client=spa: Journey(new_visitor(), client)
