"""Decisions about webhooks: which ones hear of an event, and what a change of one may be.

Hearing is on the path of every write and therefore reads the cache: a tenant without webhooks pays nothing.
"""

from collections.abc import Callable, Sequence

import msgspec

from sekisho.db.database import UnitOfWork
from sekisho.jobs.models import DeadJob
from sekisho.jobs.queue import JobQueue
from sekisho.kernel.clock import Clock
from sekisho.kernel.events import Caller, Event, EventName
from sekisho.kernel.ids import Ids
from sekisho.kernel.json import Json
from sekisho.kernel.pages import Page, PageRequest
from sekisho.kernel.secret import Secret
from sekisho.tenants.cache import TenantCache
from sekisho.webhooks.errors import DeadLetterNotFound, MissingEvents
from sekisho.webhooks.messages import message_of
from sekisho.webhooks.models import DeadLetter, Hook, HookChange, HookId, NewHook
from sekisho.webhooks.store import HookStore

#: The name of the job that sends one message to one webhook.
DELIVER = "webhooks.deliver"


class HookService:
    """Implements `Announce`, by `announce`."""

    def __init__(
        self,
        *,
        store: HookStore,
        uow: UnitOfWork,
        jobs_in: Callable[[UnitOfWork], JobQueue],
        cache: TenantCache,
        clock: Clock,
        ids: Ids,
        caller: Caller,
    ) -> None:
        self._store = store
        self._uow = uow
        self._jobs_in = jobs_in
        self._jobs = jobs_in(uow)
        self._cache = cache
        self._clock = clock
        self._ids = ids
        self._caller = caller

    async def announce(self, event: Event) -> None:
        """Put a message to every webhook that listens into the outbox, in the caller's transaction."""
        for letter in await self._letters(event):
            await self._jobs.add(DELIVER, letter)

    async def announce_despite_refusal(self, event: Event) -> None:
        """Put the messages into the outbox once the caller's transaction has ended, even if it is rolled back."""
        letters = await self._letters(event)

        async def post(own: UnitOfWork) -> None:
            for letter in letters:
                await self._jobs_in(own).add(DELIVER, letter)

        if letters:
            self._uow.after(post)

    async def is_heard(self, name: EventName) -> bool:
        """Tell whether anybody listens to events of this name: else what they tell need not be read."""
        return any(hook.listens_to(name) for hook in await self._cache.get(("hooks",), self._store.list))

    async def _letters(self, event: Event) -> Sequence[Json]:
        letters: list[Json] = []
        for hook in await self._cache.get(("hooks",), self._store.list):
            if hook.listens_to(event.name):
                body = message_of(event, caller=self._caller, hook_id=hook.id, now=self._clock.now())
                # As text, because a database that understands JSON changes the order of its members.
                letters.append({"hookId": hook.id, "event": event.name.value, "body": body.decode()})
        return letters

    async def page(self, page: PageRequest | None) -> Page[Hook]:
        """Return webhooks, newest first; all of them without `page`."""
        if page is not None:
            return await self._store.page(page)
        hooks = await self._store.list()
        return Page(rows=hooks, total=len(hooks))

    async def find(self, hook_id: HookId) -> Hook | None:
        return await self._store.find(hook_id)

    async def get(self, hook_id: HookId) -> Hook:
        return await self._store.get(hook_id)

    async def create(self, new: NewHook) -> Hook:
        if not new.events and new.event is None:
            raise MissingEvents
        hook = Hook(
            id=HookId(self._ids.standard()),
            name=new.name,
            event=new.event,
            events=_once(new.events),
            config=new.config,
            signing_key=Secret(self._ids.secret()),
            is_enabled=new.is_enabled,
            created_at=self._clock.now(),
        )
        await self._store.add(hook)
        await self._cache.changed()
        return hook

    async def update(self, hook_id: HookId, change: HookChange) -> Hook:
        """Apply a change; the configuration replaces the stored one whole."""
        if not change:
            return await self._store.get(hook_id)
        if "events" in change:
            change["events"] = _once(change["events"])
        hook = await self._store.update(hook_id, change)
        await self._cache.changed()
        return hook

    async def renew_signing_key(self, hook_id: HookId) -> Hook:
        hook = await self._store.replace_signing_key(hook_id, Secret(self._ids.secret()))
        await self._cache.changed()
        return hook

    async def delete(self, hook_id: HookId) -> None:
        """Delete a webhook; messages under way to it are dropped."""
        await self._store.remove(hook_id)
        await self._cache.changed()

    async def dead_letters(self, hook_id: HookId, page: PageRequest) -> Page[DeadLetter]:
        """Return the messages to a webhook that were given up, latest first."""
        await self._store.get(hook_id)
        dead = await self._jobs.dead(DELIVER, page, about={"hookId": hook_id})
        return Page(rows=[_letter(each) for each in dead.rows], total=dead.total)

    async def send_again(self, hook_id: HookId, letter_id: str) -> None:
        """Try a message that was given up from the start; raises `DeadLetterNotFound`."""
        await self._store.get(hook_id)
        if not await self._jobs.revive(DELIVER, letter_id, about={"hookId": hook_id}):
            raise DeadLetterNotFound(letter_id)


def _once(names: Sequence[EventName]) -> Sequence[EventName]:
    return tuple(dict.fromkeys(names))


def _letter(dead: DeadJob) -> DeadLetter:
    return DeadLetter(
        id=dead.job.id,
        event=dead.job.payload["event"],
        body=msgspec.json.decode(dead.job.payload["body"]),
        attempts=dead.job.attempt,
        error=dead.last_error,
        died_at=dead.died_at,
    )
