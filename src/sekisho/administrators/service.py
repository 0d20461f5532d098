"""The first administrator: registers with a token that only the machine's operator has seen.

Attack it stops: whoever finds a fresh installation first would otherwise own it.
"""

from sekisho.administrators.models import FIRST_ADMIN_TOKEN_LIFE
from sekisho.administrators.store import AdministratorStore
from sekisho.crypto.digests import digest
from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import Ids
from sekisho.kernel.secret import Secret


class FirstAdmin:
    """Bound to the admin tenant; means nothing in any other."""

    def __init__(self, *, store: AdministratorStore, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    async def has_administrator(self) -> bool:
        """Tell whether anybody who is not suspended may use the Console."""
        return await self._store.has_administrator()

    async def issue_first_admin_token(self) -> Secret:
        """Return a new token, good for a day and one registration; the one before it is void."""
        token = self._ids.token()
        await self._store.replace_token(digest(token), expires_at=self._clock.now() + FIRST_ADMIN_TOKEN_LIFE)
        return Secret(token)

    async def is_first_admin_token(self, token: str) -> bool:
        """Tell whether a token would be accepted, without using it up."""
        return await self._store.find_token(digest(token), now=self._clock.now())

    async def consume_first_admin_token(self, token: str) -> bool:
        """Use the token up, in the transaction that makes the administrator; False refuses the registration."""
        return await self._store.consume_token(digest(token), now=self._clock.now())
