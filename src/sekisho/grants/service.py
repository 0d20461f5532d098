"""What other parts of the product may do to grants; the protocol itself works on the stores, through its ports."""

from collections.abc import Sequence

from sekisho.grants.store import GrantStore
from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import UserId
from sekisho.oidc.models import Grant


class GrantService:
    def __init__(self, *, store: GrantStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def find(self, grant_id: str) -> Grant | None:
        return await self._store.find(grant_id)

    async def list(self, account_id: UserId, *, client_id: str | None = None) -> Sequence[Grant]:
        """Return what a user allows, to one client or to all, the newest first."""
        return await self._store.list_of_account(account_id, now=self._clock.now(), client_id=client_id)

    async def revoke(self, grant_id: str) -> None:
        """Remove a grant with everything issued under it."""
        await self._store.revoke(grant_id)

    async def end_all(self, account_id: UserId) -> None:
        """Take every token from a user. Grants stay; without tokens they open nothing (oidc.md §14)."""
        await self._store.remove_tokens_of_account(account_id)
