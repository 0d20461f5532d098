"""API resources and the scopes that roles give, as the protocol asks for them."""

from collections.abc import Callable, Sequence

from sekisho.kernel.ids import ApplicationId, UserId
from sekisho.oidc.models import ORGANIZATIONS_RESOURCE, ResourceServer
from sekisho.resources.models import ResourceWithScopes
from sekisho.resources.service import ResourceService
from sekisho.roles.service import RoleService
from sekisho.tenants.cache import TenantCache

_ORGANIZATIONS = ResourceServer(indicator=ORGANIZATIONS_RESOURCE)


class ApiResources:
    """Implements `Resources`. What machines ask for is kept as the protocol sees it, as long as it is unchanged.

    The services are made when something is read, which is seldom.
    """

    def __init__(
        self, *, resources: Callable[[], ResourceService], roles: Callable[[], RoleService], cache: TenantCache
    ) -> None:
        self._resources = resources
        self._roles = roles
        self._cache = cache

    async def find(self, indicator: str) -> ResourceServer | None:
        return await self._cache.get(("resource server", indicator), lambda: self._find(indicator))

    async def default(self) -> ResourceServer | None:
        found = await self._resources().find_default()
        return None if found is None else _server(found)

    async def scopes_of_account(self, *, account_id: UserId, indicator: str) -> Sequence[str]:
        if indicator == ORGANIZATIONS_RESOURCE:
            return ()
        return [scope.name for scope in await self._roles().scopes_of_user(account_id, indicator)]

    async def scopes_of_client(self, *, client_id: str, indicator: str) -> Sequence[str]:
        key = ("scopes of client", client_id, indicator)
        return await self._cache.get(key, lambda: self._scopes_of(ApplicationId(client_id), indicator))

    async def _find(self, indicator: str) -> ResourceServer | None:
        if indicator == ORGANIZATIONS_RESOURCE:
            return _ORGANIZATIONS
        found = await self._resources().find_by_indicator(indicator)
        return None if found is None else _server(found)

    async def _scopes_of(self, application_id: ApplicationId, indicator: str) -> Sequence[str]:
        if indicator == ORGANIZATIONS_RESOURCE:
            return ()
        held = await self._roles().scopes_of_application(application_id, indicator)
        return tuple(scope.name for scope in held)


def _server(found: ResourceWithScopes) -> ResourceServer:
    resource = found.resource
    return ResourceServer(indicator=resource.indicator, access_token_lifetime=resource.access_token_ttl)
