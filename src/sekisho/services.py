"""The composition root: what one process shares (`Runtime`), and every service of one tenant over one unit of work.

Nothing here decides anything. Services are made when first asked for, so a request pays only for what it uses.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field

from sekisho.access_rules.service import AccessRuleService
from sekisho.access_rules.store import AccessRuleStore
from sekisho.account_center.service import AccountCenterService
from sekisho.account_center.store import AccountCenterStore
from sekisho.administrators.service import FirstAdmin
from sekisho.administrators.store import AdministratorStore
from sekisho.applications.service import ApplicationService
from sekisho.applications.sign_in import ApplicationSignInService
from sekisho.applications.sign_in_store import ApplicationSignInStore
from sekisho.applications.store import ApplicationStore
from sekisho.assets.service import AssetService
from sekisho.audit.service import AuditLog
from sekisho.audit.store import LogStore
from sekisho.captcha.check import ProviderCheck
from sekisho.captcha.service import CaptchaService
from sekisho.captcha.store import CaptchaStore
from sekisho.claim_scripts.context import ScriptContext
from sekisho.claim_scripts.engine.supervisor import ScriptEngine
from sekisho.claim_scripts.service import ClaimScriptService
from sekisho.connectors.kit.manifest import ConnectorType
from sekisho.connectors.kit.messages import MessageConnector
from sekisho.connectors.kit.tools import Tools
from sekisho.connectors.models import ConnectorId
from sekisho.connectors.provider_http import ProviderHttp
from sekisho.connectors.provider_mail import ProviderMail
from sekisho.connectors.registry import Registry
from sekisho.connectors.service import ConnectorService, Dependents
from sekisho.connectors.store import ConnectorStore
from sekisho.consents.access import AccessService
from sekisho.consents.service import ConsentScopeService
from sekisho.consents.store import ConsentScopeStore
from sekisho.crypto.sealing import Sealer
from sekisho.custom_ui.service import CustomUiService
from sekisho.dashboard.service import DashboardService
from sekisho.dashboard.store import DashboardStore
from sekisho.dashboard.usage import ActiveUsers, Usage
from sekisho.db.database import Database, UnitOfWork
from sekisho.db.group_commit import GroupCommit, Grouped
from sekisho.email_templates.service import EmailTemplateService
from sekisho.email_templates.store import EmailTemplateStore
from sekisho.experience.desk import Desk
from sekisho.grants.service import GrantService
from sekisho.grants.store import GrantStore
from sekisho.jobs.queue import JobQueue
from sekisho.kernel.clock import Clock
from sekisho.kernel.events import Announce, Caller, Event
from sekisho.kernel.ids import ApplicationId, Ids, UserId
from sekisho.kernel.lazy import lazy
from sekisho.messages.pace import Pace
from sekisho.messages.service import MessageService
from sekisho.messages.variables import MessageVariables
from sekisho.oidc.provider import Provider
from sekisho.oidc_adapters.journal import ProviderJournal
from sekisho.oidc_adapters.key_sets import KeySetCache
from sekisho.oidc_adapters.options import TenantOptions
from sekisho.oidc_adapters.ports import ServicePorts
from sekisho.one_time_tokens.service import OneTimeTokenService
from sekisho.one_time_tokens.store import OneTimeTokenStore
from sekisho.outbound.objects import ObjectStore
from sekisho.outbound.on_demand import OutboundOnDemand
from sekisho.passwords.breach import BreachCheck
from sekisho.passwords.hasher import PasswordHasher
from sekisho.passwords.service import PasswordService
from sekisho.personal_access_tokens.service import PersonalAccessTokenService
from sekisho.personal_access_tokens.store import PersonalAccessTokenStore
from sekisho.phrases.service import PhraseService
from sekisho.phrases.store import PhraseStore
from sekisho.profile_fields.service import ProfileFieldService
from sekisho.profile_fields.store import ProfileFieldStore
from sekisho.resources.service import ResourceService
from sekisho.resources.store import ResourceStore
from sekisho.roles.holder_store import APPLICATIONS, USERS, HolderStore
from sekisho.roles.holders import OF_APPLICATIONS, OF_USERS, RoleHolders, RoleOverview, check_machine
from sekisho.roles.service import RoleService
from sekisho.roles.store import RoleStore
from sekisho.secrets.service import SecretService
from sekisho.secrets.store import SecretStore
from sekisho.security.recipients import RecipientLimit
from sekisho.security.service import Sentinel
from sekisho.sessions.record_store import SessionRecordStore
from sekisho.sessions.service import InteractionService, SessionService
from sekisho.sessions.store import InteractionStore, SessionStore
from sekisho.settings import Settings
from sekisho.sign_in.service import SignInService
from sekisho.sign_in.settings import SignInSettings
from sekisho.sign_in.store import SignInStore
from sekisho.signing_keys.rotation import KeyRotation
from sekisho.signing_keys.service import SigningKeyService
from sekisho.signing_keys.store import SigningKeyStore
from sekisho.subject_tokens.service import SubjectTokenService
from sekisho.subject_tokens.store import SubjectTokenStore
from sekisho.tenants.cache import ConfigCache
from sekisho.tenants.models import ConfigurationKey
from sekisho.tenants.service import TenantService
from sekisho.tenants.store import TenantStore
from sekisho.tenants.urls import PublicUrls, TenantUrls, is_alone
from sekisho.users.identities import IdentityService
from sekisho.users.identity_store import IdentityStore
from sekisho.users.mfa_records import MfaRecordService
from sekisho.users.service import UserService
from sekisho.users.store import UserStore
from sekisho.users.username_store import UsernameStore
from sekisho.users.usernames import UsernameKeys
from sekisho.verification_codes.service import VerificationCodeService
from sekisho.webhooks.service import HookService
from sekisho.webhooks.store import HookStore

NOBODY = Caller()


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What all requests of a process share."""

    settings: Settings
    public_urls: PublicUrls
    database: Database
    clock: Clock
    ids: Ids
    sealer: Sealer
    hasher: PasswordHasher
    breaches: BreachCheck
    outbound: OutboundOnDemand
    scripts: ScriptEngine
    key_sets: KeySetCache
    objects: ObjectStore | None
    cache: ConfigCache
    groups: GroupCommit
    connectors: Registry = field(default_factory=Registry)
    stand_ins: dict[str, str] = field(default_factory=dict)
    """Origins of providers, and where they are stood in for: in development and in tests, never in production."""
    stand_in_carriers: dict[ConnectorType, MessageConnector] = field(default_factory=dict)
    """Who carries messages for tenants without a connector: in development, never in production."""
    active_users: ActiveUsers = field(default_factory=ActiveUsers)
    pace: Pace = field(default_factory=Pace)
    has_jobs: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a job was committed: the runner of this process, if it has one, need not wait for its next look."""

    def services(self, *, urls: TenantUrls, uow: UnitOfWork, caller: Caller = NOBODY) -> "Services":
        return Services(runtime=self, urls=urls, uow=uow, caller=caller)

    async def close(self) -> None:
        """Give back what the process holds."""
        await self.groups.close()
        await self.cache.stop()
        self.hasher.close()
        await self.scripts.close()
        await self.outbound.close()
        await self.database.close()


class Services:
    """The services of one tenant, over one unit of work."""

    def __init__(self, *, runtime: Runtime, urls: TenantUrls, uow: UnitOfWork, caller: Caller = NOBODY) -> None:
        self.runtime = runtime
        self.urls = urls
        self.tenant_id = urls.tenant_id
        self.uow = uow
        self.caller = caller
        self.clock = runtime.clock
        self.ids = runtime.ids
        self.cache = runtime.cache.of(self.tenant_id, uow)

    def close(self) -> None:
        """Let go of every service, when nobody asks for one any more: they refer to this object, and it to them."""
        self.__dict__.clear()

    @property
    def key_sets(self) -> KeySetCache:
        return self.runtime.key_sets

    @property
    def is_alone_at_origin(self) -> bool:
        """Whether the tenant may bring pages of its own: nobody else's cookies are at its origin."""
        return is_alone(self.urls, self.runtime.public_urls, tenants=self.runtime.cache.tenants())

    @lazy
    def jobs(self) -> JobQueue:
        return self._jobs_in(self.uow)

    @property
    def announce(self) -> Announce:
        """What services announce events by (`kernel.events`)."""
        return self._announce

    @lazy
    def grouped(self) -> Grouped:
        return Grouped(uow=self.uow, groups=self.runtime.groups)

    @lazy
    def usage(self) -> Usage:
        return Usage(tenant_id=self.tenant_id, grouped=self.grouped, clock=self.clock, known=self.runtime.active_users)

    @lazy
    def dashboard(self) -> DashboardService:
        store = DashboardStore(uow=self.uow, tenant_id=self.tenant_id)
        return DashboardService(store=store, users=self.users, clock=self.clock)

    @lazy
    def audit(self) -> AuditLog:
        return AuditLog(
            tenant_id=self.tenant_id,
            store=LogStore(uow=self.uow, tenant_id=self.tenant_id),
            grouped=self.grouped,
            clock=self.clock,
            ids=self.ids,
            caller=self.caller,
        )

    @lazy
    def webhooks(self) -> HookService:
        return HookService(
            store=HookStore(uow=self.uow, tenant_id=self.tenant_id, sealer=self.runtime.sealer),
            uow=self.uow,
            jobs_in=self._jobs_in,
            cache=self.cache,
            clock=self.clock,
            ids=self.ids,
            caller=self.caller,
        )

    @lazy
    def tenants(self) -> TenantService:
        store = TenantStore(uow=self.uow, tenant_id=self.tenant_id)
        return TenantService(tenant_id=self.tenant_id, store=store, cache=self.cache, sealer=self.runtime.sealer)

    @lazy
    def provider_options(self) -> TenantOptions:
        return TenantOptions(tenants=lambda: self.tenants, cache=self.cache)

    @lazy
    def signing_keys(self) -> SigningKeyService:
        return SigningKeyService(
            tenant_id=self.tenant_id,
            store=SigningKeyStore(uow=self.uow, tenant_id=self.tenant_id),
            cache=self.cache,
            sealer=self.runtime.sealer,
            clock=self.clock,
        )

    @lazy
    def key_rotation(self) -> KeyRotation:
        return KeyRotation(
            tenant_id=self.tenant_id,
            keys=self.signing_keys,
            store=SigningKeyStore(uow=self.uow, tenant_id=self.tenant_id),
            cache=self.cache,
            sealer=self.runtime.sealer,
            clock=self.clock,
            ids=self.ids,
            jobs=self.jobs,
            preferred_algorithm=self._preferred_algorithm,
            default_grace=self.runtime.settings.rotation_grace,
        )

    @lazy
    def sign_in(self) -> SignInService:
        return SignInService(store=SignInStore(uow=self.uow, tenant_id=self.tenant_id), cache=self.cache)

    @lazy
    def phrases(self) -> PhraseService:
        return PhraseService(
            store=PhraseStore(uow=self.uow, tenant_id=self.tenant_id),
            cache=self.cache,
            ids=self.ids,
            fallback_language=self._fallback_language,
        )

    @lazy
    def connectors(self) -> ConnectorService:
        runtime = self.runtime
        return ConnectorService(
            store=ConnectorStore(uow=self.uow, tenant_id=self.tenant_id, sealer=runtime.sealer),
            cache=self.cache,
            registry=runtime.connectors,
            clock=self.clock,
            ids=self.ids,
            tools=Tools(
                http=ProviderHttp(outbound=runtime.outbound, uow=self.uow, stand_ins=runtime.stand_ins),
                mail=ProviderMail(outbound=runtime.outbound, uow=self.uow, clock=self.clock),
                clock=self.clock,
                ids=self.ids,
            ),
            stand_ins=runtime.stand_ins,
            stand_in_carriers=runtime.stand_in_carriers,
            dependents=Dependents(
                check_remaining=self._check_connectors,
                forget_target=self._forget_social_target,
                forget_tokens=self._forget_tokens,
            ),
        )

    @lazy
    def email_templates(self) -> EmailTemplateService:
        store = EmailTemplateStore(uow=self.uow, tenant_id=self.tenant_id)
        return EmailTemplateService(store=store, cache=self.cache, clock=self.clock, ids=self.ids)

    @lazy
    def captcha(self) -> CaptchaService:
        return CaptchaService(
            store=CaptchaStore(uow=self.uow, tenant_id=self.tenant_id, sealer=self.runtime.sealer),
            cache=self.cache,
            clock=self.clock,
            ids=self.ids,
            check=ProviderCheck(self.runtime.outbound),
            switch_off=self._switch_captcha_off,
        )

    @lazy
    def profile_fields(self) -> ProfileFieldService:
        return ProfileFieldService(
            store=ProfileFieldStore(uow=self.uow, tenant_id=self.tenant_id),
            cache=self.cache,
            clock=self.clock,
            ids=self.ids,
            forget=self._forget_profile_field,
        )

    @lazy
    def account_center(self) -> AccountCenterService:
        store = AccountCenterStore(uow=self.uow, tenant_id=self.tenant_id)
        return AccountCenterService(store=store, cache=self.cache, profile_field_names=self.profile_fields.names)

    @lazy
    def sign_in_settings(self) -> SignInSettings:
        return SignInSettings(
            sign_in=self.sign_in,
            languages=self.phrases.languages,
            profile_fields=self.profile_fields.names,
            connectors=self.connectors,
            usernames=UsernameKeys(store=UsernameStore(uow=self.uow, tenant_id=self.tenant_id)),
            cache=self.cache,
            clock=self.clock,
            jobs=self.jobs,
            may_case_count=self.runtime.settings.case_sensitive_username,
        )

    @lazy
    def resources(self) -> ResourceService:
        store = ResourceStore(uow=self.uow, tenant_id=self.tenant_id)
        return ResourceService(store=store, cache=self.cache, clock=self.clock, ids=self.ids)

    @lazy
    def roles(self) -> RoleService:
        return RoleService(
            tenant_id=self.tenant_id,
            store=RoleStore(uow=self.uow, tenant_id=self.tenant_id),
            resources=self.resources,
            cache=self.cache,
            ids=self.ids,
            announce=self.announce,
            default_role_names=self.runtime.settings.user_default_role_names,
        )

    @lazy
    def user_roles(self) -> RoleHolders:
        """Which users hold which roles."""
        return RoleHolders(
            store=HolderStore(uow=self.uow, tenant_id=self.tenant_id, ids=self.ids, relation=USERS),
            roles=RoleStore(uow=self.uow, tenant_id=self.tenant_id),
            cache=self.cache,
            rules=OF_USERS,
            check=lambda user_id: self.users.get(UserId(user_id)),
        )

    @lazy
    def application_roles(self) -> RoleHolders:
        """Which machine-to-machine applications hold which roles."""
        return RoleHolders(
            store=HolderStore(uow=self.uow, tenant_id=self.tenant_id, ids=self.ids, relation=APPLICATIONS),
            roles=RoleStore(uow=self.uow, tenant_id=self.tenant_id),
            cache=self.cache,
            rules=OF_APPLICATIONS,
            check=self._check_machine,
        )

    @lazy
    def role_overview(self) -> RoleOverview:
        return RoleOverview(
            roles=RoleStore(uow=self.uow, tenant_id=self.tenant_id),
            users=HolderStore(uow=self.uow, tenant_id=self.tenant_id, ids=self.ids, relation=USERS),
            applications=HolderStore(uow=self.uow, tenant_id=self.tenant_id, ids=self.ids, relation=APPLICATIONS),
        )

    @lazy
    def users(self) -> UserService:
        return UserService(
            store=UserStore(uow=self.uow, tenant_id=self.tenant_id),
            clock=self.clock,
            ids=self.ids,
            are_usernames_case_sensitive=self._are_usernames_case_sensitive,
            sign_out=self._sign_out,
            give_default_roles=self._give_default_roles,
        )

    @lazy
    def identities(self) -> IdentityService:
        return IdentityService(
            users=UserStore(uow=self.uow, tenant_id=self.tenant_id),
            store=IdentityStore(uow=self.uow, tenant_id=self.tenant_id),
            clock=self.clock,
            forget_tokens=self.secrets.forget_identity,
        )

    @lazy
    def mfa_records(self) -> MfaRecordService:
        return MfaRecordService(
            tenant_id=self.tenant_id,
            users=UserStore(uow=self.uow, tenant_id=self.tenant_id),
            sealer=self.runtime.sealer,
            clock=self.clock,
            ids=self.ids,
        )

    @lazy
    def applications(self) -> ApplicationService:
        store = ApplicationStore(uow=self.uow, tenant_id=self.tenant_id, sealer=self.runtime.sealer)
        return ApplicationService(
            store=store,
            cache=self.cache,
            clock=self.clock,
            ids=self.ids,
            has_access_rules=self._has_access_rules,
        )

    @lazy
    def application_sign_in(self) -> ApplicationSignInService:
        store = ApplicationSignInStore(uow=self.uow, tenant_id=self.tenant_id)
        return ApplicationSignInService(store=store, applications=self.applications, cache=self.cache)

    @lazy
    def access_rules(self) -> AccessRuleService:
        store = AccessRuleStore(uow=self.uow, tenant_id=self.tenant_id)
        return AccessRuleService(store=store, applications=self.applications)

    @lazy
    def consent_scopes(self) -> ConsentScopeService:
        return ConsentScopeService(
            store=ConsentScopeStore(uow=self.uow, tenant_id=self.tenant_id),
            cache=self.cache,
            applications=self.applications,
            resources=self.resources,
        )

    @lazy
    def access(self) -> AccessService:
        return AccessService(sessions=self.sessions, grants=self.grants, applications=self.applications)

    @lazy
    def administrators(self) -> FirstAdmin:
        store = AdministratorStore(uow=self.uow, tenant_id=self.tenant_id)
        return FirstAdmin(store=store, clock=self.clock, ids=self.ids)

    @lazy
    def passwords(self) -> PasswordService:
        return PasswordService(hasher=self.runtime.hasher, breaches=self.runtime.breaches)

    @lazy
    def sentinel(self) -> Sentinel:
        return Sentinel(uow=self.uow, tenant_id=self.tenant_id, clock=self.clock, ids=self.ids)

    @lazy
    def sessions(self) -> SessionService:
        return SessionService(
            store=SessionStore(uow=self.uow, tenant_id=self.tenant_id),
            records=SessionRecordStore(uow=self.uow, tenant_id=self.tenant_id),
            clock=self.clock,
            ids=self.ids,
            configuration=lambda: self.tenants.configuration(ConfigurationKey.OIDC_SESSION),
        )

    @lazy
    def interactions(self) -> InteractionService:
        return InteractionService(store=InteractionStore(uow=self.uow, tenant_id=self.tenant_id), clock=self.clock)

    @lazy
    def grants(self) -> GrantService:
        return GrantService(store=GrantStore(uow=self.uow, tenant_id=self.tenant_id), clock=self.clock)

    @lazy
    def assets(self) -> AssetService:
        return AssetService(tenant_id=self.tenant_id, store=self.runtime.objects, clock=self.clock, ids=self.ids)

    @lazy
    def custom_ui(self) -> CustomUiService:
        return CustomUiService(tenant_id=self.tenant_id, store=self.runtime.objects, ids=self.ids)

    @lazy
    def one_time_tokens(self) -> OneTimeTokenService:
        store = OneTimeTokenStore(uow=self.uow, tenant_id=self.tenant_id, sealer=self.runtime.sealer)
        return OneTimeTokenService(store=store, clock=self.clock, ids=self.ids)

    @lazy
    def secrets(self) -> SecretService:
        return SecretService(
            tenant_id=self.tenant_id,
            store=SecretStore(uow=self.uow, tenant_id=self.tenant_id, sealer=self.runtime.sealer),
            sealer=self.runtime.sealer,
            clock=self.clock,
            ids=self.ids,
        )

    @lazy
    def messages(self) -> MessageService:
        return MessageService(
            tenant_id=self.tenant_id,
            connectors=self.connectors,
            templates=self.email_templates,
            sign_in=self.sign_in,
            limit=RecipientLimit(uow=self.uow, tenant_id=self.tenant_id, clock=self.clock, ids=self.ids),
            pace=self.runtime.pace,
            caller=self.caller,
            announce_despite_refusal=self.webhooks.announce_despite_refusal,
        )

    @lazy
    def message_variables(self) -> MessageVariables:
        return MessageVariables(applications=self.applications, application_sign_in=self.application_sign_in)

    @lazy
    def verification_codes(self) -> VerificationCodeService:
        return VerificationCodeService(
            uow=self.uow,
            tenant_id=self.tenant_id,
            sealer=self.runtime.sealer,
            sign_in=self.sign_in,
            post=self.messages,
            clock=self.clock,
            ids=self.ids,
        )

    @lazy
    def subject_tokens(self) -> SubjectTokenService:
        store = SubjectTokenStore(uow=self.uow, tenant_id=self.tenant_id)
        return SubjectTokenService(store=store, clock=self.clock, ids=self.ids)

    @lazy
    def personal_access_tokens(self) -> PersonalAccessTokenService:
        store = PersonalAccessTokenStore(uow=self.uow, tenant_id=self.tenant_id, sealer=self.runtime.sealer)
        return PersonalAccessTokenService(store=store, clock=self.clock, ids=self.ids)

    @lazy
    def journal(self) -> ProviderJournal:
        return ProviderJournal(audit=self.audit, usage=self.usage)

    @lazy
    def provider(self) -> Provider:
        return Provider(ServicePorts(self))

    @lazy
    def claim_scripts(self) -> ClaimScriptService:
        return ClaimScriptService(
            tenant_id=self.tenant_id,
            uow=self.uow,
            tenants=lambda: self.tenants,
            cache=self.cache,
            context=lambda: self.script_context,
            engine=self.runtime.scripts,
            audit=self.audit,
        )

    @lazy
    def script_context(self) -> ScriptContext:
        return ScriptContext(
            tenant_id=self.tenant_id,
            users=self.users,
            roles=self.roles,
            applications=self.applications,
            sessions=self.sessions,
        )

    @property
    def experience(self) -> Desk:
        """What a sign-in is taken through by: these services, each made when a step asks for it."""
        return self

    def _jobs_in(self, uow: UnitOfWork) -> JobQueue:
        wake = self.runtime.has_jobs.set
        return JobQueue(uow=uow, tenant_id=self.tenant_id, clock=self.clock, ids=self.ids, wake=wake)

    # Asked late: few requests announce, switch off or give anything.

    async def _announce(self, event: Event, /) -> None:
        await self.webhooks.announce(event)

    async def _switch_captcha_off(self) -> None:
        await self.sign_in_settings.switch_captcha_off()

    async def _give_default_roles(self, user_id: UserId) -> None:
        await self.roles.assign_default_roles(user_id)

    async def _sign_out(self, user_id: UserId) -> None:
        """End everything a user is signed in to; `users` knows neither sessions nor grants."""
        await self.sessions.end_all(user_id)
        await self.grants.end_all(user_id)

    async def _has_access_rules(self, application_id: ApplicationId) -> bool:
        # Asked late, because the rules are about applications.
        return await self.access_rules.has_any(application_id)

    async def _check_machine(self, application_id: str) -> None:
        check_machine(await self.applications.get(ApplicationId(application_id)))

    async def _preferred_algorithm(self) -> str | None:
        return (await self.provider_options.get()).signing_algorithm

    async def _check_connectors(self, types: Collection[ConnectorType]) -> None:
        # The settings ask connectors, so connectors ask the settings late.
        await self.sign_in_settings.check_connectors(types)

    async def _forget_social_target(self, target: str) -> None:
        await self.sign_in_settings.forget_social_target(target)

    async def _forget_tokens(self, connector_id: ConnectorId) -> None:
        await self.secrets.forget_connector(connector_id)

    async def _forget_profile_field(self, name: str) -> None:
        await self.sign_in_settings.forget_profile_field(name)
        await self.account_center.forget_profile_field(name)

    async def _fallback_language(self) -> str:
        return (await self.sign_in.get()).language_info.fallback_language

    async def _are_usernames_case_sensitive(self) -> bool:
        if not self.runtime.settings.case_sensitive_username:
            return False
        return (await self.sign_in.get()).username_policy.case_sensitive
