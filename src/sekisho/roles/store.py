"""Rows of roles and of who holds them; joins scopes and resources for what a holder may ask for."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import BindParameter, Row, Select, bindparam, delete, exists, insert, or_, select, true

from sekisho.db.database import UnitOfWork
from sekisho.db.lengths import check_lengths
from sekisho.kernel.ids import ApplicationId, TenantId, UserId
from sekisho.resources.models import Scope, ScopeId
from sekisho.resources.tables import ResourceTable, ScopeTable
from sekisho.roles.models import Role, RoleId, RoleType
from sekisho.roles.tables import ApplicationRoleTable, RoleScopeTable, RoleTable, UserRoleTable

_ROLE = (RoleTable.id, RoleTable.name, RoleTable.description, RoleTable.type, RoleTable.is_default)
_SCOPE = (ScopeTable.id, ScopeTable.resource_id, ScopeTable.name, ScopeTable.description, ScopeTable.created_at)
_TENANT: BindParameter[str] = bindparam("tenant_id")
_HOLDER: BindParameter[str] = bindparam("holder")


def _scopes_of(role_ids: Select[str]) -> Select[*tuple[Any, ...]]:
    """Select the scopes of roles; a scope that several of them hold comes once."""
    is_given = exists().where(
        RoleScopeTable.tenant_id == _TENANT,
        RoleScopeTable.scope_id == ScopeTable.id,
        RoleScopeTable.role_id.in_(role_ids),
    )
    is_its_resource = (ResourceTable.tenant_id == _TENANT) & (ResourceTable.id == ScopeTable.resource_id)
    return (
        select(*_SCOPE)
        .join(ResourceTable, is_its_resource)
        .where(ScopeTable.tenant_id == _TENANT, is_given)
        .order_by(ScopeTable.created_at, ScopeTable.id)
    )


# Built once: they are on the path of users' tokens.
_ROLES = select(*_ROLE).where(RoleTable.tenant_id == _TENANT).order_by(RoleTable.name)
_HELD_BY_USER = select(UserRoleTable.role_id).where(
    UserRoleTable.tenant_id == _TENANT, UserRoleTable.user_id == _HOLDER
)
_HELD_BY_APPLICATION = select(ApplicationRoleTable.role_id).where(
    ApplicationRoleTable.tenant_id == _TENANT, ApplicationRoleTable.application_id == _HOLDER
)
_ROLES_OF_USER = _ROLES.where(RoleTable.id.in_(_HELD_BY_USER))
_ROLES_OF_APPLICATION = _ROLES.where(RoleTable.id.in_(_HELD_BY_APPLICATION))
_SCOPES_OF_USER = _scopes_of(_HELD_BY_USER).where(ResourceTable.indicator == bindparam("indicator"))
_SCOPES_OF_APPLICATION = _scopes_of(_HELD_BY_APPLICATION).add_columns(ResourceTable.indicator)


class RoleStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def add(self, role: Role) -> None:
        values = asdict(role)
        check_lengths(RoleTable, values)
        await self._uow.execute(insert(RoleTable).values(tenant_id=self._tenant_id, **values))

    async def add_scope(self, role_id: RoleId, scope_id: ScopeId, *, row_id: str) -> None:
        values = {"id": row_id, "role_id": role_id, "scope_id": scope_id}
        await self._uow.execute(insert(RoleScopeTable).values(tenant_id=self._tenant_id, **values))

    async def list_by_names(self, names: Iterable[str]) -> Sequence[Role]:
        return await self._roles(_ROLES.where(RoleTable.name.in_(tuple(names))))

    async def list_defaults(self, *, or_named: Iterable[str]) -> Sequence[Role]:
        """Return the user roles that every new user gets: those marked so, and those named."""
        is_meant = or_(RoleTable.is_default == true(), RoleTable.name.in_(tuple(or_named)))
        return await self._roles(_ROLES.where(RoleTable.type == RoleType.USER, is_meant))

    async def list_of_user(self, user_id: UserId) -> Sequence[Role]:
        return await self._roles(_ROLES_OF_USER, holder=user_id)

    async def list_of_application(self, application_id: ApplicationId) -> Sequence[Role]:
        return await self._roles(_ROLES_OF_APPLICATION, holder=application_id)

    async def scopes_of_user(self, user_id: UserId, indicator: str) -> Sequence[Scope]:
        values = {"tenant_id": self._tenant_id, "holder": user_id, "indicator": indicator}
        return [Scope(**row._asdict()) for row in await self._uow.execute(_SCOPES_OF_USER, values)]

    async def scopes_of_application(self, application_id: ApplicationId) -> Sequence[tuple[str, Scope]]:
        """Return every scope an application's roles give it, each with the indicator of its resource."""
        values = {"tenant_id": self._tenant_id, "holder": application_id}
        rows = [row._asdict() for row in await self._uow.execute(_SCOPES_OF_APPLICATION, values)]
        return tuple((row.pop("indicator"), Scope(**row)) for row in rows)

    async def give_to_user(self, user_id: UserId, role_id: RoleId, *, row_id: str) -> None:
        values = {"id": row_id, "user_id": user_id, "role_id": role_id}
        await self._uow.execute(insert(UserRoleTable).values(tenant_id=self._tenant_id, **values))

    async def give_to_application(self, application_id: ApplicationId, role_id: RoleId, *, row_id: str) -> None:
        values = {"id": row_id, "application_id": application_id, "role_id": role_id}
        await self._uow.execute(insert(ApplicationRoleTable).values(tenant_id=self._tenant_id, **values))

    async def take_from_application(self, application_id: ApplicationId, role_id: RoleId) -> None:
        table = ApplicationRoleTable
        is_held = (table.application_id == application_id, table.role_id == role_id)
        await self._uow.execute(delete(table).where(table.tenant_id == self._tenant_id, *is_held))

    def ids_of_users(self, role_id: RoleId) -> Select[str]:
        table = UserRoleTable
        return select(table.user_id).where(table.tenant_id == self._tenant_id, table.role_id == role_id)

    def ids_of_applications(self, role_id: RoleId) -> Select[str]:
        table = ApplicationRoleTable
        return select(table.application_id).where(table.tenant_id == self._tenant_id, table.role_id == role_id)

    async def _roles(self, statement: Select[*tuple[Any, ...]], **values: str) -> Sequence[Role]:
        rows = await self._uow.execute(statement, {"tenant_id": self._tenant_id, **values})
        return [_role(row) for row in rows]


def _role(row: Row[Any]) -> Role:
    return Role(
        id=RoleId(row.id),
        name=row.name,
        description=row.description,
        type=RoleType(row.type),
        is_default=row.is_default,
    )
