"""Rows of connectors. Configurations are sealed on the way in and opened on the way out."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from sekisho.connectors.models import ConnectorId, FactoryId, StoredConnector
from sekisho.connectors.tables import ConnectorTable
from sekisho.crypto.sealing import Place, Sealer
from sekisho.db.database import UnitOfWork
from sekisho.db.lengths import check_lengths
from sekisho.db.statements import Row
from sekisho.kernel.ids import TenantId

_CONNECTORS = ConnectorTable.metadata.tables[ConnectorTable.__tablename__]
_COLUMNS = (
    _CONNECTORS.c.id,
    _CONNECTORS.c.factory_id,
    _CONNECTORS.c.config,
    _CONNECTORS.c.overrides,
    _CONNECTORS.c.sync_profile,
    _CONNECTORS.c.enable_token_storage,
    _CONNECTORS.c.created_at,
)
_OF_TENANT = _CONNECTORS.c.tenant_id == bindparam("of_tenant")
_THE_CONNECTOR = (_OF_TENANT, _CONNECTORS.c.id == bindparam("of_id"))
_LIST = select(*_COLUMNS).where(_OF_TENANT).order_by(_CONNECTORS.c.id)
_ADD = insert(_CONNECTORS)
_UPDATE = update(_CONNECTORS).where(*_THE_CONNECTOR)
_REMOVE = delete(_CONNECTORS).where(*_THE_CONNECTOR)


class ConnectorStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId, sealer: Sealer) -> None:
        self._uow = uow
        self._tenant_id = tenant_id
        self._sealer = sealer

    async def list(self) -> Sequence[StoredConnector]:
        rows = await self._uow.execute(_LIST, {"of_tenant": self._tenant_id})
        return tuple(self._connector(row) for row in rows)

    async def add(self, connector: StoredConnector) -> None:
        """Write one; raises `UniqueViolation` when its id is taken."""
        values = {
            "tenant_id": self._tenant_id,
            "id": connector.id,
            "factory_id": connector.factory_id,
            "created_at": connector.created_at,
            **self._values(connector),
        }
        check_lengths(ConnectorTable, values)
        await self._uow.execute(_ADD, values)

    async def update(self, connector: StoredConnector) -> None:
        which = {"of_tenant": self._tenant_id, "of_id": connector.id}
        await self._uow.execute(_UPDATE, {**which, **self._values(connector)})

    async def remove(self, connector_id: ConnectorId) -> None:
        await self._uow.execute(_REMOVE, {"of_tenant": self._tenant_id, "of_id": connector_id})

    def _values(self, connector: StoredConnector) -> dict[str, Any]:
        config = json.dumps(connector.config, ensure_ascii=False)
        return {
            "config": self._sealer.seal_text(config, place=self._place(connector.id)),
            "overrides": connector.overrides,
            "sync_profile": connector.sync_profile,
            "enable_token_storage": connector.enable_token_storage,
        }

    def _connector(self, row: Row) -> StoredConnector:
        return StoredConnector(
            id=ConnectorId(row.id),
            factory_id=FactoryId(row.factory_id),
            config=json.loads(self._sealer.open_text(row.config, place=self._place(row.id))),
            overrides=row.overrides,
            sync_profile=row.sync_profile,
            enable_token_storage=row.enable_token_storage,
            created_at=row.created_at,
        )

    def _place(self, connector_id: str) -> Place:
        return Place(tenant=self._tenant_id, table="connectors", row=connector_id, column="config")
