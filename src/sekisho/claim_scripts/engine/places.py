"""Who may run a script now: so many at once in all, fewer of one tenant, and nobody waits for ever."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from sekisho.kernel.ids import TenantId


class Places:
    """`most_waiting` are runs of one tenant that wait for a place, `patience` how long each of them does."""

    def __init__(self, *, most: int, most_of_tenant: int, most_waiting: int, patience: timedelta) -> None:
        self._most_of_tenant = most_of_tenant
        self._most_present = most_of_tenant + most_waiting
        self._patience = patience
        self._all = asyncio.Semaphore(most)
        self._of_tenant: dict[TenantId, asyncio.Semaphore] = {}
        self._present: Counter[TenantId] = Counter()

    @asynccontextmanager
    async def take(self, tenant_id: TenantId) -> AsyncIterator[bool]:
        """Wait for a place and hold it; False when there is none."""
        if self._present[tenant_id] >= self._most_present:
            yield False
            return
        self._present[tenant_id] += 1
        # Attack: a tenant whose scripts loop. It waits among its own first, and never takes all the places there are.
        own = self._of_tenant.setdefault(tenant_id, asyncio.Semaphore(self._most_of_tenant))
        taken: list[asyncio.Semaphore] = []
        try:
            try:
                async with asyncio.timeout(self._patience.total_seconds()):
                    for places in (own, self._all):
                        await places.acquire()
                        taken.append(places)
            except TimeoutError:
                pass
            yield len(taken) == 2  # noqa: PLR2004 — both of them
        finally:
            for places in taken:
                places.release()
            self._present[tenant_id] -= 1
            if not self._present[tenant_id]:
                del self._present[tenant_id], self._of_tenant[tenant_id]
