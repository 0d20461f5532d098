"""Consent as people meet it: which application asks, which account, what it would be allowed; and the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sekisho.applications.models import Application, ApplicationSignIn
from sekisho.applications.service import ApplicationService
from sekisho.applications.sign_in import ApplicationSignInService
from sekisho.experience.errors import MembershipRequired
from sekisho.kernel.ids import ApplicationId
from sekisho.oidc.consent import ConsentGiven, ConsentNeeded, signed_in_account
from sekisho.oidc.errors import InvalidClient, InvalidRedirectUri
from sekisho.oidc.interactions import Current
from sekisho.oidc.models import ApplicationKind, Client, GrantType, Interaction, Organization, Scopes
from sekisho.oidc.provider import Provider
from sekisho.oidc.redirect_uris import match_redirect_uri
from sekisho.oidc.scopes import OFFLINE_ACCESS, OPENID
from sekisho.resources.models import Resource, ResourceWithScopes, Scope
from sekisho.resources.service import ResourceService
from sekisho.users.models import User
from sekisho.users.service import UserService

_UNASKED = frozenset({OPENID, OFFLINE_ACCESS})


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedScopes:
    """What an application wants of one API."""

    resource: Resource
    scopes: Sequence[Scope]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedOrganization:
    """An organization to choose, and what the application wants that only this would allow it."""

    organization: Organization
    resources: Sequence[WantedScopes]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRequest:
    application: Application
    #: What people should see of the application: its name, logo and documents.
    shown: ApplicationSignIn
    user: User
    #: Scopes about the person, without those that need no asking; None when no prompt was about any.
    scopes: Sequence[str] | None
    resources: Sequence[WantedScopes]
    organizations: Sequence[WantedOrganization]
    #: Where the answer goes. A device has no address.
    redirect_uri: str | None


async def consent_request(
    needed: ConsentNeeded,
    *,
    applications: ApplicationService,
    application_sign_in: ApplicationSignInService,
    users: UserService,
    resources: ResourceService,
) -> ConsentRequest:
    """Return what is asked; raises OAuth errors for an application or an address that is no longer good."""
    found = await applications.find(ApplicationId(needed.client.id))
    if found is None:
        raise InvalidClient("client must be available")
    apis = await resources.list()
    return ConsentRequest(
        application=found.application,
        shown=await application_sign_in.of(found.application),
        user=await users.get(needed.account_id),
        scopes=None if needed.scopes is None else [scope for scope in needed.scopes if scope not in _UNASKED],
        resources=_wanted(needed.resources, apis),
        organizations=[
            WantedOrganization(organization=choice.organization, resources=_wanted(choice.resources, apis))
            for choice in needed.organizations
        ],
        redirect_uri=_redirect_uri(needed.client, needed.interaction),
    )


async def accept_consent(provider: Provider, current: Current, *, organization_ids: Sequence[str]) -> ConsentGiven:
    """Say yes; raises `MembershipRequired` for an organization the person does not belong to."""
    account_id = await signed_in_account(provider.ports, current)
    for organization_id in organization_ids:
        # Attack: an id from elsewhere lets the application into an organization that is not the person's to open.
        if not await provider.ports.organizations.has_member(organization_id, account_id=account_id):
            raise MembershipRequired
    return await provider.accept_consent(current, organization_ids=organization_ids)


def _redirect_uri(client: Client, interaction: Interaction) -> str | None:
    if client.may_use(GrantType.DEVICE_CODE):
        return None
    asked = interaction.params.get("redirect_uri")
    if asked is None and len(client.redirect_uris) == 1:
        # RFC 6749 §3.1.2.3: may be left out of the request when there is only one.
        asked = client.redirect_uris[0]
    redirect_uri = match_redirect_uri(
        asked or "", client.redirect_uris, allows_loopback=client.kind is ApplicationKind.NATIVE
    )
    if redirect_uri is None:
        # Attack: an address taken from the client since the request was checked.
        raise InvalidRedirectUri
    return redirect_uri


def _wanted(missing: Mapping[str, Scopes], apis: Sequence[ResourceWithScopes]) -> Sequence[WantedScopes]:
    """Return the missing scopes with ids and descriptions, in the order they were asked for."""
    by_indicator = {entry.resource.indicator: entry for entry in apis}
    return [
        WantedScopes(resource=entry.resource, scopes=_named(names, entry.scopes))
        for indicator, names in missing.items()
        if (entry := by_indicator.get(indicator)) is not None
    ]


def _named(names: Scopes, scopes: Sequence[Scope]) -> Sequence[Scope]:
    by_name = {scope.name: scope for scope in scopes}
    return [by_name[name] for name in names if name in by_name]
