"""Decisions about applications: which combinations are allowed, and when a client has a secret.

Reading one with its secrets is on the path of every token and is cached.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select

from sekisho.applications.builtin import BUILT_IN
from sekisho.applications.errors import (
    AccessControlWithoutRules,
    ApplicationNotFound,
    DeviceFlowNativeOnly,
    DeviceFlowNotChangeable,
    InvalidThirdPartyType,
    NoLegacySecret,
    ProtectedApplicationOnly,
    ProtectedAppNotConfigured,
    ProtectedMetadataRequired,
    SecretNameInUse,
    ThirdPartyTokenExchange,
    UseSamlAppApi,
)
from sekisho.applications.models import (
    Application,
    ApplicationChange,
    ApplicationFilter,
    ApplicationSecret,
    ApplicationType,
    ApplicationWithSecrets,
    CustomClientMetadata,
    NewApplication,
    OidcClientMetadata,
)
from sekisho.applications.redirect_uris import is_registrable
from sekisho.applications.store import ApplicationStore
from sekisho.db.errors import UniqueViolation
from sekisho.db.search import Search
from sekisho.kernel.clock import Clock
from sekisho.kernel.errors import ConstraintViolated, InvalidInput
from sekisho.kernel.ids import ApplicationId, Ids
from sekisho.kernel.pages import Page, PageRequest
from sekisho.kernel.secret import Secret
from sekisho.tenants.cache import TenantCache

DEFAULT_SECRET_NAME = "Default secret"  # noqa: S105 — the name of one, not one


class ApplicationService:
    def __init__(
        self,
        *,
        store: ApplicationStore,
        cache: TenantCache,
        clock: Clock,
        ids: Ids,
        has_access_rules: Callable[[ApplicationId], Awaitable[bool]],
    ) -> None:
        self._store = store
        self._has_access_rules = has_access_rules
        self._cache = cache
        self._clock = clock
        self._ids = ids

    async def find(self, application_id: ApplicationId) -> ApplicationWithSecrets | None:
        """Return a client with its secrets, stored or built in."""
        if built_in := BUILT_IN.get(application_id):
            return built_in
        # Whatever a link says comes here; what no id can be, no database is asked for: PostgreSQL keeps no NUL.
        if not (application_id.isascii() and application_id.isprintable()):
            return None

        async def load() -> ApplicationWithSecrets | None:
            application = await self._store.find(application_id)
            if application is None:
                return None
            secrets = await self._store.list_secrets(application_id)
            return ApplicationWithSecrets(application=application, secrets=secrets)

        return await self._cache.get(("application", application_id), load)

    async def get(self, application_id: ApplicationId) -> Application:
        """Return an application, stored or built in."""
        if found := await self.find(application_id):
            return found.application
        raise ApplicationNotFound(application_id)

    async def page(
        self,
        page: PageRequest | None,
        *,
        filter_: ApplicationFilter,
        search: Search | None = None,
        among: Select[str] | None = None,
        excluded: Select[str] | None = None,
    ) -> Page[Application]:
        return await self._store.page(page, filter_=filter_, search=search, among=among, excluded=excluded)

    async def create(self, new: NewApplication) -> ApplicationWithSecrets:
        """Register a client; one that can keep a secret gets its first."""
        _check_new(new)
        now = self._clock.now()
        application = Application(
            id=new.id or ApplicationId(self._ids.standard()),
            name=new.name,
            description=new.description or None,
            type=new.type,
            oidc_client_metadata=new.oidc_client_metadata,
            custom_client_metadata=new.custom_client_metadata,
            protected_app_metadata=None,
            custom_data=new.custom_data,
            is_third_party=new.is_third_party,
            app_level_access_control_enabled=False,
            created_at=now,
        )
        await self._store.add(application)
        await self._cache.changed()
        secrets: tuple[ApplicationSecret, ...] = ()
        if new.type.has_secrets and not new.custom_client_metadata.signs_with_own_key:
            secrets = (self._new_secret(DEFAULT_SECRET_NAME, expires_at=None),)
            await self._store.add_secret(application.id, secrets[0])
        return ApplicationWithSecrets(application=application, secrets=secrets)

    async def update(self, application_id: ApplicationId, change: ApplicationChange) -> Application:
        """Apply a change; an empty one changes nothing."""
        application = await self._store.get_for_update(application_id)
        _check_change(application, change)
        if change.get("app_level_access_control_enabled") and not await self._has_access_rules(application_id):
            raise AccessControlWithoutRules(details="Add a rule before access control is enabled.")
        if not change:
            return application
        await self._cache.changed()
        return await self._store.update(application_id, change)

    async def hold(self, application_id: ApplicationId) -> Application:
        """Return a stored application that nobody else changes before this unit of work ends."""
        return await self._store.get_for_update(application_id)

    async def merge_custom_data(self, application_id: ApplicationId, patch: Mapping[str, Any]) -> Application:
        """Set the given top-level keys of the custom data, and leave the others."""
        application = await self._store.get_for_update(application_id)
        await self._cache.changed()
        return await self._store.update(application_id, {"custom_data": {**application.custom_data, **patch}})

    async def delete(self, application_id: ApplicationId) -> None:
        """Remove a client with its secrets and roles; its tokens live on until they expire."""
        if (await self._store.get(application_id)).type is ApplicationType.SAML:
            raise UseSamlAppApi
        await self._store.remove(application_id)
        await self._cache.changed()

    async def secrets(self, application_id: ApplicationId) -> Sequence[ApplicationSecret]:
        await self._store.get(application_id)
        return await self._store.list_secrets(application_id)

    async def add_secret(
        self, application_id: ApplicationId, *, name: str, expires_at: datetime | None = None
    ) -> ApplicationSecret:
        if expires_at is not None and expires_at <= self._clock.now():
            raise InvalidInput(details="expiresAt must be in the future.")
        application = await self._store.find(application_id)
        if application is None or not application.type.has_secrets:
            raise ConstraintViolated
        secret = self._new_secret(name, expires_at=expires_at)
        try:
            await self._store.add_secret(application_id, secret)
        except UniqueViolation as violation:
            raise SecretNameInUse from violation
        await self._cache.changed()
        return secret

    async def rename_secret(self, application_id: ApplicationId, name: str, *, new_name: str) -> ApplicationSecret:
        try:
            secret = await self._store.rename_secret(application_id, name, new_name)
        except UniqueViolation as violation:
            raise SecretNameInUse from violation
        await self._cache.changed()
        return secret

    async def delete_secret(self, application_id: ApplicationId, name: str) -> None:
        await self._store.remove_secret(application_id, name)
        await self._cache.changed()

    async def delete_legacy_secret(self, application_id: ApplicationId) -> Application:
        """Remove the secret of the application itself, which only older installations have."""
        application = await self._store.get(application_id)
        if application.legacy_secret is None:
            raise NoLegacySecret
        await self._cache.changed()
        return await self._store.update(application_id, {"secret": None})

    def _new_secret(self, name: str, *, expires_at: datetime | None) -> ApplicationSecret:
        value = Secret(self._ids.secret())
        return ApplicationSecret(name=name, value=value, created_at=self._clock.now(), expires_at=expires_at)


def _check_new(new: NewApplication) -> None:
    """Refuse impossible applications, in the order the reference does."""
    if new.type is ApplicationType.SAML:
        raise UseSamlAppApi
    if new.custom_client_metadata.is_device_flow and new.type is not ApplicationType.NATIVE:
        raise DeviceFlowNativeOnly
    if new.type is ApplicationType.PROTECTED and new.protected_app_metadata is None:
        raise ProtectedMetadataRequired
    if new.is_third_party and not new.type.may_be_third_party:
        raise InvalidThirdPartyType
    _check_third_party(new.custom_client_metadata, is_third_party=new.is_third_party)
    _check_authentication(new.custom_client_metadata, type_=new.type)
    if new.type is ApplicationType.PROTECTED:
        raise ProtectedAppNotConfigured
    _check_redirect_uris(new.oidc_client_metadata)


def _check_change(application: Application, change: ApplicationChange) -> None:
    if application.type is ApplicationType.SAML:
        raise UseSamlAppApi
    if change.get("protected_app_metadata") is not None and application.type is not ApplicationType.PROTECTED:
        raise ProtectedApplicationOnly
    if settings := change.get("custom_client_metadata"):
        _check_third_party(settings, is_third_party=application.is_third_party)
        _check_authentication(settings, type_=application.type)
        if bool(settings.is_device_flow) != bool(application.custom_client_metadata.is_device_flow):
            raise DeviceFlowNotChangeable
    if uris := change.get("oidc_client_metadata"):
        _check_redirect_uris(uris)


def _check_third_party(settings: CustomClientMetadata, *, is_third_party: bool) -> None:
    if is_third_party and settings.allow_token_exchange:
        raise ThirdPartyTokenExchange


def _check_authentication(settings: CustomClientMetadata, *, type_: ApplicationType) -> None:
    if settings.token_endpoint_auth_method is not None and not type_.has_secrets:
        raise InvalidInput(details=f"{type_} applications are public: they cannot authenticate.")
    sources = [each for each in (settings.jwks, settings.jwks_uri) if each is not None]
    if settings.signs_with_own_key:
        # OpenID Connect Registration §2: one source of keys, so that nobody wonders which one counts.
        if len(sources) != 1:
            raise InvalidInput(details="private_key_jwt needs either jwks or jwksUri.")
    elif sources:
        raise InvalidInput(details="jwks and jwksUri are for private_key_jwt only.")


def _check_redirect_uris(metadata: OidcClientMetadata) -> None:
    for uri in (*metadata.redirect_uris, *metadata.post_logout_redirect_uris):
        if not is_registrable(uri):
            raise InvalidInput(details=f"{uri} cannot be registered as a redirect URI.")
