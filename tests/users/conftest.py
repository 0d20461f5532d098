"""Users without the surfaces: services over a fresh database of each kind."""

from collections.abc import Callable

import pytest
from tests.support.visitor import ORIGIN

from sekisho.db.database import UnitOfWork
from sekisho.kernel.ids import TenantId
from sekisho.services import Runtime, Services
from sekisho.tenants.urls import urls_of

Over = Callable[[UnitOfWork], Services]


@pytest.fixture
def over(runtime: Runtime) -> Over:
    """Return a maker of the services of the tenant `default` over a unit of work."""
    urls = urls_of(TenantId("default"), origin=ORIGIN, public=runtime.public_urls)
    return lambda uow: runtime.services(urls=urls, uow=uow)
