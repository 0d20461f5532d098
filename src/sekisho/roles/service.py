"""Decisions about roles: which a new user gets, who may hold which type, and what holders may ask for."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Select

from sekisho.db.errors import UniqueViolation
from sekisho.db.search import Search
from sekisho.kernel.errors import NothingToUpdate
from sekisho.kernel.events import Announce
from sekisho.kernel.ids import ApplicationId, Ids, TenantId, UserId
from sekisho.kernel.pages import Page, PageRequest
from sekisho.resources.errors import ScopeIdNotFound
from sekisho.resources.models import Resource, Scope, ScopeId, is_management_api
from sekisho.resources.service import ResourceService
from sekisho.roles.errors import (
    DefaultRoleMissing,
    InternalRoleMissing,
    InternalRoleUnchangeable,
    InvalidApplicationRole,
    InvalidUserRole,
    ManagementApiForUsers,
    RoleIdNotFound,
    RoleNameInUse,
    RoleNotFound,
    ScopeGivenAlready,
    ScopeNotGiven,
)
from sekisho.roles.events import RoleMadeWithScopes
from sekisho.roles.models import (
    INTERNAL_ADMIN_ROLE,
    INTERNAL_PREFIX,
    NewRole,
    Role,
    RoleChange,
    RoleId,
    RoleType,
    RoleWithScopes,
)
from sekisho.roles.store import RoleStore
from sekisho.tenants.cache import TenantCache


class RoleService:
    """`default_role_names` are roles every new user gets beside those marked as default."""

    def __init__(
        self,
        *,
        tenant_id: TenantId,
        store: RoleStore,
        resources: ResourceService,
        cache: TenantCache,
        ids: Ids,
        announce: Announce,
        default_role_names: Sequence[str] = (),
    ) -> None:
        self._tenant_id = tenant_id
        self._store = store
        self._resources = resources
        self._announce = announce
        self._cache = cache
        self._ids = ids
        self._default_role_names = default_role_names

    async def get(self, role_id: RoleId) -> Role:
        return await self._store.get(role_id)

    async def define(self, new: NewRole) -> Role:
        """Make a role as an administrator may."""
        if new.name.startswith(INTERNAL_PREFIX):
            raise InternalRoleUnchangeable
        scopes = await self._allowed_scopes(new.type, dict.fromkeys(new.scope_ids))
        role = await self.create(
            name=new.name,
            description=new.description,
            type_=new.type,
            is_default=new.is_default,
            scope_ids=[scope.id for scope in scopes],
        )
        if scopes:
            await self._announce(RoleMadeWithScopes(tenant_id=self._tenant_id, role_id=role.id, scopes=scopes))
        return role

    async def update(self, role_id: RoleId, change: RoleChange) -> Role:
        _check_own(await self._store.get(role_id))
        if change.get("name", "").startswith(INTERNAL_PREFIX):
            raise InternalRoleUnchangeable
        if not change:
            raise NothingToUpdate
        try:
            return await self._store.update(role_id, change)
        except UniqueViolation as violation:
            raise RoleNameInUse(name=change.get("name")) from violation

    async def delete(self, role_id: RoleId) -> None:
        """Remove a role: whoever holds it loses at once what it gave."""
        _check_own(await self._store.get(role_id))
        if not await self._store.remove(role_id):
            raise RoleIdNotFound(role_id)
        await self._cache.changed()

    async def page_of_scopes(
        self, role_id: RoleId, page: PageRequest | None, *, search: Search | None = None
    ) -> Page[tuple[Scope, Resource]]:
        """Return what a role gives, each scope with its API; all of it without `page`."""
        await self._store.get(role_id)
        return await self._store.page_of_scopes(role_id, page, search=search)

    async def add_scopes(self, role_id: RoleId, scope_ids: Iterable[ScopeId]) -> Sequence[Scope]:
        """Let a role give more; return all it gives then."""
        role = await self._store.get(role_id)
        _check_own(role)
        wanted = tuple(dict.fromkeys(scope_ids))
        given = {scope.id for scope, _ in (await self._store.page_of_scopes(role_id, None)).rows}
        if again := next((scope_id for scope_id in wanted if scope_id in given), None):
            raise ScopeGivenAlready(scope_id=again)
        await self._allowed_scopes(role.type, wanted)
        for scope_id in wanted:
            try:
                await self._store.add_scope(role_id, scope_id, row_id=self._ids.standard())
            except UniqueViolation as violation:
                raise ScopeGivenAlready(scope_id=scope_id) from violation
        await self._cache.changed()
        return [scope for scope, _ in (await self._store.page_of_scopes(role_id, None)).rows]

    async def remove_scope(self, role_id: RoleId, scope_id: ScopeId) -> None:
        _check_own(await self._store.get(role_id))
        if not await self._store.remove_scope(role_id, scope_id):
            raise ScopeNotGiven
        await self._cache.changed()

    async def create(
        self,
        *,
        name: str,
        description: str,
        type_: RoleType,
        is_default: bool = False,
        scope_ids: Iterable[ScopeId] = (),
        role_id: RoleId | None = None,
    ) -> Role:
        """Make a role; `role_id` only for seeded ones, whose ids are part of the contract."""
        role = Role(
            id=role_id or RoleId(self._ids.standard()),
            name=name,
            description=description,
            type=type_,
            is_default=is_default,
        )
        try:
            await self._store.add(role)
        except UniqueViolation as violation:
            if violation.columns == {"name"}:
                raise RoleNameInUse(name=name) from violation
            raise
        for scope_id in scope_ids:
            await self._store.add_scope(role.id, scope_id, row_id=self._ids.standard())
        await self._cache.changed()
        return role

    async def scopes_of_user(self, user_id: UserId, indicator: str) -> Sequence[Scope]:
        """Return the scopes of one resource that a user's roles give him."""
        return await self._store.scopes_of_user(user_id, indicator)

    async def scopes_of_application(self, application_id: ApplicationId, indicator: str) -> Sequence[Scope]:
        """Return the scopes of one resource that an application's roles give it."""
        given = await self._store.scopes_of_application(application_id)
        return tuple(scope for resource, scope in given if resource == indicator)

    async def roles_of_user(self, user_id: UserId) -> Sequence[Role]:
        return await self._store.list_of_user(user_id)

    async def roles_of_user_with_scopes(self, user_id: UserId) -> Sequence[RoleWithScopes]:
        """Return a user's roles with everything each of them gives."""
        given = await self._store.scopes_by_role_of_user(user_id)
        roles = await self._store.list_of_user(user_id)
        return [RoleWithScopes(role=role, scopes=given.get(role.id, ())) for role in roles]

    async def role_names_of_user(self, user_id: UserId) -> Sequence[str]:
        return [role.name for role in await self._store.list_of_user(user_id)]

    async def assign_default_roles(self, user_id: UserId) -> None:
        """Give a new user what every new user gets."""
        roles = await self._store.list_defaults(or_named=self._default_role_names)
        if missing := set(self._default_role_names) - {role.name for role in roles}:
            raise DefaultRoleMissing(sorted(missing))
        for role in roles:
            await self._store.give_to_user(user_id, role.id, row_id=self._ids.standard())

    async def assign(self, user_id: UserId, names: Iterable[str]) -> None:
        """Give a user the roles of these names, but those he has already."""
        held = {role.id for role in await self._store.list_of_user(user_id)}
        for role in await self._named(names):
            if role.type is not RoleType.USER:
                raise InvalidUserRole
            if role.id not in held:
                await self._store.give_to_user(user_id, role.id, row_id=self._ids.standard())

    async def assign_to_application(self, application_id: ApplicationId, names: Iterable[str]) -> None:
        """Give an application the roles of these names, but those it has already."""
        held = {role.id for role in await self._store.list_of_application(application_id)}
        for role in await self._named(names):
            if role.type is not RoleType.MACHINE_TO_MACHINE:
                raise InvalidApplicationRole
            if role.id not in held:
                await self._store.give_to_application(application_id, role.id, row_id=self._ids.standard())
        await self._cache.changed()

    async def is_internal_admin(self, application_id: ApplicationId) -> bool:
        """Tell whether an application holds the internal role for the Management API."""
        roles = await self._store.list_of_application(application_id)
        return any(role.name == INTERNAL_ADMIN_ROLE for role in roles)

    async def set_internal_admin(self, application_id: ApplicationId, *, is_admin: bool) -> None:
        if not (found := await self._store.list_by_names([INTERNAL_ADMIN_ROLE])):
            raise InternalRoleMissing(name=INTERNAL_ADMIN_ROLE)
        if is_admin:
            await self.assign_to_application(application_id, [INTERNAL_ADMIN_ROLE])
        else:
            await self._store.take_from_application(application_id, found[0].id)
            await self._cache.changed()

    def ids_of_users(self, role_id: RoleId) -> Select[str]:
        """Return a sub-select of the users who hold a role, for lists that leave them out."""
        return self._store.ids_of_users(role_id)

    def ids_of_applications(self, role_id: RoleId) -> Select[str]:
        """Return a sub-select of the applications that hold a role, for lists that leave them out."""
        return self._store.ids_of_applications(role_id)

    async def _named(self, names: Iterable[str]) -> Sequence[Role]:
        wanted = set(names)
        roles = await self._store.list_by_names(wanted)
        if len(roles) < len(wanted):
            raise RoleNotFound
        return roles

    async def _allowed_scopes(self, type_: RoleType, scope_ids: Iterable[ScopeId]) -> Sequence[Scope]:
        """Return the scopes; refuses those that do not exist, and those that no role of this type may give."""
        known = {scope.id: (scope, entry.resource) for entry in await self._resources.list() for scope in entry.scopes}
        found: list[Scope] = []
        for scope_id in scope_ids:
            if scope_id not in known:
                raise ScopeIdNotFound(scope_id)
            scope, api = known[scope_id]
            # Attack: a person who signs in anywhere, or is made to, would administer the tenant.
            if type_ is RoleType.USER and is_management_api(api.indicator):
                raise ManagementApiForUsers
            found.append(scope)
        return found


def _check_own(role: Role) -> None:
    """Refuse a role of the product itself: what stands on it would break."""
    if role.name.startswith(INTERNAL_PREFIX):
        raise InternalRoleUnchangeable
