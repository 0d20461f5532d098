"""Decisions about API resources. Reading is on the path of every token, so the whole set is cached as one value."""

from collections.abc import Sequence
from datetime import timedelta

from sekisho.db.errors import UniqueViolation
from sekisho.db.search import Search
from sekisho.kernel.clock import Clock
from sekisho.kernel.errors import InvalidInput, NothingToUpdate, ValueTooLong
from sekisho.kernel.ids import Ids
from sekisho.kernel.pages import Page, PageRequest
from sekisho.resources.errors import (
    IndicatorInUse,
    ManagementApiUnchangeable,
    ManagementApiUndeletable,
    ResourceNotFound,
    ScopeNameInUse,
    ScopeNameWithSpace,
    ScopeToChangeNotFound,
    ScopeToDeleteNotFound,
)
from sekisho.resources.models import (
    DEFAULT_ACCESS_TOKEN_TTL,
    LONGEST_INDICATOR,
    Resource,
    ResourceChange,
    ResourceId,
    ResourceWithScopes,
    Scope,
    ScopeChange,
    ScopeId,
    is_management_api,
    is_reserved,
)
from sekisho.resources.store import ResourceStore
from sekisho.tenants.cache import TenantCache

_CACHE_KEY = ("resources",)


class ResourceService:
    def __init__(self, *, store: ResourceStore, cache: TenantCache, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._cache = cache
        self._clock = clock
        self._ids = ids

    async def list(self) -> Sequence[ResourceWithScopes]:
        return await self._cache.get(_CACHE_KEY, self._store.list_with_scopes)

    async def get(self, resource_id: ResourceId) -> ResourceWithScopes:
        for entry in await self.list():
            if entry.resource.id == resource_id:
                return entry
        raise ResourceNotFound(resource_id)

    async def page(self, page: PageRequest | None) -> Page[ResourceWithScopes]:
        """Return APIs by name; all of them without `page`."""
        entries = await self.list()
        rows = entries if page is None else entries[page.offset : page.offset + page.size]
        return Page(rows=rows, total=len(entries))

    async def find_by_indicator(self, indicator: str) -> ResourceWithScopes | None:
        return next((entry for entry in await self.list() if entry.resource.indicator == indicator), None)

    async def find_default(self) -> ResourceWithScopes | None:
        """Return the resource meant when an authorization request names none."""
        return next((entry for entry in await self.list() if entry.resource.is_default), None)

    async def create(
        self,
        *,
        name: str,
        indicator: str,
        access_token_ttl: timedelta = DEFAULT_ACCESS_TOKEN_TTL,
        is_default: bool = False,
        resource_id: ResourceId | None = None,
    ) -> Resource:
        """Register an API; `resource_id` only for seeded ones, whose ids are part of the contract."""
        # Attack: a scope of one's own API would count as what an organization's roles give (oidc.md §21).
        if is_reserved(indicator):
            raise InvalidInput(details=f"{indicator} is reserved for organizations.")
        if len(indicator.encode()) > LONGEST_INDICATOR:
            raise ValueTooLong(data={"message": f"an indicator has at most {LONGEST_INDICATOR} bytes"})
        resource = Resource(
            id=resource_id or ResourceId(self._ids.standard()),
            name=name,
            indicator=indicator,
            is_default=is_default,
            access_token_ttl=access_token_ttl,
        )
        try:
            await self._store.add(resource)
        except UniqueViolation as violation:
            if violation.columns == {"indicator"}:
                raise IndicatorInUse(indicator=indicator) from violation
            raise
        await self._cache.changed()
        return resource

    async def update(self, resource_id: ResourceId, change: ResourceChange) -> Resource:
        if is_management_api((await self.get(resource_id)).resource.indicator):
            raise ManagementApiUnchangeable
        if not change:
            raise NothingToUpdate
        await self._cache.changed()
        return _present(await self._store.update(resource_id, change), resource_id)

    async def set_default(self, resource_id: ResourceId, *, is_default: bool) -> Resource:
        """Make an API the one that is meant when an authorization names none, instead of another; or no longer."""
        await self.get(resource_id)
        # Whoever decides the same at this moment waits here, and finds the default that was set before his.
        await self._cache.changed()
        if is_default:
            await self._store.clear_default()
        return _present(await self._store.set_default(resource_id, is_default=is_default), resource_id)

    async def delete(self, resource_id: ResourceId) -> None:
        """Remove an API: nobody gets tokens for it any more, and its scopes leave every role."""
        if is_management_api((await self.get(resource_id)).resource.indicator):
            raise ManagementApiUndeletable
        if not await self._store.remove(resource_id):
            raise ResourceNotFound(resource_id)
        await self._cache.changed()

    async def page_of_scopes(
        self, resource_id: ResourceId, page: PageRequest, *, search: Search | None = None
    ) -> Page[Scope]:
        await self.get(resource_id)
        return await self._store.page_of_scopes(resource_id, page, search=search)

    async def create_scope(self, resource_id: ResourceId, *, name: str, description: str | None = None) -> Scope:
        """Add a scope to an API of the tenant's own."""
        await self._check_own(resource_id)
        _check_scope_name(name)
        return await self.add_scope(resource_id, name=name, description=description)

    async def update_scope(self, resource_id: ResourceId, scope_id: ScopeId, change: ScopeChange) -> Scope:
        await self._check_own(resource_id)
        if "name" in change:
            _check_scope_name(change["name"])
        if not change:
            raise NothingToUpdate
        try:
            scope = await self._store.update_scope(resource_id, scope_id, change)
        except UniqueViolation as violation:
            raise ScopeNameInUse(name=change.get("name")) from violation
        if scope is None:
            raise ScopeToChangeNotFound
        await self._cache.changed()
        return scope

    async def delete_scope(self, resource_id: ResourceId, scope_id: ScopeId) -> None:
        await self._check_own(resource_id)
        if not await self._store.remove_scope(resource_id, scope_id):
            raise ScopeToDeleteNotFound
        await self._cache.changed()

    async def add_scope(
        self, resource_id: ResourceId, *, name: str, description: str | None = None, scope_id: ScopeId | None = None
    ) -> Scope:
        """Add a scope to an API; `scope_id` only for seeded ones."""
        scope = Scope(
            id=scope_id or ScopeId(self._ids.standard()),
            resource_id=resource_id,
            name=name,
            description=description,
            created_at=self._clock.now(),
        )
        try:
            await self._store.add_scope(scope)
        except UniqueViolation as violation:
            if "name" in violation.columns:
                raise ScopeNameInUse(name=name) from violation
            raise
        await self._cache.changed()
        return scope

    async def _check_own(self, resource_id: ResourceId) -> None:
        """Refuse the Management API: what its scopes mean is not the tenant's to decide."""
        if is_management_api((await self.get(resource_id)).resource.indicator):
            raise ManagementApiUnchangeable


def _check_scope_name(name: str) -> None:
    # RFC 6749 §3.3: names are separated by spaces.
    if any(character.isspace() for character in name):
        raise ScopeNameWithSpace


def _present(resource: Resource | None, resource_id: ResourceId) -> Resource:
    if resource is None:
        raise ResourceNotFound(resource_id)
    return resource
