"""What our own pages remember from one to the next, where others keep it in the browser.

Kept beside the state of the flow, under a key of its own, and never shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sekisho.kernel.clock import epoch_milliseconds, from_epoch_milliseconds
from sekisho.users.models import Identifier, IdentifierType

KEY = "pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """`identifier`: who the person says he is. `record_id`: what he is proving. `code_sent_at`: since when."""

    identifier: Identifier | None = None
    record_id: str | None = None
    code_sent_at: datetime | None = None

    def to_document(self) -> dict[str, Any]:
        document: dict[str, Any] = {}
        if self.identifier is not None:
            document["identifier"] = {"type": self.identifier.type.value, "value": self.identifier.value}
        if self.record_id is not None:
            document["recordId"] = self.record_id
        if self.code_sent_at is not None:
            document["codeSentAt"] = epoch_milliseconds(self.code_sent_at)
        return document

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> Self:
        """Read the notes in an interaction's result."""
        document = result.get(KEY, {})
        identifier, sent_at = document.get("identifier"), document.get("codeSentAt")
        return cls(
            identifier=None
            if identifier is None
            else Identifier(type=IdentifierType(identifier["type"]), value=identifier["value"]),
            record_id=document.get("recordId"),
            code_sent_at=None if sent_at is None else from_epoch_milliseconds(sent_at),
        )


NO_NOTES = Notes()
