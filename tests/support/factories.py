"""Makers of what a test begins with. Every value has a default that nobody else in the test has; traits are parameters.

Rows are made through the services, so they are what the product itself would have made.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.support.visitor import ORIGIN

from sekisho.applications.models import (
    ApplicationType,
    CustomClientMetadata,
    NewApplication,
    OidcClientMetadata,
)
from sekisho.kernel.ids import ApplicationId, TenantId, UserId
from sekisho.kernel.secret import Secret
from sekisho.passwords.hasher import PasswordHasher
from sekisho.passwords.models import PasswordHash
from sekisho.resources.models import ResourceId, ScopeId
from sekisho.roles.models import MANAGEMENT_API_ROLE, RoleId, RoleType
from sekisho.services import Runtime, Services
from sekisho.tenants.models import DEFAULT_TENANT
from sekisho.tenants.urls import urls_of
from sekisho.users.models import NewUser

PASSWORD = "Kanagawa-1831"
REDIRECT_URI = "https://app.example.com/callback"

_HASHES: dict[str, PasswordHash] = {}


async def hashed(password: str, *, hasher: PasswordHasher) -> PasswordHash:
    """Return a hash of the password; made once, for it takes as long as the rest of many a test."""
    if password not in _HASHES:
        _HASHES[password] = await hasher.hash(Secret(password))
    return _HASHES[password]


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUser:
    id: UserId
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeApplication:
    id: ApplicationId
    secret: str | None
    redirect_uri: str | None

    @property
    def credentials(self) -> tuple[str, str]:
        """What HTTP Basic takes."""
        return self.id, self.secret or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeApi:
    id: ResourceId
    indicator: str
    scopes: dict[str, ScopeId]


class Factory:
    """Makes things in one tenant."""

    def __init__(self, runtime: Runtime, tenant_id: TenantId = DEFAULT_TENANT) -> None:
        self._runtime = runtime
        self._tenant_id = tenant_id
        self._numbers = count(1)

    def in_tenant(self, tenant_id: str) -> "Factory":
        return Factory(self._runtime, TenantId(tenant_id))

    @asynccontextmanager
    async def services(self) -> AsyncIterator[Services]:
        """The tenant's services in a transaction that is committed when the block ends well."""
        urls = urls_of(self._tenant_id, origin=ORIGIN, public=self._runtime.public_urls)
        async with self._runtime.database.unit_of_work() as uow:
            yield self._runtime.services(urls=urls, uow=uow)

    async def user(
        self,
        *,
        username: str | None = None,
        password: str = PASSWORD,
        roles: Iterable[str] = (),
        is_suspended: bool = False,
        **profile: Any,
    ) -> MadeUser:
        """Make a user who signs in with username and password."""
        name = username or f"user_{next(self._numbers)}"
        kept = await hashed(password, hasher=self._runtime.hasher)
        new = NewUser(username=name, password_encrypted=kept.encoded, password_encryption_method=kept.method, **profile)
        async with self.services() as services:
            user = await services.users.create(new)
            await services.roles.assign(user.id, roles)
            if is_suspended:
                await services.users.set_suspended(user.id, is_suspended=True)
        return MadeUser(id=user.id, username=name, password=password)

    async def traditional(self, **more: Any) -> MadeApplication:
        """Make a server-side web application."""
        return await self._application(ApplicationType.TRADITIONAL, **more)

    async def spa(self, **more: Any) -> MadeApplication:
        """Make an application in the browser: no secret, PKCE required."""
        return await self._application(ApplicationType.SPA, **more)

    async def native(self, **more: Any) -> MadeApplication:
        return await self._application(ApplicationType.NATIVE, **more)

    async def machine(self, *, may_manage: bool = False, roles: Iterable[str] = (), **more: Any) -> MadeApplication:
        """Make a machine-to-machine application; `may_manage` lets it into the Management API."""
        made = await self._application(ApplicationType.MACHINE_TO_MACHINE, redirect_uris=(), **more)
        wanted = [*roles, *([MANAGEMENT_API_ROLE] if may_manage else [])]
        if wanted:
            async with self.services() as services:
                await services.roles.assign_to_application(made.id, wanted)
        return made

    async def api(
        self, *, indicator: str | None = None, scopes: Sequence[str] = (), is_default: bool = False
    ) -> MadeApi:
        """Make an API resource with scopes."""
        indicator = indicator or f"https://api-{next(self._numbers)}.example.com"
        async with self.services() as services:
            made = await services.resources.create(name=indicator, indicator=indicator, is_default=is_default)
            added = {name: await services.resources.add_scope(made.id, name=name) for name in scopes}
        return MadeApi(id=made.id, indicator=indicator, scopes={name: scope.id for name, scope in added.items()})

    async def role(
        self,
        *,
        name: str | None = None,
        type_: RoleType = RoleType.USER,
        scopes: Iterable[ScopeId] = (),
        is_default: bool = False,
    ) -> RoleId:
        name = name or f"role {next(self._numbers)}"
        async with self.services() as services:
            made = await services.roles.create(
                name=name, description=name, type_=type_, scope_ids=scopes, is_default=is_default
            )
        return made.id

    async def _application(
        self,
        type_: ApplicationType,
        *,
        id: str | None = None,  # noqa: A002 — reads best where it is given
        name: str | None = None,
        redirect_uris: Sequence[str] = (REDIRECT_URI,),
        post_logout_redirect_uris: Sequence[str] = (),
        is_third_party: bool = False,
        **metadata: Any,
    ) -> MadeApplication:
        """Make an application; what is not named here is custom client metadata."""
        new = NewApplication(
            id=None if id is None else ApplicationId(id),
            name=name or f"Application {next(self._numbers)}",
            type=type_,
            oidc_client_metadata=OidcClientMetadata(
                redirect_uris=tuple(redirect_uris), post_logout_redirect_uris=tuple(post_logout_redirect_uris)
            ),
            custom_client_metadata=CustomClientMetadata(**metadata),
            is_third_party=is_third_party,
        )
        async with self.services() as services:
            made = await services.applications.create(new)
        return MadeApplication(
            id=made.application.id,
            secret=made.secrets[0].value.reveal() if made.secrets else None,
            redirect_uri=redirect_uris[0] if redirect_uris else None,
        )
