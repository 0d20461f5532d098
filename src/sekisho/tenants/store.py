"""Statements over tenants and their configuration values, and over the facts of the installation."""

from typing import Any

from sqlalchemy import insert, select, update

from sekisho.db.database import UnitOfWork
from sekisho.kernel.ids import TenantId
from sekisho.tenants.models import Tenant, TenantTag
from sekisho.tenants.tables import ConfigTable, SystemTable, TenantTable

_TENANT = (TenantTable.id, TenantTable.name, TenantTable.tag, TenantTable.is_suspended, TenantTable.created_at)


class TenantStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def find(self) -> Tenant | None:
        row = (await self._uow.execute(select(*_TENANT).where(TenantTable.id == self._tenant_id))).first()
        if row is None:
            return None
        return Tenant(
            id=TenantId(row.id),
            name=row.name,
            tag=TenantTag(row.tag),
            is_suspended=row.is_suspended,
            created_at=row.created_at,
        )

    async def find_value(self, key: str) -> Any | None:
        return (await self._uow.execute(select(ConfigTable.value).where(*self._named(key)))).scalar()

    async def find_sealed(self, key: str) -> bytes | None:
        return (await self._uow.execute(select(ConfigTable.sealed).where(*self._named(key)))).scalar()

    async def put(self, key: str, *, value: Any | None, sealed: bytes | None) -> None:
        """Write a configuration value, whether or not there is one."""
        change = {"value": value, "sealed": sealed}
        result = await self._uow.execute(update(ConfigTable).where(*self._named(key)).values(change))
        if result.rowcount == 0:
            await self._uow.execute(insert(ConfigTable).values(tenant_id=self._tenant_id, key=key, **change))

    def _named(self, key: str) -> tuple[Any, Any]:
        return ConfigTable.tenant_id == self._tenant_id, ConfigTable.key == key


class SystemStore:
    """Facts that belong to no tenant."""

    def __init__(self, *, uow: UnitOfWork) -> None:
        self._uow = uow

    async def find(self, key: str) -> Any | None:
        return (await self._uow.execute(select(SystemTable.value).where(SystemTable.key == key))).scalar()

    async def add(self, key: str, value: Any) -> None:
        await self._uow.execute(insert(SystemTable).values(key=key, value=value))
