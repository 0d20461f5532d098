"""Stops flooding one person with messages: so many to one recipient in a rolling window (experience.md §11.4).

Attack: a hundred requests that all read the count before one of them adds to it. A message therefore takes a place
before it is sent, in a transaction of its own, and gives it back if it could not be sent.
"""

from datetime import timedelta

from sekisho.db.database import UnitOfWork
from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import Ids, TenantId
from sekisho.security.models import Action, Attempt, Limits, Result
from sekisho.security.service import target_hash
from sekisho.security.store import SentinelStore
from sekisho.users.models import Identifier

LIMITS = Limits(attempts=10, lockout=timedelta(minutes=10))
"""How many messages to one recipient, in which window."""


class RecipientLimit:
    """Counts messages of one tenant. Its units of work are its own: the caller must not hold a transaction open."""

    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId, clock: Clock, ids: Ids) -> None:
        self._uow = uow
        self._tenant_id = tenant_id
        self._clock = clock
        self._ids = ids

    async def take_place(self, recipient: Identifier, *, action: Action) -> Attempt | None:
        """Count a message that is about to be sent; None when there were as many as there may be."""
        place = Attempt(id=self._ids.standard(), target_hash=target_hash(recipient), action=action, limits=LIMITS)
        await self._uow.release()
        async with self._uow.database.unit_of_work() as own:
            store = SentinelStore(uow=own, tenant_id=self._tenant_id)
            now = self._clock.now()
            await store.queue_up(place.target_hash)
            since = now - LIMITS.lockout
            if await store.count_successes(place.target_hash, action=action, since=since) >= LIMITS.attempts:
                return None
            await store.add(place, now=now, result=Result.SUCCESS)
        return place

    async def give_back(self, place: Attempt) -> None:
        """Uncount a message that was not sent."""
        async with self._uow.database.unit_of_work() as own:
            SentinelStore(uow=own, tenant_id=self._tenant_id).settle(place, Result.FAILED)
