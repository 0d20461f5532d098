"""How many grants one person may give one client at a time; the oldest make room (oidc.md §11.3).

The counting waits for the authorization to be durable and never delays or fails it: here it is only asked for.
"""

from collections.abc import Sequence

from sekisho.kernel.ids import UserId
from sekisho.oidc.models import Client, Grant
from sekisho.oidc.ports import Ports


async def limit_grants(ports: Ports, client: Client, *, account_id: UserId) -> None:
    """Have the account's grants to the client counted once this authorization is durable."""
    if client.max_allowed_grants is not None:
        await ports.grant_limits.enforce_later(
            account_id=account_id, client_id=client.id, limit=client.max_allowed_grants
        )


def beyond(active: Sequence[Grant], *, limit: int) -> Sequence[Grant]:
    """Return the grants that are too many: all but the newest `limit`."""
    return sorted(active, key=lambda grant: (grant.created_at, grant.id), reverse=True)[limit:]
