"""The base of every request body: wire names, no coercion, unknown members dropped."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", alias_generator=to_camel, frozen=True)

    def given(self) -> dict[str, Any]:
        """Return the members that were sent, by our names."""
        return {name: getattr(self, name) for name in self.model_fields_set}

    def to_wire(self) -> dict[str, Any]:
        """Return the members that were sent as the JSON they came in."""
        return self.model_dump(by_alias=True, exclude_unset=True)
