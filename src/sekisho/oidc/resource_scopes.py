"""Which scopes one access token may have: what the person or application holds, and what the client may have (§20.3).

What roles give today counts, at every request.
"""

from collections.abc import Collection

from sekisho.kernel.ids import UserId
from sekisho.oidc.models import ORGANIZATIONS_RESOURCE, Client, Scopes
from sekisho.oidc.organizations import is_for_organization
from sekisho.oidc.ports import Ports


async def within_reach(
    ports: Ports,
    client: Client,
    scopes: Scopes,
    *,
    account_id: UserId,
    indicator: str,
    organization_id: str | None = None,
) -> Scopes:
    """Return the scopes that are left to a person, in their order; an organization narrows what others would give."""
    # The scopes of organizations are those of the reserved resource, whichever organization a token is for.
    listed = ORGANIZATIONS_RESOURCE if is_for_organization(indicator, organization_id) else indicator
    if not (allowed := client.may_have_at(listed, scopes)):
        return ()
    held = await _held(ports, account_id=account_id, indicator=listed, organization_id=organization_id)
    return [scope for scope in allowed if scope in held]


async def held_by_client(
    ports: Ports, client: Client, scopes: Scopes, *, indicator: str, organization_id: str | None
) -> Scopes:
    """Return the scopes that are left to an application that asks for itself, in their order."""
    if not scopes:
        return ()
    if organization_id is None:
        held = await ports.resources.scopes_of_client(client_id=client.id, indicator=indicator)
    elif is_for_organization(indicator, organization_id):
        held = await ports.organizations.scopes_of_client(organization_id, client_id=client.id)
    else:
        # In an organization only its own roles count, not those the application has outside (organizations.md §12.5).
        held = await ports.organizations.resource_scopes_of_client(
            organization_id, client_id=client.id, indicator=indicator
        )
    return [scope for scope in scopes if scope in held]


async def _held(ports: Ports, *, account_id: UserId, indicator: str, organization_id: str | None) -> Collection[str]:
    if indicator != ORGANIZATIONS_RESOURCE:
        own = await ports.resources.scopes_of_account(account_id=account_id, indicator=indicator)
        inherited = await ports.organizations.resource_scopes_of_account(
            organization_id, account_id=account_id, indicator=indicator
        )
        return {*own, *inherited}
    if organization_id is None:
        # Which of them a person holds is known only once an organization is named (oidc.md §20.3).
        return await ports.organizations.scopes()
    return await ports.organizations.scopes_of_account(organization_id, account_id=account_id)
