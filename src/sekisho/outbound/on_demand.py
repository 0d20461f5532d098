"""The ways out of a process that may never need one: made at the first call, because loading them takes a while."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sekisho.kernel.clock import Clock

if TYPE_CHECKING:
    from sekisho.outbound.client import OutboundClient
    from sekisho.outbound.guard import Guard
    from sekisho.outbound.mailer import Mailer


class OutboundOnDemand:
    """`endpoint` is our own public URL, `allowed` what of our own network may be called (`guard.Policy`)."""

    def __init__(self, *, endpoint: str | None, allowed: Sequence[str]) -> None:
        self._endpoint = endpoint
        self._allowed = allowed
        self._client: OutboundClient | None = None

    def client(self) -> "OutboundClient":
        if self._client is None:
            from sekisho.outbound.client import OutboundClient  # noqa: PLC0415

            self._client = OutboundClient(self._guard())
        return self._client

    def mailer(self, *, clock: Clock) -> "Mailer":
        from sekisho.outbound.mailer import Mailer  # noqa: PLC0415

        return Mailer(self._guard(), clock=clock)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    def _guard(self) -> "Guard":
        from sekisho.outbound.guard import Guard, Policy  # noqa: PLC0415

        return Guard(Policy.of(endpoint=self._endpoint, allowed=self._allowed))
