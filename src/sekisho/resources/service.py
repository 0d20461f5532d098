"""Decisions about API resources. Reading is on the path of every token, so the whole set is cached as one value."""

from collections.abc import Sequence
from datetime import timedelta

from sekisho.db.errors import UniqueViolation
from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import Ids
from sekisho.resources.errors import IndicatorInUse, ResourceNotFound, ScopeNameInUse
from sekisho.resources.models import (
    DEFAULT_ACCESS_TOKEN_TTL,
    Resource,
    ResourceId,
    ResourceWithScopes,
    Scope,
    ScopeId,
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
