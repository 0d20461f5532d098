"""Tokens that act in an organization: who may have one, and for what (oidc.md §21).

Refresh and token exchange ask for a person, client credentials for an application. What roles give is looked up at
every request; `resource_scopes` does it.
"""

from collections.abc import Mapping

from sekisho.kernel.ids import UserId
from sekisho.oidc.errors import AccessDenied
from sekisho.oidc.models import Client, ResourceServer
from sekisho.oidc.ports import Ports

_AUDIENCE = "urn:logto:organization:"


def organization_server(organization_id: str) -> ResourceServer:
    """Return the organization itself as what a token is for."""
    return ResourceServer(indicator=_AUDIENCE + organization_id)


def is_for_organization(indicator: str, organization_id: str | None) -> bool:
    """Tell whether a token of this audience is for the organization itself, and not for an API within it."""
    return organization_id is not None and indicator == _AUDIENCE + organization_id


def organization_claims(indicator: str, organization_id: str | None) -> Mapping[str, str]:
    """Return the claims by which an API sees that a token counts in one organization only (oidc.md §13.1)."""
    if organization_id is None or is_for_organization(indicator, organization_id):
        return {}
    return {"organization_id": organization_id}


async def check_person(ports: Ports, client: Client, *, account_id: UserId, organization_id: str) -> None:
    """Refuse unless the person may act in the organization through this client; the order is the wire's."""
    organizations = ports.organizations
    # An unknown organization looks like one without this member: who guesses ids learns nothing.
    if not await organizations.has_member(organization_id, account_id=account_id):
        raise AccessDenied("user is not a member of the organization", status=403)
    # Attack: a third party that was let into one of the person's organizations asks for another.
    if client.is_third_party and not await organizations.lets_client_in(
        organization_id, client_id=client.id, account_id=account_id
    ):
        raise AccessDenied("organization access is not granted to the application", status=403)
    if await organizations.lacks_mfa(organization_id, account_id=account_id):
        raise AccessDenied("organization requires MFA but user has no MFA configured", status=403)


async def check_client(ports: Ports, client: Client, *, organization_id: str) -> None:
    """Refuse unless the application itself belongs to the organization (oidc.md §12.3)."""
    if not await ports.organizations.has_client(organization_id, client_id=client.id):
        raise AccessDenied("app has not associated with the organization", status=403)
