"""The HTTP client of a process that may never need one: made at the first call, because loading it takes a while."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sekisho.outbound.client import OutboundClient


class OutboundOnDemand:
    """`endpoint` is our own public URL, `allowed` what of our own network may be called (`guard.Policy`)."""

    def __init__(self, *, endpoint: str | None, allowed: Sequence[str]) -> None:
        self._endpoint = endpoint
        self._allowed = allowed
        self._client: OutboundClient | None = None

    def client(self) -> "OutboundClient":
        if self._client is None:
            from sekisho.outbound.client import OutboundClient  # noqa: PLC0415
            from sekisho.outbound.guard import Guard, Policy  # noqa: PLC0415

            self._client = OutboundClient(Guard(Policy.of(endpoint=self._endpoint, allowed=self._allowed)))
        return self._client

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
