"""Statements over tenants and their configuration values, and over the facts of the installation.

They are built once, because building one takes longer than running it. Parameters named `of_…` say which rows, the
others which columns to write.
"""

from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from sekisho.db.database import UnitOfWork
from sekisho.kernel.ids import TenantId
from sekisho.tenants.models import Tenant, TenantTag
from sekisho.tenants.tables import ConfigTable, SystemTable, TenantTable

_TABLES = TenantTable.metadata.tables
_TENANTS = _TABLES[TenantTable.__tablename__]
_CONFIGS = _TABLES[ConfigTable.__tablename__]
_SYSTEMS = _TABLES[SystemTable.__tablename__]

_FIND_TENANT = select(
    _TENANTS.c.id, _TENANTS.c.name, _TENANTS.c.tag, _TENANTS.c.is_suspended, _TENANTS.c.created_at
).where(_TENANTS.c.id == bindparam("of_tenant"))

_THE_CONFIG = (_CONFIGS.c.tenant_id == bindparam("of_tenant"), _CONFIGS.c.key == bindparam("of_key"))
_FIND_VALUE = select(_CONFIGS.c.value).where(*_THE_CONFIG)
_FIND_SEALED = select(_CONFIGS.c.sealed).where(*_THE_CONFIG)
_CHANGE_CONFIG = update(_CONFIGS).where(*_THE_CONFIG)
_ADD_CONFIG = insert(_CONFIGS)
_REMOVE_CONFIG = delete(_CONFIGS).where(*_THE_CONFIG)

_FIND_FACT = select(_SYSTEMS.c.value).where(_SYSTEMS.c.key == bindparam("of_key"))
_ADD_FACT = insert(_SYSTEMS)


class TenantStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def find(self) -> Tenant | None:
        row = (await self._uow.execute(_FIND_TENANT, {"of_tenant": self._tenant_id})).first()
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
        return (await self._uow.execute(_FIND_VALUE, self._of(key))).scalar()

    async def find_sealed(self, key: str) -> bytes | None:
        sealed: bytes | None = (await self._uow.execute(_FIND_SEALED, self._of(key))).scalar()
        return sealed

    async def put(self, key: str, *, value: Any | None, sealed: bytes | None) -> None:
        """Write a configuration value, whether or not there is one."""
        change = {"value": value, "sealed": sealed}
        result = await self._uow.execute(_CHANGE_CONFIG, {**self._of(key), **change})
        if result.rowcount == 0:
            await self._uow.execute(_ADD_CONFIG, {"tenant_id": self._tenant_id, "key": key, **change})

    async def remove(self, key: str) -> bool:
        """Remove a configuration value; False when there was none."""
        return bool((await self._uow.execute(_REMOVE_CONFIG, self._of(key))).rowcount)

    def _of(self, key: str) -> dict[str, str]:
        return {"of_tenant": self._tenant_id, "of_key": key}


class SystemStore:
    """Facts that belong to no tenant."""

    def __init__(self, *, uow: UnitOfWork) -> None:
        self._uow = uow

    async def find(self, key: str) -> Any | None:
        return (await self._uow.execute(_FIND_FACT, {"of_key": key})).scalar()

    async def add(self, key: str, value: Any) -> None:
        await self._uow.execute(_ADD_FACT, {"key": key, "value": value})
