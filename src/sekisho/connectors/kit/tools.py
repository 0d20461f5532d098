"""A connector's way to the world: ports, so that a test (or a development server) can stand in for it.

Whoever implements them refuses addresses inside our own network, limits time and size, and follows no redirect.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from sekisho.connectors.kit.errors import ConnectorError, ErrorCode, ProviderFailed
from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import Ids

if TYPE_CHECKING:
    from sekisho.connectors.kit.mail import Mailer

PATIENCE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 — the class of statuses

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    def json(self) -> Any:
        """Return the body as JSON values; raises `ConnectorError(INVALID_RESPONSE)`."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            raise ConnectorError(ErrorCode.INVALID_RESPONSE, "The provider did not answer with JSON.") from None


class HttpFailed(ProviderFailed):
    """There was no answer: no such address, no connection, or not in time."""


class Http(Protocol):
    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        json: object = None,
        content: bytes | None = None,
        patience: timedelta = PATIENCE,
    ) -> HttpAnswer:
        """Send a request and return the answer, whatever its status; raises `HttpFailed`. `patience` is for it all."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """`ids` makes what must not be guessed: `ids.token()` has 43 URL-safe characters, `ids.standard()` 21."""

    http: Http
    mail: "Mailer"
    clock: Clock
    ids: Ids
