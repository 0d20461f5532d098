"""The base of every request body: wire names, no coercion, unknown members dropped."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from sekisho.kernel.clock import from_epoch_milliseconds
from sekisho.kernel.errors import InvalidInput


class Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", alias_generator=to_camel, frozen=True)

    def given(self) -> dict[str, Any]:
        """Return the members that were sent, by our names."""
        return {name: getattr(self, name) for name in self.model_fields_set}

    def to_wire(self) -> dict[str, Any]:
        """Return the members that were sent as the JSON they came in."""
        return self.model_dump(by_alias=True, exclude_unset=True)


def instant(milliseconds: float | None, *, name: str) -> datetime | None:
    """Return a time that was sent as milliseconds. Raises `InvalidInput` when no calendar has it."""
    if milliseconds is None:
        return None
    try:
        return from_epoch_milliseconds(int(milliseconds))
    except (OverflowError, ValueError, OSError) as error:
        raise InvalidInput(details=f"{name} is not a time.") from error
