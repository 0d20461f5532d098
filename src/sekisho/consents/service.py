"""Decisions about what a third-party application may ask people for. Every authorization reads it, so it is cached."""

from collections.abc import Sequence

from sekisho.applications.service import ApplicationService
from sekisho.consents.errors import (
    ConsentScopeNotListed,
    ConsentScopesNotFound,
    ManagementApiNotAllowed,
    ThirdPartyOnly,
)
from sekisho.consents.models import Ceiling, ConsentScopes, ListedScopes, ScopesOfResource, ScopeType
from sekisho.consents.store import ConsentScopeStore
from sekisho.kernel.ids import ApplicationId
from sekisho.resources.models import ResourceWithScopes, ScopeId, is_management_api
from sekisho.resources.service import ResourceService
from sekisho.tenants.cache import TenantCache


class ConsentScopeService:
    def __init__(
        self,
        *,
        store: ConsentScopeStore,
        cache: TenantCache,
        applications: ApplicationService,
        resources: ResourceService,
    ) -> None:
        self._store = store
        self._cache = cache
        self._applications = applications
        self._resources = resources

    async def ceiling_of(self, application_id: ApplicationId) -> Ceiling:
        """Return the most a third-party application can get."""
        listed = await self._find(application_id)
        wanted = {*listed.resources, *listed.organization_resources}
        resources = {
            entry.resource.indicator: frozenset(scope.name for scope in entry.scopes if scope.id in wanted)
            for entry in await self._resources.list()
            # Attack: an API that was renamed into the Management API would take its third parties along.
            if not is_management_api(entry.resource.indicator)
        }
        return Ceiling(
            users=frozenset(listed.users), resources={name: scopes for name, scopes in resources.items() if scopes}
        )

    async def list(self, application_id: ApplicationId) -> ListedScopes:
        """Return an application's lists; raises `ApplicationNotFound`."""
        await self._applications.get(application_id)
        listed, apis = await self._find(application_id), await self._resources.list()
        return ListedScopes(
            users=listed.users,
            resources=_by_resource(apis, listed.resources),
            organization_resources=_by_resource(apis, listed.organization_resources),
        )

    async def allow(self, application_id: ApplicationId, scopes: ConsentScopes) -> None:
        """Put scopes on an application's lists."""
        if not (await self._applications.get(application_id)).is_third_party:
            raise ThirdPartyOnly
        await self._check(scopes)
        await self._store.add(application_id, scopes)
        await self._cache.changed()

    async def disallow(self, application_id: ApplicationId, type_: ScopeType, scope: str) -> None:
        """Take a scope off a list: the application can have it no more, whoever allowed it."""
        if not await self._store.remove(application_id, type_, scope):
            raise ConsentScopeNotListed
        await self._cache.changed()

    async def _check(self, scopes: ConsentScopes) -> None:
        """Refuse scopes that do not exist, and those no third party may have."""
        apis = {scope.id: entry.resource for entry in await self._resources.list() for scope in entry.scopes}
        wanted = (*scopes.resources, *scopes.organization_resources)
        if scopes.organizations or any(each not in apis for each in wanted):
            raise ConsentScopesNotFound(
                organizations=scopes.organizations,
                resources=[each for each in scopes.resources if each not in apis],
                organization_resources=[each for each in scopes.organization_resources if each not in apis],
            )
        # Attack: an application of somebody else that administers the tenant with its administrator's own rights.
        if any(is_management_api(apis[each].indicator) for each in wanted):
            raise ManagementApiNotAllowed

    async def _find(self, application_id: ApplicationId) -> ConsentScopes:
        return await self._cache.get(("consent_scopes", application_id), lambda: self._store.find(application_id))


def _by_resource(apis: Sequence[ResourceWithScopes], listed: Sequence[ScopeId]) -> Sequence[ScopesOfResource]:
    found = [
        ScopesOfResource(
            resource=entry.resource, scopes=tuple(scope for scope in entry.scopes if scope.id in set(listed))
        )
        for entry in apis
    ]
    return [entry for entry in found if entry.scopes]
