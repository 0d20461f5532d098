"""What the flow asks of others that stand beside or above it."""

from collections.abc import Mapping
from typing import Any, Protocol

from sekisho.kernel.events import Event, EventName
from sekisho.oidc.models import Interaction


class Listeners(Protocol):
    """Who is told of what happens in flows."""

    async def is_heard(self, name: EventName, /) -> bool: ...

    async def announce(self, event: Event, /) -> None: ...

    async def announce_despite_refusal(self, event: Event, /) -> None: ...


class Interactions(Protocol):
    """Where the state lives."""

    async def find(self, uid: str) -> Interaction | None: ...

    async def replace_result(self, uid: str, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Write a result with the commit, which fails as `Outdated` unless it still is what it was."""
        ...

    def replace_result_afterwards(self, uid: str, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Do so in a transaction after this one, whether this one ends well or not."""
        ...

    async def replace_result_at_once(self, uid: str, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """Do so in a transaction of its own, durable before anything else happens."""
        ...
