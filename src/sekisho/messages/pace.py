"""How long deliveries took lately, so that one that is not made takes as long.

Attack: asking for codes to many addresses, and reading off the clock which of them have accounts. Mail takes a tenth of
a second or three; nothing at all takes a millisecond. One per process: a client cannot tell the processes apart.
"""

import asyncio
import random
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from sekisho.kernel.ids import TenantId
from sekisho.users.models import IdentifierType

_REMEMBERED = 16
#: What a delivery takes as long as none was seen: an SMTP dialogue over TLS with a server nearby.
_USUAL_SECONDS = 0.3


class Pace:
    """Measures deliveries of each tenant and kind, and waits as long as one of them."""

    def __init__(
        self, *, seconds: Callable[[], float] = monotonic, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._seconds = seconds
        self._sleep = sleep
        self._taken: defaultdict[tuple[TenantId, IdentifierType], deque[float]] = defaultdict(
            lambda: deque(maxlen=_REMEMBERED)
        )

    @contextmanager
    def measured(self, tenant_id: TenantId, kind: IdentifierType) -> Iterator[None]:
        """Remember how long the block took; one that was cut off says nothing."""
        began = self._seconds()
        try:
            yield
        except Exception:
            self._taken[tenant_id, kind].append(self._seconds() - began)
            raise
        self._taken[tenant_id, kind].append(self._seconds() - began)

    async def imitate(self, tenant_id: TenantId, kind: IdentifierType) -> None:
        """Take as long as one of the last deliveries, any of them, so that the times scatter alike."""
        taken = self._taken[tenant_id, kind] or (_USUAL_SECONDS,)
        await self._sleep(random.choice(taken))  # noqa: S311 — no secret in it
