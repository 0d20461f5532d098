from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.support.factories import Factory

from sekisho.crypto.sealing import CannotOpen, Sealer
from sekisho.db.database import Database
from sekisho.kernel.ids import TenantId
from sekisho.tenants.cache import ConfigCache
from sekisho.tenants.errors import TenantNotFound
from sekisho.tenants.models import ConfigurationKey, TenantTag
from sekisho.tenants.service import TenantService
from sekisho.tenants.store import TenantStore

DEFAULT = TenantId("default")
KEY = ConfigurationKey.OIDC_SESSION
SECRET_KEY = ConfigurationKey.CLOUD_CONNECTION


class Process:
    """One process over the database: its cache outlives requests."""

    def __init__(self, database: Database, *, key: bytes = bytes(32)) -> None:
        self._database = database
        self.cache = ConfigCache(database)
        self._sealer = Sealer([key])

    async def ask(self, what: Callable[[TenantService], Awaitable[Any]], tenant_id: TenantId = DEFAULT) -> Any:
        """Do something in a request of its own."""
        await self.cache.revalidate()
        async with self._database.unit_of_work() as uow:
            service = TenantService(
                tenant_id=tenant_id,
                store=TenantStore(uow=uow, tenant_id=tenant_id),
                cache=self.cache.of(tenant_id, uow),
                sealer=self._sealer,
            )
            return await what(service)


async def test_a_tenant_is_known_by_its_id(database: Database) -> None:
    process = Process(database)

    tenant = await process.ask(lambda service: service.get())

    assert (tenant.id, tenant.tag, tenant.is_suspended) == ("default", TenantTag.PRODUCTION, False)
    with pytest.raises(TenantNotFound):
        await process.ask(lambda service: service.get(), TenantId("nobody"))


async def test_a_value_is_written_and_replaced(database: Database) -> None:
    process = Process(database)
    assert await process.ask(lambda service: service.configuration(KEY)) is None

    for value in ({"ttl": 60}, {"ttl": 120}):
        await process.ask(lambda service, value=value: service.set_configuration(KEY, value))  # type: ignore[misc]
        assert await process.ask(lambda service: service.configuration(KEY)) == value


async def test_another_process_sees_a_change_at_its_next_request(database: Database) -> None:
    ours, theirs = Process(database), Process(database)
    await ours.ask(lambda service: service.set_configuration(KEY, {"ttl": 60}))
    assert await theirs.ask(lambda service: service.configuration(KEY)) == {"ttl": 60}

    await ours.ask(lambda service: service.set_configuration(KEY, {"ttl": 120}))

    assert await theirs.ask(lambda service: service.configuration(KEY)) == {"ttl": 120}


async def test_a_change_that_was_rolled_back_is_never_seen(database: Database) -> None:
    process = Process(database)
    await process.ask(lambda service: service.set_configuration(KEY, {"ttl": 60}))

    async def change_and_fail(service: TenantService) -> None:
        await service.set_configuration(KEY, {"ttl": 1})
        assert await service.configuration(KEY) == {"ttl": 1}
        raise RuntimeError("no good")

    with pytest.raises(RuntimeError, match="no good"):
        await process.ask(change_and_fail)

    assert await process.ask(lambda service: service.configuration(KEY)) == {"ttl": 60}


async def test_a_value_with_a_credential_is_sealed(database: Database) -> None:
    process, stranger = Process(database), Process(database, key=bytes(range(32)))
    await process.ask(lambda service: service.set_configuration(SECRET_KEY, {"appSecret": "hush"}))

    assert await process.ask(lambda service: service.configuration(SECRET_KEY)) == {"appSecret": "hush"}
    with pytest.raises(CannotOpen):
        await stranger.ask(lambda service: service.configuration(SECRET_KEY))


async def test_tenants_do_not_see_each_others_values(make: Factory) -> None:
    async with make.services() as services:
        await services.tenants.set_configuration(KEY, {"ttl": 60})

    async with make.in_tenant("admin").services() as services:
        assert await services.tenants.configuration(KEY) is None
