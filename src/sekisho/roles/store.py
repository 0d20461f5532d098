"""Rows of roles and of who holds them; joins scopes and resources for what a holder may ask for.

Statements are built once, because building one takes longer than running it. Parameters named `of_…` say which rows,
the others which columns to write.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Select,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from sekisho.db.database import UnitOfWork
from sekisho.db.lengths import check_lengths
from sekisho.db.search import Search, condition
from sekisho.db.statements import Row
from sekisho.kernel.ids import ApplicationId, TenantId, UserId
from sekisho.kernel.pages import Page, PageRequest
from sekisho.resources.models import Resource, ResourceId, Scope, ScopeId
from sekisho.resources.tables import ResourceTable, ScopeTable
from sekisho.roles.errors import RoleIdNotFound
from sekisho.roles.models import INTERNAL_PREFIX, Role, RoleChange, RoleFilter, RoleId, RoleType
from sekisho.roles.tables import ApplicationRoleTable, RoleScopeTable, RoleTable, UserRoleTable

#: Ids in one statement: drivers take some ten thousand parameters at most.
AT_ONCE = 1000

_TABLES = RoleTable.metadata.tables
_ROLES = _TABLES[RoleTable.__tablename__]
_ROLE_SCOPES = _TABLES[RoleScopeTable.__tablename__]
_USER_ROLES = _TABLES[UserRoleTable.__tablename__]
_APPLICATION_ROLES = _TABLES[ApplicationRoleTable.__tablename__]
_SCOPES = _TABLES[ScopeTable.__tablename__]
_RESOURCES = _TABLES[ResourceTable.__tablename__]

_TENANT: BindParameter[str] = bindparam("of_tenant")
_HOLDER: BindParameter[str] = bindparam("of_holder")


def _scopes_of(role_ids: Select[str]) -> Select[*tuple[Any, ...]]:
    """Select the scopes of roles; a scope that several of them hold comes once."""
    is_given = exists().where(
        _ROLE_SCOPES.c.tenant_id == _TENANT,
        _ROLE_SCOPES.c.scope_id == _SCOPES.c.id,
        _ROLE_SCOPES.c.role_id.in_(role_ids),
    )
    is_its_resource = (_RESOURCES.c.tenant_id == _TENANT) & (_RESOURCES.c.id == _SCOPES.c.resource_id)
    return (
        select(_SCOPES.c.id, _SCOPES.c.resource_id, _SCOPES.c.name, _SCOPES.c.description, _SCOPES.c.created_at)
        .join_from(_SCOPES, _RESOURCES, is_its_resource)
        .where(_SCOPES.c.tenant_id == _TENANT, is_given)
        .order_by(_SCOPES.c.created_at, _SCOPES.c.id)
    )


LIST_ROLES = (
    select(_ROLES.c.id, _ROLES.c.name, _ROLES.c.description, _ROLES.c.type, _ROLES.c.is_default)
    .where(_ROLES.c.tenant_id == _TENANT)
    .order_by(_ROLES.c.name, _ROLES.c.id)
)
#: Not one of the product's own, which no list shows.
IS_VISIBLE = func.substr(_ROLES.c.name, 1, len(INTERNAL_PREFIX)) != INTERNAL_PREFIX
SEARCHABLE: Mapping[str, Column[Any]] = {
    "id": RoleTable.id,
    "name": RoleTable.name,
    "description": RoleTable.description,
}
_SEARCHABLE_SCOPES: Mapping[str, Column[Any]] = {
    "id": ScopeTable.id,
    "name": ScopeTable.name,
    "description": ScopeTable.description,
}
_THE_ROLE = (_ROLES.c.tenant_id == _TENANT, _ROLES.c.id == bindparam("of_id"))
_FIND = LIST_ROLES.where(*_THE_ROLE)
_LIST_BY_IDS = LIST_ROLES.where(_ROLES.c.id.in_(bindparam("of_ids", expanding=True)))
_VISIBLE = LIST_ROLES.where(IS_VISIBLE)
_TOTAL = select(func.count()).select_from(_ROLES).where(_ROLES.c.tenant_id == _TENANT, IS_VISIBLE)
_LIST_BY_NAMES = LIST_ROLES.where(_ROLES.c.name.in_(bindparam("of_names", expanding=True)))
_LIST_DEFAULTS = LIST_ROLES.where(
    _ROLES.c.type == RoleType.USER,
    or_(_ROLES.c.is_default == true(), _ROLES.c.name.in_(bindparam("of_names", expanding=True))),
)
_HELD_BY_USER = select(_USER_ROLES.c.role_id).where(
    _USER_ROLES.c.tenant_id == _TENANT, _USER_ROLES.c.user_id == _HOLDER
)
_HELD_BY_APPLICATION = select(_APPLICATION_ROLES.c.role_id).where(
    _APPLICATION_ROLES.c.tenant_id == _TENANT, _APPLICATION_ROLES.c.application_id == _HOLDER
)
_LIST_OF_USER = LIST_ROLES.where(_ROLES.c.id.in_(_HELD_BY_USER))
_LIST_OF_APPLICATION = LIST_ROLES.where(_ROLES.c.id.in_(_HELD_BY_APPLICATION))
_SCOPES_OF_USER = _scopes_of(_HELD_BY_USER).where(_RESOURCES.c.indicator == bindparam("of_indicator"))
_SCOPES_OF_APPLICATION = _scopes_of(_HELD_BY_APPLICATION).add_columns(_RESOURCES.c.indicator)
_SCOPES_BY_ROLE = (
    select(
        *(_ROLE_SCOPES.c.role_id, _SCOPES.c.id, _SCOPES.c.resource_id, _SCOPES.c.name, _SCOPES.c.description),
        *(_SCOPES.c.created_at, _RESOURCES.c.name.label("resource_name"), _RESOURCES.c.indicator),
        *(_RESOURCES.c.is_default, _RESOURCES.c.access_token_ttl),
    )
    .join_from(
        _ROLE_SCOPES,
        _SCOPES,
        (_SCOPES.c.tenant_id == _ROLE_SCOPES.c.tenant_id) & (_SCOPES.c.id == _ROLE_SCOPES.c.scope_id),
    )
    .join(_RESOURCES, (_RESOURCES.c.tenant_id == _SCOPES.c.tenant_id) & (_RESOURCES.c.id == _SCOPES.c.resource_id))
    .where(_ROLE_SCOPES.c.tenant_id == _TENANT)
    .order_by(_SCOPES.c.created_at, _SCOPES.c.id)
)
_SCOPES_BY_ROLE_OF_USER = _SCOPES_BY_ROLE.where(_ROLE_SCOPES.c.role_id.in_(_HELD_BY_USER))
_IS_OF_ROLE = _ROLE_SCOPES.c.role_id == bindparam("of_role")
_SCOPES_OF_ROLE = _SCOPES_BY_ROLE.where(_IS_OF_ROLE)
_TOTAL_OF_SCOPES = (
    select(func.count())
    .select_from(_ROLE_SCOPES)
    .join(_SCOPES, (_SCOPES.c.tenant_id == _ROLE_SCOPES.c.tenant_id) & (_SCOPES.c.id == _ROLE_SCOPES.c.scope_id))
    .where(_ROLE_SCOPES.c.tenant_id == _TENANT, _IS_OF_ROLE)
)

_ADD = insert(_ROLES)
_UPDATE = (
    update(_ROLES)
    .where(*_THE_ROLE)
    .returning(_ROLES.c.id, _ROLES.c.name, _ROLES.c.description, _ROLES.c.type, _ROLES.c.is_default)
)
_REMOVE = delete(_ROLES).where(*_THE_ROLE)
_ADD_SCOPE = insert(_ROLE_SCOPES)
_REMOVE_SCOPE = delete(_ROLE_SCOPES).where(
    _ROLE_SCOPES.c.tenant_id == _TENANT, _IS_OF_ROLE, _ROLE_SCOPES.c.scope_id == bindparam("of_scope")
)
_GIVE_TO_USER = insert(_USER_ROLES)
_GIVE_TO_APPLICATION = insert(_APPLICATION_ROLES)
_TAKE_FROM_APPLICATION = delete(_APPLICATION_ROLES).where(
    _APPLICATION_ROLES.c.tenant_id == _TENANT,
    _APPLICATION_ROLES.c.application_id == _HOLDER,
    _APPLICATION_ROLES.c.role_id == bindparam("of_role"),
)


@lru_cache(500)
def _ids_of_users(tenant_id: TenantId, role_id: RoleId) -> Select[str]:
    """Return the same sub-select every time: what is built over it is then compiled once for each role."""
    is_holder = (_USER_ROLES.c.tenant_id == tenant_id, _USER_ROLES.c.role_id == role_id)
    return select(_USER_ROLES.c.user_id).where(*is_holder)


class RoleStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def add(self, role: Role) -> None:
        values = asdict(role)
        check_lengths(RoleTable, values)
        await self._uow.execute(_ADD, {"tenant_id": self._tenant_id, **values})

    async def add_scope(self, role_id: RoleId, scope_id: ScopeId, *, row_id: str) -> None:
        values = {"id": row_id, "role_id": role_id, "scope_id": scope_id}
        await self._uow.execute(_ADD_SCOPE, {"tenant_id": self._tenant_id, **values})

    async def find(self, role_id: RoleId) -> Role | None:
        return next(iter(await self._roles(_FIND, of_id=role_id)), None)

    async def get(self, role_id: RoleId) -> Role:
        if role := await self.find(role_id):
            return role
        raise RoleIdNotFound(role_id)

    async def page(self, page: PageRequest, *, filter_: RoleFilter, search: Search | None = None) -> Page[Role]:
        """Return roles by name, but internal ones."""
        rules = self._rules(filter_, search)
        whose = {"of_tenant": self._tenant_id}
        total = await self._uow.execute(_TOTAL.where(*rules), whose)
        rows = await self._uow.execute(_VISIBLE.where(*rules).limit(page.size).offset(page.offset), whose)
        return Page(rows=[role_of(row) for row in rows], total=total.scalar_one())

    async def update(self, role_id: RoleId, values: RoleChange) -> Role:
        check_lengths(RoleTable, values)
        which = {"of_tenant": self._tenant_id, "of_id": role_id}
        row = (await self._uow.execute(_UPDATE, {**which, **values})).one_or_none()
        if row is None:
            raise RoleIdNotFound(role_id)
        return role_of(row)

    async def remove(self, role_id: RoleId) -> bool:
        """Remove a role, and take it from everybody. False when there was none."""
        which = {"of_tenant": self._tenant_id, "of_id": role_id}
        return bool((await self._uow.execute(_REMOVE, which)).rowcount)

    async def page_of_scopes(
        self, role_id: RoleId, page: PageRequest | None, *, search: Search | None = None
    ) -> Page[tuple[Scope, Resource]]:
        """Return what a role gives, the oldest first; all of it without `page`."""
        rules: list[ColumnElement[bool]] = []
        if search is not None:
            rules.append(condition(search, _SEARCHABLE_SCOPES, is_sqlite=self._uow.database.is_sqlite))
        which = {"of_tenant": self._tenant_id, "of_role": role_id}
        query = _SCOPES_OF_ROLE.where(*rules)
        if page is not None:
            query = query.limit(page.size).offset(page.offset)
        rows = [(_scope(row), _resource(row)) for row in await self._uow.execute(query, which)]
        if page is None:
            return Page(rows=rows, total=len(rows))
        total = await self._uow.execute(_TOTAL_OF_SCOPES.where(*rules), which)
        return Page(rows=rows, total=total.scalar_one())

    async def remove_scope(self, role_id: RoleId, scope_id: ScopeId) -> bool:
        """Take a scope from a role. False when it does not have it."""
        which = {"of_tenant": self._tenant_id, "of_role": role_id, "of_scope": scope_id}
        return bool((await self._uow.execute(_REMOVE_SCOPE, which)).rowcount)

    async def list_by_ids(self, role_ids: Iterable[RoleId]) -> Sequence[Role]:
        wanted = tuple(role_ids)
        found: list[Role] = []
        for start in range(0, len(wanted), AT_ONCE):
            found += await self._roles(_LIST_BY_IDS, of_ids=wanted[start : start + AT_ONCE])
        return found

    async def list_by_names(self, names: Iterable[str]) -> Sequence[Role]:
        return await self._roles(_LIST_BY_NAMES, of_names=tuple(names))

    async def list_defaults(self, *, or_named: Iterable[str]) -> Sequence[Role]:
        """Return the user roles that every new user gets: those marked so, and those named."""
        return await self._roles(_LIST_DEFAULTS, of_names=tuple(or_named))

    async def list_of_user(self, user_id: UserId) -> Sequence[Role]:
        return await self._roles(_LIST_OF_USER, of_holder=user_id)

    async def list_of_application(self, application_id: ApplicationId) -> Sequence[Role]:
        return await self._roles(_LIST_OF_APPLICATION, of_holder=application_id)

    async def scopes_of_user(self, user_id: UserId, indicator: str) -> Sequence[Scope]:
        values = {"of_tenant": self._tenant_id, "of_holder": user_id, "of_indicator": indicator}
        return [_scope(row) for row in await self._uow.execute(_SCOPES_OF_USER, values)]

    async def scopes_by_role_of_user(self, user_id: UserId) -> Mapping[RoleId, Sequence[tuple[Scope, Resource]]]:
        """Return what each role of a user gives."""
        given: dict[RoleId, list[tuple[Scope, Resource]]] = {}
        values = {"of_tenant": self._tenant_id, "of_holder": user_id}
        for row in await self._uow.execute(_SCOPES_BY_ROLE_OF_USER, values):
            given.setdefault(RoleId(row.role_id), []).append((_scope(row), _resource(row)))
        return given

    async def scopes_of_application(self, application_id: ApplicationId) -> Sequence[tuple[str, Scope]]:
        """Return every scope an application's roles give it, each with the indicator of its resource."""
        values = {"of_tenant": self._tenant_id, "of_holder": application_id}
        rows = await self._uow.execute(_SCOPES_OF_APPLICATION, values)
        return tuple((row.indicator, _scope(row)) for row in rows)

    async def give_to_user(self, user_id: UserId, role_id: RoleId, *, row_id: str) -> None:
        values = {"id": row_id, "user_id": user_id, "role_id": role_id}
        await self._uow.execute(_GIVE_TO_USER, {"tenant_id": self._tenant_id, **values})

    async def give_to_application(self, application_id: ApplicationId, role_id: RoleId, *, row_id: str) -> None:
        values = {"id": row_id, "application_id": application_id, "role_id": role_id}
        await self._uow.execute(_GIVE_TO_APPLICATION, {"tenant_id": self._tenant_id, **values})

    async def take_from_application(self, application_id: ApplicationId, role_id: RoleId) -> None:
        values = {"of_tenant": self._tenant_id, "of_holder": application_id, "of_role": role_id}
        await self._uow.execute(_TAKE_FROM_APPLICATION, values)

    def ids_of_users(self, role_id: RoleId) -> Select[str]:
        return _ids_of_users(self._tenant_id, role_id)

    def ids_of_applications(self, role_id: RoleId) -> Select[str]:
        is_holder = (_APPLICATION_ROLES.c.tenant_id == self._tenant_id, _APPLICATION_ROLES.c.role_id == role_id)
        return select(_APPLICATION_ROLES.c.application_id).where(*is_holder)

    def _rules(self, filter_: RoleFilter, search: Search | None) -> Sequence[ColumnElement[bool]]:
        rules: list[ColumnElement[bool]] = []
        if filter_.type is not None:
            rules.append(_ROLES.c.type == filter_.type)
        if filter_.not_of_user is not None:
            is_holder = (_USER_ROLES.c.tenant_id == self._tenant_id, _USER_ROLES.c.user_id == filter_.not_of_user)
            rules.append(_ROLES.c.id.not_in(select(_USER_ROLES.c.role_id).where(*is_holder)))
        if filter_.not_of_application is not None:
            held = select(_APPLICATION_ROLES.c.role_id).where(
                _APPLICATION_ROLES.c.tenant_id == self._tenant_id,
                _APPLICATION_ROLES.c.application_id == filter_.not_of_application,
            )
            rules.append(_ROLES.c.id.not_in(held))
        if search is not None:
            rules.append(condition(search, SEARCHABLE, is_sqlite=self._uow.database.is_sqlite))
        return rules

    async def _roles(self, statement: Select[*tuple[Any, ...]], **values: Any) -> Sequence[Role]:
        rows = await self._uow.execute(statement, {"of_tenant": self._tenant_id, **values})
        return [role_of(row) for row in rows]


def role_of(row: Row) -> Role:
    return Role(
        id=RoleId(row.id),
        name=row.name,
        description=row.description,
        type=RoleType(row.type),
        is_default=row.is_default,
    )


def _scope(row: Row) -> Scope:
    return Scope(
        id=ScopeId(row.id),
        resource_id=ResourceId(row.resource_id),
        name=row.name,
        description=row.description,
        created_at=row.created_at,
    )


def _resource(row: Row) -> Resource:
    return Resource(
        id=ResourceId(row.resource_id),
        name=row.resource_name,
        indicator=row.indicator,
        is_default=row.is_default,
        access_token_ttl=row.access_token_ttl,
    )
