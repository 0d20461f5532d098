"""Whether case counts in usernames: what would clash if it did not, and the keys they are unique by.

A policy is the tenant's (`sign_in`); what it does to the users who are there already is decided here.
"""

from sekisho.db.errors import UniqueViolation
from sekisho.users.errors import UsernameInUse
from sekisho.users.models import UsernameConflicts
from sekisho.users.username_store import UsernameStore


class UsernameKeys:
    """The keys of one tenant's usernames."""

    def __init__(self, *, store: UsernameStore) -> None:
        self._store = store

    async def conflicts(self, *, limit: int) -> UsernameConflicts:
        """Return which usernames differ only by case; at most `limit` of them by name."""
        return await self._store.conflicts(limit=limit)

    async def renew(self, *, is_case_sensitive: bool) -> None:
        """Compute every key anew. Raises `UsernameInUse` when a user came meanwhile who clashes."""
        try:
            await self._store.rekey(is_case_sensitive=is_case_sensitive)
        except UniqueViolation as violation:
            raise UsernameInUse from violation
