"""API resources and the scopes that roles give, as the protocol asks for them."""

from collections.abc import Sequence

from sekisho.kernel.ids import ApplicationId, UserId
from sekisho.oidc.models import ORGANIZATIONS_RESOURCE, ResourceServer
from sekisho.resources.models import ResourceWithScopes
from sekisho.resources.service import ResourceService
from sekisho.roles.service import RoleService

_ORGANIZATIONS = ResourceServer(indicator=ORGANIZATIONS_RESOURCE)


class ApiResources:
    """Implements `Resources`."""

    def __init__(self, *, resources: ResourceService, roles: RoleService) -> None:
        self._resources = resources
        self._roles = roles

    async def find(self, indicator: str) -> ResourceServer | None:
        if indicator == ORGANIZATIONS_RESOURCE:
            return _ORGANIZATIONS
        found = await self._resources.find_by_indicator(indicator)
        return None if found is None else _server(found)

    async def default(self) -> ResourceServer | None:
        found = await self._resources.find_default()
        return None if found is None else _server(found)

    async def scopes_of_account(self, *, account_id: UserId, indicator: str) -> Sequence[str]:
        if indicator == ORGANIZATIONS_RESOURCE:
            return ()
        return [scope.name for scope in await self._roles.scopes_of_user(account_id, indicator)]

    async def scopes_of_client(self, *, client_id: str, indicator: str) -> Sequence[str]:
        if indicator == ORGANIZATIONS_RESOURCE:
            return ()
        return [scope.name for scope in await self._roles.scopes_of_application(ApplicationId(client_id), indicator)]


def _server(found: ResourceWithScopes) -> ResourceServer:
    resource = found.resource
    return ResourceServer(indicator=resource.indicator, access_token_lifetime=resource.access_token_ttl)
