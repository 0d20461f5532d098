"""Which scopes of an API one authorization may reach: what the person holds, and what the client may have (§20.4)."""

from sekisho.kernel.ids import UserId
from sekisho.oidc.models import Client, Scopes
from sekisho.oidc.ports import Ports


async def within_reach(ports: Ports, client: Client, scopes: Scopes, *, account_id: UserId, indicator: str) -> Scopes:
    """Return the scopes of the API that are left, in their order. What roles give today counts, at every request."""
    if not (allowed := client.may_have_at(indicator, scopes)):
        return ()
    held = await ports.resources.scopes_of_account(account_id=account_id, indicator=indicator)
    return [scope for scope in allowed if scope in held]
