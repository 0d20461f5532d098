"""A tenant as the rest of the product sees it: its row, its configuration values, and word of their changes."""

import json
from typing import Any

from sekisho.crypto.sealing import Place, Sealer
from sekisho.kernel.ids import TenantId
from sekisho.tenants.cache import TenantCache
from sekisho.tenants.errors import TenantNotFound
from sekisho.tenants.models import ConfigurationKey, Tenant
from sekisho.tenants.store import TenantStore


class TenantService:
    def __init__(self, *, tenant_id: TenantId, store: TenantStore, cache: TenantCache, sealer: Sealer) -> None:
        self._tenant_id = tenant_id
        self._store = store
        self._cache = cache
        self._sealer = sealer

    async def get(self) -> Tenant:
        tenant = await self._cache.get(("tenant",), self._store.find)
        if tenant is None:
            raise TenantNotFound
        return tenant

    async def configuration(self, key: ConfigurationKey) -> Any | None:
        """Return a configuration value, or None when it was never set."""
        # In a box, so that a value that was never set is remembered, too.
        box = await self._cache.get(("configuration", key), lambda: self._read(key))
        return box[0]

    async def set_configuration(self, key: ConfigurationKey, value: Any) -> None:
        # Bumps the version first: its row is locked until the end, so that no two add the same value at once.
        await self.configuration_changed()
        if key.is_secret:
            sealed = self._sealer.seal(json.dumps(value).encode(), place=self._place(key))
            await self._store.put(key, value=None, sealed=sealed)
        else:
            await self._store.put(key, value=value, sealed=None)

    async def remove_configuration(self, key: ConfigurationKey) -> bool:
        """Forget a configuration value; False when there was none."""
        await self.configuration_changed()
        return await self._store.remove(key)

    async def configuration_changed(self) -> None:
        """Make every process read this tenant's configuration anew once the transaction is committed."""
        await self._cache.changed()

    async def _read(self, key: ConfigurationKey) -> tuple[Any | None]:
        if not key.is_secret:
            return (await self._store.find_value(key),)
        sealed = await self._store.find_sealed(key)
        return (None if sealed is None else json.loads(self._sealer.open(sealed, place=self._place(key))),)

    def _place(self, key: ConfigurationKey) -> Place:
        return Place(tenant=self._tenant_id, table="configs", row=key, column="sealed")
