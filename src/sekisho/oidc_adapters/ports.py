"""All ports of one unit of work, each made when the protocol first asks for it: a machine token needs three of them."""

from typing import Protocol

from sekisho.access_rules.service import AccessRuleService
from sekisho.applications.service import ApplicationService
from sekisho.claim_scripts.service import ClaimScriptService
from sekisho.consents.jobs import GrantLimitQueue
from sekisho.consents.service import ConsentScopeService
from sekisho.db.database import UnitOfWork
from sekisho.grants.request_store import DeviceCodeStore, PushedRequestStore
from sekisho.grants.store import AccessTokenStore, AuthorizationCodeStore, GrantStore, RefreshTokenStore
from sekisho.grants.used_proofs import UsedProofStore
from sekisho.jobs.queue import JobQueue
from sekisho.kernel.clock import Clock
from sekisho.kernel.events import Caller
from sekisho.kernel.ids import Ids
from sekisho.kernel.lazy import lazy
from sekisho.oidc.ports import Ports
from sekisho.oidc_adapters.accounts import UserAccounts
from sekisho.oidc_adapters.backchannel import LogoutNoticeJobs
from sekisho.oidc_adapters.clients import ApplicationClients
from sekisho.oidc_adapters.guesses import SentinelGuesses
from sekisho.oidc_adapters.journal import ProviderJournal
from sekisho.oidc_adapters.key_sets import ClientKeySets, KeySetCache
from sekisho.oidc_adapters.options import TenantOptions
from sekisho.oidc_adapters.organizations import NoOrganizations
from sekisho.oidc_adapters.resources import ApiResources
from sekisho.personal_access_tokens.service import PersonalAccessTokenService
from sekisho.resources.service import ResourceService
from sekisho.roles.service import RoleService
from sekisho.security.service import Sentinel
from sekisho.sessions.service import InteractionService, SessionService
from sekisho.sessions.store import InteractionStore
from sekisho.signing_keys.service import SigningKeyService
from sekisho.subject_tokens.service import SubjectTokenService
from sekisho.tenants.cache import TenantCache
from sekisho.tenants.models import ConfigurationKey
from sekisho.tenants.service import TenantService
from sekisho.tenants.urls import TenantUrls
from sekisho.token_claims.service import TokenClaimService
from sekisho.users.service import UserService


class Parts(Protocol):
    """What the ports are made of: the services of one tenant over one unit of work (`sekisho.services`)."""

    urls: TenantUrls
    uow: UnitOfWork
    clock: Clock
    ids: Ids
    cache: TenantCache
    caller: Caller

    @property
    def jobs(self) -> JobQueue: ...

    @property
    def tenants(self) -> TenantService: ...

    @property
    def key_sets(self) -> KeySetCache: ...

    @property
    def provider_options(self) -> TenantOptions: ...

    @property
    def signing_keys(self) -> SigningKeyService: ...

    @property
    def applications(self) -> ApplicationService: ...

    @property
    def consent_scopes(self) -> ConsentScopeService: ...

    @property
    def resources(self) -> ResourceService: ...

    @property
    def roles(self) -> RoleService: ...

    @property
    def access_rules(self) -> AccessRuleService: ...

    @property
    def users(self) -> UserService: ...

    @property
    def claim_scripts(self) -> ClaimScriptService: ...

    @property
    def sessions(self) -> SessionService: ...

    @property
    def subject_tokens(self) -> SubjectTokenService: ...

    @property
    def personal_access_tokens(self) -> PersonalAccessTokenService: ...

    @property
    def sentinel(self) -> Sentinel: ...

    @property
    def journal(self) -> ProviderJournal: ...


class ServicePorts(Ports):
    """Implements `sekisho.oidc.ports.Ports` over the services."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def clock(self) -> Clock:
        return self._parts.clock

    @property
    def ids(self) -> Ids:
        return self._parts.ids

    @property
    def issuer(self) -> str:
        return self._parts.urls.issuer

    @property
    def base_url(self) -> str:
        return self._parts.urls.base

    @property
    def journal(self) -> ProviderJournal:
        return self._parts.journal

    @property
    def options(self) -> TenantOptions:
        return self._parts.provider_options

    @lazy
    def clients(self) -> ApplicationClients:
        parts = self._parts
        return ApplicationClients(
            applications=lambda: parts.applications,
            consent_scopes=lambda: parts.consent_scopes,
            urls=parts.urls,
            cache=parts.cache,
        )

    @lazy
    def key_sets(self) -> ClientKeySets:
        return ClientKeySets(shared=self._parts.key_sets, uow=self._parts.uow)

    @lazy
    def used_proofs(self) -> UsedProofStore:
        return UsedProofStore(uow=self._parts.uow, tenant_id=self._parts.urls.tenant_id)

    @lazy
    def accounts(self) -> UserAccounts:
        return UserAccounts(users=self._parts.users)

    @lazy
    def resources(self) -> ApiResources:
        parts = self._parts
        return ApiResources(resources=lambda: parts.resources, roles=lambda: parts.roles, cache=parts.cache)

    @lazy
    def organizations(self) -> NoOrganizations:
        return NoOrganizations()

    @property
    def client_access(self) -> AccessRuleService:
        return self._parts.access_rules

    @lazy
    def claims(self) -> TokenClaimService:
        return TokenClaimService(
            find_user=self.accounts.user,
            role_names=self._parts.roles.role_names_of_user,
            configuration=lambda: self._parts.tenants.configuration(ConfigurationKey.ID_TOKEN),
        )

    @property
    def custom_claims(self) -> ClaimScriptService:
        return self._parts.claim_scripts

    @property
    def keys(self) -> SigningKeyService:
        return self._parts.signing_keys

    @property
    def sessions(self) -> SessionService:
        return self._parts.sessions

    @lazy
    def logout_notices(self) -> LogoutNoticeJobs:
        return LogoutNoticeJobs(jobs=self._parts.jobs)

    @lazy
    def interactions(self) -> InteractionService:
        parts = self._parts
        store = InteractionStore(uow=parts.uow, tenant_id=parts.urls.tenant_id, meet=self.accounts.meet)
        return InteractionService(store=store, clock=parts.clock)

    @lazy
    def grants(self) -> GrantStore:
        return GrantStore(uow=self._parts.uow, tenant_id=self._parts.urls.tenant_id)

    @lazy
    def grant_limits(self) -> GrantLimitQueue:
        return GrantLimitQueue(jobs=self._parts.jobs, caller=self._parts.caller)

    @lazy
    def codes(self) -> AuthorizationCodeStore:
        return AuthorizationCodeStore(
            uow=self._parts.uow, tenant_id=self._parts.urls.tenant_id, meet=self.accounts.meet
        )

    @lazy
    def access_tokens(self) -> AccessTokenStore:
        return AccessTokenStore(uow=self._parts.uow, tenant_id=self._parts.urls.tenant_id, meet=self.accounts.meet)

    @lazy
    def refresh_tokens(self) -> RefreshTokenStore:
        return RefreshTokenStore(uow=self._parts.uow, tenant_id=self._parts.urls.tenant_id, meet=self.accounts.meet)

    @property
    def subject_tokens(self) -> SubjectTokenService:
        return self._parts.subject_tokens

    @property
    def personal_access_tokens(self) -> PersonalAccessTokenService:
        return self._parts.personal_access_tokens

    @lazy
    def device_codes(self) -> DeviceCodeStore:
        return DeviceCodeStore(uow=self._parts.uow, tenant_id=self._parts.urls.tenant_id)

    @lazy
    def user_code_guesses(self) -> SentinelGuesses:
        return SentinelGuesses(sentinel=self._parts.sentinel)

    @lazy
    def pushed_requests(self) -> PushedRequestStore:
        return PushedRequestStore(uow=self._parts.uow, tenant_id=self._parts.urls.tenant_id)

    async def settle(self) -> None:
        await self._parts.uow.commit()
