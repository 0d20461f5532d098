"""What the flow asks of others that stand beside or above it."""

from collections.abc import Mapping
from typing import Any, Protocol

from sekisho.oidc.models import Interaction


class Interactions(Protocol):
    """Where the state lives."""

    async def find(self, uid: str) -> Interaction | None: ...

    async def replace_result(self, uid: str, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        """Write a result if it still is what it was, and keep it from changing until the transaction ends."""
        ...
