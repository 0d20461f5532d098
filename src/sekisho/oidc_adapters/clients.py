"""Applications as clients: what an administrator registered, and the built-in ones whose URIs follow the tenant's."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from sekisho.applications.builtin import ACCOUNT_CENTER, ADMIN_CONSOLE, DEMO_APP, DEVICE_DEMO_APP
from sekisho.applications.models import Application, ApplicationWithSecrets, CustomClientMetadata
from sekisho.applications.service import ApplicationService
from sekisho.consents.models import Ceiling
from sekisho.consents.service import ConsentScopeService
from sekisho.kernel.ids import ApplicationId
from sekisho.oidc.clients import ApplicationType, Profile, checked, lifetime_of, profile_of
from sekisho.oidc.models import Client, ClientAuthMethod, ClientSecret
from sekisho.oidc.scopes import OFFLINE_ACCESS, OPENID
from sekisho.tenants.cache import TenantCache
from sekisho.tenants.models import ADMIN_TENANT
from sekisho.tenants.urls import TenantUrls

_BUILT_IN_PATHS: Mapping[ApplicationId, str] = {DEMO_APP: "/demo-app", ACCOUNT_CENTER: "/account"}
_BUILT_IN_EXITS: Mapping[ApplicationId, str] = {**_BUILT_IN_PATHS, DEVICE_DEMO_APP: "/device-demo-app"}
#: Clients whose URIs follow the tenant's.
_FOLLOWING = frozenset({*_BUILT_IN_EXITS, ADMIN_CONSOLE})
_DEFAULT_ID_TOKEN_LIFETIME = timedelta(hours=1)
_DEFAULT_REFRESH_TOKEN_LIFETIME = timedelta(days=14)
_DAY = 86_400


class ApplicationClients:
    """Implements `Clients`. What is made of a registered application is kept as long as that is unchanged.

    The services are made when a client is made, which is seldom.
    """

    def __init__(
        self,
        *,
        applications: Callable[[], ApplicationService],
        consent_scopes: Callable[[], ConsentScopeService],
        urls: TenantUrls,
        cache: TenantCache,
    ) -> None:
        self._applications = applications
        self._consent_scopes = consent_scopes
        self._urls = urls
        self._cache = cache

    async def find(self, client_id: str) -> Client | None:
        # Attack: URIs that follow the request's host, once for each host that somebody makes up, would fill the memory.
        if client_id in _FOLLOWING:
            return await self._load(client_id)
        return await self._cache.get(("client", client_id), lambda: self._load(client_id))

    async def _load(self, client_id: str) -> Client | None:
        found = await self._applications().find(ApplicationId(client_id))
        if found is None:
            return None
        application = found.application
        ceiling = await self._consent_scopes().ceiling_of(application.id) if application.is_third_party else Ceiling()
        return checked(client_of(found, urls=self._urls, ceiling=ceiling))


def client_of(found: ApplicationWithSecrets, *, urls: TenantUrls, ceiling: Ceiling) -> Client:
    """Return the application as the protocol sees it; `ceiling` is for third parties."""
    application = found.application
    metadata, settings = application.oidc_client_metadata, application.custom_client_metadata
    profile = profile_of(
        ApplicationType(application.type),
        is_device_flow=bool(settings.is_device_flow),
        may_exchange_tokens=bool(settings.allow_token_exchange),
    )
    return Client(
        id=application.id,
        kind=profile.kind,
        auth_method=_auth_method(settings, profile),
        grant_types=profile.grant_types,
        response_types=profile.response_types,
        redirect_uris=(*metadata.redirect_uris, *_own_redirect_uris(application.id, urls)),
        post_logout_redirect_uris=(*metadata.post_logout_redirect_uris, *_own_exits(application.id, urls)),
        secrets=_secrets(found),
        jwks=settings.jwks,
        jwks_uri=settings.jwks_uri,
        requires_proof_key=bool(settings.dpop_bound_access_tokens),
        cors_allowed_origins=settings.cors_allowed_origins or (),
        id_token_lifetime=_id_token_lifetime(settings),
        refresh_token_lifetime=_refresh_token_lifetime(settings),
        rotates_refresh_tokens=settings.rotate_refresh_token is not False,
        always_issues_refresh_token=bool(settings.always_issue_refresh_token),
        is_third_party=application.is_third_party,
        allowed_scopes=_allowed_scopes(application, ceiling),
        allowed_resource_scopes=ceiling.resources,
        backchannel_logout_uri=metadata.backchannel_logout_uri,
        backchannel_logout_session_required=bool(metadata.backchannel_logout_session_required),
        max_allowed_grants=settings.max_allowed_grants,
    )


def _allowed_scopes(application: Application, ceiling: Ceiling) -> frozenset[str] | None:
    # oidc.md §20.4: a third party may ask for what is on its lists, and for nothing before it has any.
    return frozenset({OPENID, OFFLINE_ACCESS, *ceiling.users}) if application.is_third_party else None


def _auth_method(settings: CustomClientMetadata, profile: Profile) -> ClientAuthMethod:
    wanted = settings.token_endpoint_auth_method
    if wanted is None or profile.auth_method is ClientAuthMethod.NONE:
        return profile.auth_method
    return ClientAuthMethod(wanted)


def _secrets(found: ApplicationWithSecrets) -> Sequence[ClientSecret]:
    secrets = [ClientSecret(name=each.name, value=each.value, expires_at=each.expires_at) for each in found.secrets]
    if found.application.legacy_secret is not None:
        secrets.append(ClientSecret(name="", value=found.application.legacy_secret))
    return tuple(secrets)


def _id_token_lifetime(settings: CustomClientMetadata) -> timedelta:
    if settings.id_token_ttl is None:
        return _DEFAULT_ID_TOKEN_LIFETIME
    return lifetime_of(settings.id_token_ttl, name="id_token_ttl")


def _refresh_token_lifetime(settings: CustomClientMetadata) -> timedelta:
    if settings.refresh_token_ttl_in_days is not None:
        return lifetime_of(settings.refresh_token_ttl_in_days * _DAY, name="refresh_token_ttl_in_days")
    if settings.refresh_token_ttl is not None:
        return lifetime_of(settings.refresh_token_ttl, name="refresh_token_ttl")
    return _DEFAULT_REFRESH_TOKEN_LIFETIME


def _own_redirect_uris(client_id: ApplicationId, urls: TenantUrls) -> Sequence[str]:
    if client_id == ADMIN_CONSOLE and urls.tenant_id == ADMIN_TENANT:
        return (f"{urls.origin}/console/callback",)
    path = _BUILT_IN_PATHS.get(client_id)
    return () if path is None else (urls.url(path),)


def _own_exits(client_id: ApplicationId, urls: TenantUrls) -> Sequence[str]:
    if client_id == ADMIN_CONSOLE and urls.tenant_id == ADMIN_TENANT:
        return (f"{urls.origin}/console",)
    path = _BUILT_IN_EXITS.get(client_id)
    return () if path is None else (urls.url(path),)
