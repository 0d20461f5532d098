"""Rows of API resources and scopes. Statements are built once, because building one takes longer than running it.

Parameters named `of_…` say which rows, the others which columns to write.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Column, ColumnElement, bindparam, delete, false, func, insert, select, true, update

from sekisho.db.database import UnitOfWork
from sekisho.db.lengths import check_lengths
from sekisho.db.search import Search, condition
from sekisho.kernel.ids import TenantId
from sekisho.kernel.pages import Page, PageRequest
from sekisho.resources.models import (
    Resource,
    ResourceChange,
    ResourceId,
    ResourceWithScopes,
    Scope,
    ScopeChange,
    ScopeId,
)
from sekisho.resources.tables import ResourceTable, ScopeTable

_TABLES = ResourceTable.metadata.tables
_RESOURCES = _TABLES[ResourceTable.__tablename__]
_SCOPES = _TABLES[ScopeTable.__tablename__]

_RESOURCE_COLUMNS = (
    _RESOURCES.c.id,
    _RESOURCES.c.name,
    _RESOURCES.c.indicator,
    _RESOURCES.c.is_default,
    _RESOURCES.c.access_token_ttl,
)
_SCOPE_COLUMNS = (
    _SCOPES.c.id,
    _SCOPES.c.resource_id,
    _SCOPES.c.name,
    _SCOPES.c.description,
    _SCOPES.c.created_at,
)
_SEARCHABLE: Mapping[str, Column[Any]] = {
    "id": ScopeTable.id,
    "name": ScopeTable.name,
    "description": ScopeTable.description,
}

_OF_TENANT = _RESOURCES.c.tenant_id == bindparam("of_tenant")
_THE_RESOURCE = (_OF_TENANT, _RESOURCES.c.id == bindparam("of_id"))
_LIST_RESOURCES = select(*_RESOURCE_COLUMNS).where(_OF_TENANT).order_by(_RESOURCES.c.name, _RESOURCES.c.id)
_ADD_RESOURCE = insert(_RESOURCES)
_UPDATE_RESOURCE = update(_RESOURCES).where(*_THE_RESOURCE).returning(*_RESOURCE_COLUMNS)
_CLEAR_DEFAULT = update(_RESOURCES).where(_OF_TENANT, _RESOURCES.c.is_default == true()).values(is_default=false())
_REMOVE_RESOURCE = delete(_RESOURCES).where(*_THE_RESOURCE)

_SCOPES_OF_TENANT = _SCOPES.c.tenant_id == bindparam("of_tenant")
_SCOPES_OF_RESOURCE = (_SCOPES_OF_TENANT, _SCOPES.c.resource_id == bindparam("of_resource"))
_THE_SCOPE = (*_SCOPES_OF_RESOURCE, _SCOPES.c.id == bindparam("of_id"))
_IN_ORDER = (_SCOPES.c.created_at, _SCOPES.c.id)
_LIST_SCOPES = select(*_SCOPE_COLUMNS).where(_SCOPES_OF_TENANT).order_by(*_IN_ORDER)
_PAGE_OF_SCOPES = (
    select(*_SCOPE_COLUMNS)
    .where(*_SCOPES_OF_RESOURCE)
    .order_by(*_IN_ORDER)
    .limit(bindparam("size"))
    .offset(bindparam("offset"))
)
_TOTAL_OF_SCOPES = select(func.count()).select_from(_SCOPES).where(*_SCOPES_OF_RESOURCE)
_ADD_SCOPE = insert(_SCOPES)
_UPDATE_SCOPE = update(_SCOPES).where(*_THE_SCOPE).returning(*_SCOPE_COLUMNS)
_REMOVE_SCOPE = delete(_SCOPES).where(*_THE_SCOPE)


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

    async def update(self, resource_id: ResourceId, values: ResourceChange) -> Resource | None:
        row = (await self._uow.execute(_UPDATE_RESOURCE, {**self._of(resource_id), **values})).one_or_none()
        return None if row is None else Resource(**row._asdict())

    async def set_default(self, resource_id: ResourceId, *, is_default: bool) -> Resource | None:
        values = {**self._of(resource_id), "is_default": is_default}
        row = (await self._uow.execute(_UPDATE_RESOURCE, values)).one_or_none()
        return None if row is None else Resource(**row._asdict())

    async def clear_default(self) -> None:
        """Leave the tenant without a default resource."""
        await self._uow.execute(_CLEAR_DEFAULT, {"of_tenant": self._tenant_id})

    async def remove(self, resource_id: ResourceId) -> bool:
        """Remove a resource with its scopes. False when there was none."""
        return bool((await self._uow.execute(_REMOVE_RESOURCE, self._of(resource_id))).rowcount)

    async def page_of_scopes(
        self, resource_id: ResourceId, page: PageRequest, *, search: Search | None = None
    ) -> Page[Scope]:
        """Return scopes of one resource, the oldest first."""
        rules: list[ColumnElement[bool]] = []
        if search is not None:
            rules.append(condition(search, _SEARCHABLE, is_sqlite=self._uow.database.is_sqlite))
        whose = {"of_tenant": self._tenant_id, "of_resource": resource_id}
        total = await self._uow.execute(_TOTAL_OF_SCOPES.where(*rules), whose)
        rows = await self._uow.execute(
            _PAGE_OF_SCOPES.where(*rules), {**whose, "size": page.size, "offset": page.offset}
        )
        return Page(rows=[Scope(**row._asdict()) for row in rows], total=total.scalar_one())

    async def add_scope(self, scope: Scope) -> None:
        values = asdict(scope)
        check_lengths(ScopeTable, values)
        await self._uow.execute(_ADD_SCOPE, {"tenant_id": self._tenant_id, **values})

    async def update_scope(self, resource_id: ResourceId, scope_id: ScopeId, values: ScopeChange) -> Scope | None:
        check_lengths(ScopeTable, values)
        row = (
            await self._uow.execute(_UPDATE_SCOPE, {**self._of_scope(resource_id, scope_id), **values})
        ).one_or_none()
        return None if row is None else Scope(**row._asdict())

    async def remove_scope(self, resource_id: ResourceId, scope_id: ScopeId) -> bool:
        """Remove a scope, and take it from every role. False when there was none."""
        return bool((await self._uow.execute(_REMOVE_SCOPE, self._of_scope(resource_id, scope_id))).rowcount)

    def _of(self, resource_id: ResourceId) -> dict[str, str]:
        return {"of_tenant": self._tenant_id, "of_id": resource_id}

    def _of_scope(self, resource_id: ResourceId, scope_id: ScopeId) -> dict[str, str]:
        return {"of_tenant": self._tenant_id, "of_resource": resource_id, "of_id": scope_id}
