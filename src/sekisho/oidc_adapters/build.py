"""Puts the provider of one unit of work together; called by the composition root (`sekisho.services`)."""

from sekisho.applications.service import ApplicationService
from sekisho.db.database import UnitOfWork
from sekisho.grants.store import AccessTokenStore, AuthorizationCodeStore, GrantStore, RefreshTokenStore
from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import Ids
from sekisho.oidc.ports import Ports
from sekisho.oidc.provider import Provider
from sekisho.oidc_adapters.accounts import UserAccounts
from sekisho.oidc_adapters.clients import ApplicationClients
from sekisho.oidc_adapters.resources import ApiResources
from sekisho.resources.service import ResourceService
from sekisho.roles.service import RoleService
from sekisho.sessions.service import InteractionService, SessionService
from sekisho.signing_keys.service import SigningKeyService
from sekisho.tenants.cache import TenantCache
from sekisho.tenants.models import ConfigurationKey
from sekisho.tenants.service import TenantService
from sekisho.tenants.urls import TenantUrls
from sekisho.token_claims.service import TokenClaimService
from sekisho.users.service import UserService


def build_provider(
    *,
    urls: TenantUrls,
    uow: UnitOfWork,
    clock: Clock,
    ids: Ids,
    cache: TenantCache,
    tenants: TenantService,
    signing_keys: SigningKeyService,
    applications: ApplicationService,
    resources: ResourceService,
    roles: RoleService,
    users: UserService,
    sessions: SessionService,
    interactions: InteractionService,
) -> Provider:
    """Return the provider of the tenant that `urls` belong to."""
    tenant_id = urls.tenant_id
    accounts = UserAccounts(users=users)
    claims = TokenClaimService(
        find_user=accounts.user,
        role_names=roles.role_names_of_user,
        configuration=lambda: tenants.configuration(ConfigurationKey.ID_TOKEN),
    )
    return Provider(
        Ports(
            issuer=urls.issuer,
            base_url=urls.base,
            clock=clock,
            ids=ids,
            clients=ApplicationClients(applications=applications, urls=urls, cache=cache),
            accounts=accounts,
            resources=ApiResources(resources=resources, roles=roles),
            claims=claims,
            keys=signing_keys,
            sessions=sessions,
            interactions=interactions,
            grants=GrantStore(uow=uow, tenant_id=tenant_id),
            codes=AuthorizationCodeStore(uow=uow, tenant_id=tenant_id),
            access_tokens=AccessTokenStore(uow=uow, tenant_id=tenant_id),
            refresh_tokens=RefreshTokenStore(uow=uow, tenant_id=tenant_id),
        )
    )
