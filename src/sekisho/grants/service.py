"""What other parts of the product may do to grants; the protocol itself works on the stores, through its ports."""

from sekisho.grants.store import GrantStore
from sekisho.kernel.ids import UserId


class GrantService:
    def __init__(self, *, store: GrantStore) -> None:
        self._store = store

    async def end_all(self, account_id: UserId) -> None:
        """Take every token from a user. Grants stay; without tokens they open nothing (oidc.md §14)."""
        await self._store.remove_tokens_of_account(account_id)
