"""What a consent page must tell a person: which application, which account, and what it would be allowed to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from sekisho.applications.models import Application
from sekisho.applications.service import ApplicationService
from sekisho.kernel.ids import ApplicationId
from sekisho.oidc.consent import Missing, missing_of, signed_in_account
from sekisho.oidc.errors import InvalidClient, InvalidRedirectUri
from sekisho.oidc.interactions import Current
from sekisho.oidc.models import ApplicationKind, Client
from sekisho.oidc.redirect_uris import match_redirect_uri
from sekisho.resources.models import Resource, Scope
from sekisho.resources.service import ResourceService
from sekisho.users.models import User
from sekisho.users.service import UserService

_UNASKED = frozenset({"openid", "offline_access"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedScopes:
    """What an application wants of one API."""

    resource: Resource
    scopes: Sequence[Scope]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRequest:
    application: Application
    user: User
    #: Scopes about the person, without those that need no asking.
    scopes: Sequence[str]
    resources: Sequence[WantedScopes]
    redirect_uri: str


async def consent_request(
    current: Current,
    *,
    client: Client | None,
    applications: ApplicationService,
    users: UserService,
    resources: ResourceService,
) -> ConsentRequest:
    """Return what is asked; raises OAuth errors for a client or an address that is no longer good."""
    account_id = signed_in_account(current)
    found = await applications.find(ApplicationId(current.interaction.client_id))
    if client is None or found is None:
        raise InvalidClient("client must be available")
    redirect_uri = match_redirect_uri(
        current.interaction.params.get("redirect_uri") or "",
        client.redirect_uris,
        allows_loopback=client.kind is ApplicationKind.NATIVE,
    )
    if redirect_uri is None:
        # Attack: an address taken from the client since the request was checked.
        raise InvalidRedirectUri
    missing = missing_of(current.interaction)
    return ConsentRequest(
        application=found.application,
        user=await users.get(account_id),
        scopes=[scope for scope in missing.scopes if scope not in _UNASKED],
        resources=await _wanted(missing, resources),
        redirect_uri=redirect_uri,
    )


async def _wanted(missing: Missing, resources: ResourceService) -> Sequence[WantedScopes]:
    wanted: list[WantedScopes] = []
    for indicator, names in missing.resources.items():
        found = await resources.find_by_indicator(indicator)
        if found is not None:
            scopes = [scope for scope in found.scopes if scope.name in names]
            wanted.append(WantedScopes(resource=found.resource, scopes=scopes))
    return wanted
