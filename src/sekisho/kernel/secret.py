"""A text that must not be printed by accident: logs, tracebacks and `repr` show only that it is there."""

import hmac
from typing import final


@final
class Secret:
    """Wraps a secret; `reveal()` is the only way to its value and easy to look for in a review."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def matches(self, candidate: str) -> bool:
        """Compare in constant time, so that timing does not tell how much of a guess was right."""
        return hmac.compare_digest(self._value.encode(), candidate.encode())

    def __repr__(self) -> str:
        return "Secret()"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.matches(other.reveal())

    def __hash__(self) -> int:
        return hash(self._value)
