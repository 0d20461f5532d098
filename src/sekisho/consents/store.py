"""Rows of what third-party applications may ask people for. Statements are built once.

Parameters named `of_…` say which rows, the others which columns to write.
"""

from collections.abc import Iterable

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from sekisho.consents.models import ConsentScopes, ScopeType
from sekisho.consents.tables import ConsentResourceScopeTable, ConsentUserScopeTable
from sekisho.db.database import UnitOfWork
from sekisho.kernel.ids import ApplicationId, TenantId
from sekisho.resources.models import ScopeId

_TABLES = ConsentUserScopeTable.metadata.tables
_USERS = _TABLES[ConsentUserScopeTable.__tablename__]
_RESOURCES = _TABLES[ConsentResourceScopeTable.__tablename__]

_USERS_OF = (_USERS.c.tenant_id == bindparam("of_tenant"), _USERS.c.application_id == bindparam("of_application"))
_LIST_USERS = select(_USERS.c.user_scope).where(*_USERS_OF).order_by(_USERS.c.user_scope)
_ADD_USERS_ON_SQLITE = sqlite.insert(_USERS).on_conflict_do_nothing()
_ADD_USERS_ON_POSTGRESQL = postgresql.insert(_USERS).on_conflict_do_nothing()
_REMOVE_USER = delete(_USERS).where(*_USERS_OF, _USERS.c.user_scope == bindparam("of_scope"))

_RESOURCES_OF = (
    _RESOURCES.c.tenant_id == bindparam("of_tenant"),
    _RESOURCES.c.application_id == bindparam("of_application"),
)
_LIST_RESOURCES = select(_RESOURCES.c.type, _RESOURCES.c.scope_id).where(*_RESOURCES_OF).order_by(_RESOURCES.c.scope_id)
_ADD_RESOURCES_ON_SQLITE = sqlite.insert(_RESOURCES).on_conflict_do_nothing()
_ADD_RESOURCES_ON_POSTGRESQL = postgresql.insert(_RESOURCES).on_conflict_do_nothing()
_REMOVE_RESOURCE = delete(_RESOURCES).where(
    *_RESOURCES_OF, _RESOURCES.c.type == bindparam("of_type"), _RESOURCES.c.scope_id == bindparam("of_scope")
)


class ConsentScopeStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def find(self, application_id: ApplicationId) -> ConsentScopes:
        """Return an application's lists, empty ones where it has none."""
        which = self._of(application_id)
        users = (await self._uow.execute(_LIST_USERS, which)).scalars()
        resources: dict[str, list[ScopeId]] = {}
        for row in await self._uow.execute(_LIST_RESOURCES, which):
            resources.setdefault(row.type, []).append(ScopeId(row.scope_id))
        return ConsentScopes(
            users=tuple(users),
            resources=tuple(resources.get(ScopeType.RESOURCE, ())),
            organization_resources=tuple(resources.get(ScopeType.ORGANIZATION_RESOURCE, ())),
        )

    async def add(self, application_id: ApplicationId, scopes: ConsentScopes) -> None:
        """Put scopes on an application's lists; those that are there already stay as they are."""
        common = {"tenant_id": self._tenant_id, "application_id": application_id}
        is_sqlite = self._uow.database.is_sqlite
        if users := [{**common, "user_scope": each} for each in dict.fromkeys(scopes.users)]:
            await self._uow.execute(_ADD_USERS_ON_SQLITE if is_sqlite else _ADD_USERS_ON_POSTGRESQL, users)
        if resources := [{**common, "type": type_, "scope_id": each} for type_, each in _typed(scopes)]:
            await self._uow.execute(_ADD_RESOURCES_ON_SQLITE if is_sqlite else _ADD_RESOURCES_ON_POSTGRESQL, resources)

    async def remove(self, application_id: ApplicationId, type_: ScopeType, scope: str) -> bool:
        """Take a scope off a list. False when it was not on it."""
        which = {**self._of(application_id), "of_scope": scope}
        if type_ is ScopeType.USER:
            return bool((await self._uow.execute(_REMOVE_USER, which)).rowcount)
        return bool((await self._uow.execute(_REMOVE_RESOURCE, {**which, "of_type": type_})).rowcount)

    def _of(self, application_id: ApplicationId) -> dict[str, str]:
        return {"of_tenant": self._tenant_id, "of_application": application_id}


def _typed(scopes: ConsentScopes) -> Iterable[tuple[ScopeType, ScopeId]]:
    """Return the scopes of APIs with the list each of them is for, each once."""
    yield from ((ScopeType.RESOURCE, each) for each in dict.fromkeys(scopes.resources))
    yield from ((ScopeType.ORGANIZATION_RESOURCE, each) for each in dict.fromkeys(scopes.organization_resources))
