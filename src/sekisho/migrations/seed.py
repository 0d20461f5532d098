"""The two tenants every installation begins with: `default`, whose users sign in to applications, and `admin`.

What is seeded is part of the wire contract (ids, names, scopes); how it looks is ours. A tenant is seeded once, in one
transaction; what an administrator deletes afterwards stays deleted. What comes with later slices, migrations seed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert, select

from sekisho.account_center.models import AccountCenter
from sekisho.account_center.store import AccountCenterStore
from sekisho.administrators.models import ADMINISTRATOR_ROLE, USER_ROLE
from sekisho.applications.builtin import ADMIN_CONSOLE
from sekisho.applications.models import (
    NO_REDIRECT_URIS,
    Application,
    ApplicationType,
    CustomClientMetadata,
)
from sekisho.applications.store import ApplicationStore
from sekisho.crypto.jwk import SigningKeyObject, from_pem, generate_key
from sekisho.db.exclusive import exclusive
from sekisho.kernel.ids import ApplicationId, TenantId
from sekisho.kernel.secret import Secret
from sekisho.migrations.account_defaults import admin_account_center
from sekisho.migrations.sign_in_defaults import admin_sign_in, default_sign_in
from sekisho.resources.models import MANAGEMENT_API_SCOPE, ResourceId, ScopeId, management_api_indicator
from sekisho.roles.models import INTERNAL_ADMIN_ROLE, MANAGEMENT_API_ROLE, RoleId, RoleType
from sekisho.services import Runtime, Services
from sekisho.settings import Settings
from sekisho.sign_in.store import SignInStore
from sekisho.tenants.models import ADMIN_TENANT, DEFAULT_TENANT, ConfigurationKey, TenantTag
from sekisho.tenants.tables import TenantTable
from sekisho.tenants.urls import urls_of

_MOST_SEEDED_KEYS = 2
_ME_API = "https://admin.logto.app/me"
_CLOUD_API = "https://cloud.logto.io/api"
_CLOUD_SCOPES = (
    "create:tenant",
    "manage:tenant:self",
    "send:email",
    "send:sms",
    "fetch:custom:jwt",
    "report:subscription:updates",
    "create:affiliate",
    "manage:affiliate",
)
_CLOUD_SERVICE_ROLE = "tenantApplication"

Granted = Sequence[tuple[str, str]]
"""Scopes, each by the indicator of its resource and its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Role:
    name: str
    description: str
    type: RoleType
    scopes: Granted
    id: str | None = None


_DEFAULT_API = management_api_indicator(DEFAULT_TENANT)
_ADMIN_API = management_api_indicator(ADMIN_TENANT)

_DEFAULT_ROLES = (
    _Role(
        id="admin-role",
        name=INTERNAL_ADMIN_ROLE,
        description="All of the Management API, for applications that are part of the product.",
        type=RoleType.MACHINE_TO_MACHINE,
        scopes=[(_DEFAULT_API, MANAGEMENT_API_SCOPE)],
    ),
    _Role(
        name=MANAGEMENT_API_ROLE,
        description="All of the Management API, for your own services.",
        type=RoleType.MACHINE_TO_MACHINE,
        scopes=[(_DEFAULT_API, MANAGEMENT_API_SCOPE)],
    ),
)
_ADMIN_ROLES = (
    _Role(
        name=USER_ROLE,
        description="What every user of the Console may do.",
        type=RoleType.USER,
        scopes=[
            (_ME_API, MANAGEMENT_API_SCOPE),
            (_CLOUD_API, "create:tenant"),
            (_CLOUD_API, "manage:tenant:self"),
        ],
    ),
    _Role(
        id="m-default",
        name="machine:mapi:default",
        description="The Management API of tenant default, for its own application.",
        type=RoleType.MACHINE_TO_MACHINE,
        scopes=[(_DEFAULT_API, MANAGEMENT_API_SCOPE)],
    ),
    _Role(
        id="m-admin",
        name="machine:mapi:admin",
        description="The Management API of tenant admin, for its own application.",
        type=RoleType.MACHINE_TO_MACHINE,
        scopes=[(_ADMIN_API, MANAGEMENT_API_SCOPE)],
    ),
    _Role(
        name=_CLOUD_SERVICE_ROLE,
        description="What a tenant may ask of the services around it.",
        type=RoleType.MACHINE_TO_MACHINE,
        scopes=[
            (_CLOUD_API, name) for name in ("send:sms", "send:email", "fetch:custom:jwt", "report:subscription:updates")
        ],
    ),
    _Role(
        name=ADMINISTRATOR_ROLE,
        description="Administrators of tenant default.",
        type=RoleType.USER,
        scopes=[(_DEFAULT_API, MANAGEMENT_API_SCOPE)],
    ),
)


async def seed(runtime: Runtime) -> None:
    """Make whichever of the two tenants is missing; cheap when both are there."""
    if not await _missing(runtime):
        return
    async with exclusive(runtime.database):
        for tenant_id in await _missing(runtime):
            async with runtime.database.unit_of_work() as uow:
                await uow.begin()
                urls = urls_of(tenant_id, origin="", public=runtime.public_urls)
                services = runtime.services(urls=urls, uow=uow)
                await _seed_common(services)
                await (_seed_admin if tenant_id == ADMIN_TENANT else _seed_default)(services)


async def _missing(runtime: Runtime) -> Sequence[TenantId]:
    async with runtime.database.unit_of_work() as uow:
        present = set((await uow.execute(select(TenantTable.id))).scalars())
    return [tenant_id for tenant_id in (DEFAULT_TENANT, ADMIN_TENANT) if tenant_id not in present]


async def _seed_common(services: Services) -> None:
    tag = TenantTag.DEVELOPMENT if services.runtime.settings.development else TenantTag.PRODUCTION
    row = {"id": services.tenant_id, "name": "My Project", "tag": tag, "created_at": services.clock.now()}
    await services.uow.execute(insert(TenantTable).values(row))
    await services.key_rotation.install(
        keys=_given_keys(services.runtime.settings) or [generate_key()],
        cookie_keys=services.runtime.settings.oidc_cookie_keys or [Secret(services.ids.secret())],
    )
    await services.tenants.set_configuration(
        ConfigurationKey.ADMIN_CONSOLE, {"signInExperienceCustomized": False, "organizationCreated": False}
    )
    await services.tenants.set_configuration(
        ConfigurationKey.ID_TOKEN, {"enabledExtendedClaims": ["roles", "organizations", "organization_roles"]}
    )


async def _seed_default(services: Services) -> None:
    api = await services.resources.create(
        resource_id=ResourceId("management-api"), name="Logto Management API", indicator=_DEFAULT_API
    )
    scope = await services.resources.add_scope(
        api.id,
        scope_id=ScopeId("management-api-all"),
        name=MANAGEMENT_API_SCOPE,
        description="Everything the Management API can do.",
    )
    await _add_roles(services, _DEFAULT_ROLES, {(_DEFAULT_API, MANAGEMENT_API_SCOPE): scope.id})
    await _sign_in(services).add(default_sign_in())
    await _account_center(services).add(AccountCenter())


async def _seed_admin(services: Services) -> None:
    scopes: dict[tuple[str, str], ScopeId] = {}
    for indicator, name, scope_names in (
        (_DEFAULT_API, "Logto Management API for tenant default", (MANAGEMENT_API_SCOPE,)),
        (_ADMIN_API, "Logto Management API for tenant admin", (MANAGEMENT_API_SCOPE,)),
        (_ME_API, "Logto Me API", (MANAGEMENT_API_SCOPE,)),
        (_CLOUD_API, "Logto Cloud API", _CLOUD_SCOPES),
    ):
        api = await services.resources.create(name=name, indicator=indicator)
        for scope_name in scope_names:
            scope = await services.resources.add_scope(api.id, name=scope_name)
            scopes[indicator, scope_name] = scope.id
    await _add_roles(services, _ADMIN_ROLES, scopes)
    await _add_applications(services)
    await _sign_in(services).add(admin_sign_in())
    await _account_center(services).add(admin_account_center())


async def _add_applications(services: Services) -> None:
    machine = ApplicationType.MACHINE_TO_MACHINE
    await _add_application(services, ADMIN_CONSOLE, name="Admin Console", type_=ApplicationType.SPA)
    for tenant_id in (DEFAULT_TENANT, ADMIN_TENANT):
        owner = f"m-{tenant_id}"
        await _add_application(services, owner, name=f"Management API access for {tenant_id}", type_=machine)
        await services.roles.assign_to_application(ApplicationId(owner), [f"machine:mapi:{tenant_id}"])
    cloud_id = services.ids.standard()
    secret = await _add_application(
        services, cloud_id, name="Cloud Service", type_=machine, metadata=CustomClientMetadata(tenant_id=DEFAULT_TENANT)
    )
    await services.roles.assign_to_application(ApplicationId(cloud_id), [_CLOUD_SERVICE_ROLE])
    default = services.runtime.services(
        urls=urls_of(DEFAULT_TENANT, origin="", public=services.runtime.public_urls), uow=services.uow
    )
    connection = {"appId": cloud_id, "appSecret": secret.reveal(), "resource": _CLOUD_API}
    await default.tenants.set_configuration(ConfigurationKey.CLOUD_CONNECTION, connection)


async def _add_application(
    services: Services,
    application_id: str,
    *,
    name: str,
    type_: ApplicationType,
    metadata: CustomClientMetadata | None = None,
) -> Secret:
    """Add an application whose secret is its own, as seeded ones have it, rather than one of a list."""
    secret = Secret(services.ids.secret())
    store = ApplicationStore(uow=services.uow, tenant_id=services.tenant_id, sealer=services.runtime.sealer)
    await store.add(
        Application(
            id=ApplicationId(application_id),
            name=name,
            description=None,
            type=type_,
            oidc_client_metadata=NO_REDIRECT_URIS,
            custom_client_metadata=metadata or CustomClientMetadata(),
            protected_app_metadata=None,
            custom_data={},
            is_third_party=False,
            app_level_access_control_enabled=False,
            created_at=services.clock.now(),
            legacy_secret=secret if type_.has_secrets else None,
        )
    )
    return secret


async def _add_roles(services: Services, roles: Sequence[_Role], scopes: Mapping[tuple[str, str], ScopeId]) -> None:
    for role in roles:
        await services.roles.create(
            role_id=None if role.id is None else RoleId(role.id),
            name=role.name,
            description=role.description,
            type_=role.type,
            scope_ids=[scopes[granted] for granted in role.scopes],
        )


def _sign_in(services: Services) -> SignInStore:
    return SignInStore(uow=services.uow, tenant_id=services.tenant_id)


def _account_center(services: Services) -> AccountCenterStore:
    return AccountCenterStore(uow=services.uow, tenant_id=services.tenant_id)


def _given_keys(settings: Settings) -> Sequence[SigningKeyObject]:
    """Return the signing keys the operator brought, at most two: the first signs, the second still verifies."""
    texts = [key.reveal() for key in settings.oidc_private_keys]
    if not texts:
        texts = [Path(path).read_text(encoding="ascii") for path in settings.oidc_private_key_paths]
    return [from_pem(text) for text in texts[:_MOST_SEEDED_KEYS]]
