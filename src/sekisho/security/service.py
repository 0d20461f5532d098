"""Stops guessing at one account: every attempt is counted, and the count committed, before its secret is looked at.

Attack: a thousand parallel guesses that all read the counter before one of them writes it. Attempts therefore take a
place first, in a transaction of their own, and a place that is never settled stays taken for the window.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from hashlib import sha256

from sekisho.db.database import UnitOfWork
from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import Ids, TenantId, UserId
from sekisho.security.errors import TooManyAttempts
from sekisho.security.models import WINDOW, Action, Attempt, Limits, NetworkAddress, Result
from sekisho.security.store import SentinelStore
from sekisho.users.identifiers import key_of
from sekisho.users.models import Identifier, IdentifierType


class Sentinel:
    """Counts attempts of one tenant. Its units of work are its own: the caller must not hold a transaction open."""

    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId, clock: Clock, ids: Ids) -> None:
        self._uow = uow
        self._tenant_id = tenant_id
        self._clock = clock
        self._ids = ids

    async def admit(self, target: Identifier | UserId | NetworkAddress, *, action: Action, limits: Limits) -> Attempt:
        """Count an attempt on an identifier or a user, or from an address; raises `TooManyAttempts`."""
        attempt = Attempt(id=self._ids.standard(), target_hash=target_hash(target), action=action, limits=limits)
        async with self._own_store() as store:
            now = self._clock.now()
            # Without queueing, each would take a place and count the others after: of a crowd that may try five times,
            # nobody would be let in.
            await store.queue_up(attempt.target_hash)
            if await store.add_if_allowed(attempt, now=now, since=now - WINDOW):
                return attempt
            tally = await store.tally(attempt, now=now, since=now - WINDOW)
            if tally.blocked_until is not None:
                raise TooManyAttempts(tally.blocked_until - now)
            if tally.failed >= limits.attempts:
                await store.add(attempt, now=now)
                store.block(attempt, until=now + limits.lockout)
        raise TooManyAttempts(limits.lockout, is_new=tally.failed >= limits.attempts)

    async def failed(self, attempt: Attempt) -> None:
        """Record a wrong guess; raises `TooManyAttempts` when it was the last one allowed."""
        async with self._own_store() as store:
            now = self._clock.now()
            # Two last guesses that end together must see each other, or neither is told of the block.
            await store.queue_up(attempt.target_hash)
            store.settle(attempt, Result.FAILED)
            tally = await store.tally(attempt, now=now, since=now - WINDOW)
            is_last = tally.failed >= attempt.limits.attempts
            if is_last:
                store.block(attempt, until=now + attempt.limits.lockout)
        if is_last:
            raise TooManyAttempts(attempt.limits.lockout, is_new=True)

    async def succeeded(self, attempt: Attempt) -> None:
        """Record a right guess, in the caller's unit of work: it counts no more once what it opened is durable."""
        SentinelStore(uow=self._uow, tenant_id=self._tenant_id).settle(attempt, Result.SUCCESS)

    async def withdraw(self, attempt: Attempt) -> None:
        """Uncount an attempt of a request that is refused for another reason than a wrong guess."""
        async with self._own_store() as store:
            store.settle(attempt, Result.SUCCESS)

    async def forgive(self, targets: list[str]) -> None:
        """Forget the attempts of the window on these texts, whatever each identifies, and with them every block."""
        store = SentinelStore(uow=self._uow, tenant_id=self._tenant_id)
        hashes = {target_hash(meant) for target in targets for meant in _meanings(target)}
        await store.remove(sorted(hashes), since=self._clock.now() - WINDOW)

    @asynccontextmanager
    async def _own_store(self) -> AsyncIterator[SentinelStore]:
        await self._uow.release()
        async with self._uow.database.unit_of_work() as own:
            yield SentinelStore(uow=own, tenant_id=self._tenant_id)


def target_hash(target: Identifier | UserId | NetworkAddress) -> str:
    """Return what attempts on a target are counted under; nothing readable is kept.

    Attack: spelling one account's address, number or name in many ways, each with a count of its own. An identifier
    therefore counts under the key its account is found by, and a name without case, whatever the tenant's policy.
    """
    key = key_of(target, are_usernames_case_sensitive=False) if isinstance(target, Identifier) else target
    return sha256(key.encode(errors="surrogatepass")).hexdigest()


def _meanings(text: str) -> Iterator[Identifier | UserId]:
    yield UserId(text)
    for kind in IdentifierType:
        yield Identifier(type=kind, value=text)
