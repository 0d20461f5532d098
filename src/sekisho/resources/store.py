"""Rows of API resources and scopes. Statements are built once, because building one takes longer than running it."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import bindparam, insert, select

from sekisho.db.database import UnitOfWork
from sekisho.db.lengths import check_lengths
from sekisho.kernel.ids import TenantId
from sekisho.resources.models import Resource, ResourceWithScopes, Scope
from sekisho.resources.tables import ResourceTable, ScopeTable

_TABLES = ResourceTable.metadata.tables
_RESOURCES = _TABLES[ResourceTable.__tablename__]
_SCOPES = _TABLES[ScopeTable.__tablename__]

_LIST_RESOURCES = (
    select(
        _RESOURCES.c.id,
        _RESOURCES.c.name,
        _RESOURCES.c.indicator,
        _RESOURCES.c.is_default,
        _RESOURCES.c.access_token_ttl,
    )
    .where(_RESOURCES.c.tenant_id == bindparam("of_tenant"))
    .order_by(_RESOURCES.c.id)
)
_LIST_SCOPES = (
    select(_SCOPES.c.id, _SCOPES.c.resource_id, _SCOPES.c.name, _SCOPES.c.description, _SCOPES.c.created_at)
    .where(_SCOPES.c.tenant_id == bindparam("of_tenant"))
    .order_by(_SCOPES.c.created_at, _SCOPES.c.id)
)
_ADD_RESOURCE = insert(_RESOURCES)
_ADD_SCOPE = insert(_SCOPES)


class ResourceStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def list_with_scopes(self) -> Sequence[ResourceWithScopes]:
        """Return every resource with its scopes: all that issuing tokens needs to know, in two statements."""
        scopes: dict[str, list[Scope]] = {}
        whose = {"of_tenant": self._tenant_id}
        for row in await self._uow.execute(_LIST_SCOPES, whose):
            scopes.setdefault(row.resource_id, []).append(Scope(**row._asdict()))
        return tuple(
            ResourceWithScopes(resource=Resource(**row._asdict()), scopes=tuple(scopes.get(row.id, ())))
            for row in await self._uow.execute(_LIST_RESOURCES, whose)
        )

    async def add(self, resource: Resource) -> None:
        await self._uow.execute(_ADD_RESOURCE, {"tenant_id": self._tenant_id, **asdict(resource)})

    async def add_scope(self, scope: Scope) -> None:
        values = asdict(scope)
        check_lengths(ScopeTable, values)
        await self._uow.execute(_ADD_SCOPE, {"tenant_id": self._tenant_id, **values})
