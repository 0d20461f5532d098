"""Rows of API resources and scopes."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import insert, select

from sekisho.db.database import UnitOfWork
from sekisho.db.lengths import check_lengths
from sekisho.kernel.ids import TenantId
from sekisho.resources.models import Resource, ResourceWithScopes, Scope
from sekisho.resources.tables import ResourceTable, ScopeTable

_RESOURCE = (
    ResourceTable.id,
    ResourceTable.name,
    ResourceTable.indicator,
    ResourceTable.is_default,
    ResourceTable.access_token_ttl,
)
_SCOPE = (ScopeTable.id, ScopeTable.resource_id, ScopeTable.name, ScopeTable.description, ScopeTable.created_at)


class ResourceStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def list_with_scopes(self) -> Sequence[ResourceWithScopes]:
        """Return every resource with its scopes: all that issuing tokens needs to know, in two statements."""
        scopes: dict[str, list[Scope]] = {}
        all_scopes = select(*_SCOPE).where(ScopeTable.tenant_id == self._tenant_id)
        for row in await self._uow.execute(all_scopes.order_by(ScopeTable.created_at, ScopeTable.id)):
            scopes.setdefault(row.resource_id, []).append(Scope(**row._asdict()))
        all_resources = select(*_RESOURCE).where(ResourceTable.tenant_id == self._tenant_id)
        return tuple(
            ResourceWithScopes(resource=Resource(**row._asdict()), scopes=tuple(scopes.get(row.id, ())))
            for row in await self._uow.execute(all_resources.order_by(ResourceTable.id))
        )

    async def add(self, resource: Resource) -> None:
        await self._uow.execute(insert(ResourceTable).values(tenant_id=self._tenant_id, **asdict(resource)))

    async def add_scope(self, scope: Scope) -> None:
        values = asdict(scope)
        check_lengths(ScopeTable, values)
        await self._uow.execute(insert(ScopeTable).values(tenant_id=self._tenant_id, **values))
