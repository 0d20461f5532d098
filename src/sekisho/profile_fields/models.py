"""A profile field. Its configuration is a document whose members depend on the type (experience.md §24.1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

ProfileFieldId = NewType("ProfileFieldId", str)


class FieldType(StrEnum):
    TEXT = "Text"
    NUMBER = "Number"
    DATE = "Date"
    CHECKBOX = "Checkbox"
    SELECT = "Select"
    URL = "Url"
    REGEX = "Regex"
    ADDRESS = "Address"
    FULLNAME = "Fullname"

    @property
    def has_parts(self) -> bool:
        return self in {FieldType.ADDRESS, FieldType.FULLNAME}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDefinition:
    """What a field takes, whatever it is called."""

    type: FieldType
    label: str = ""
    description: str | None = None
    is_required: bool = False
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileField:
    """A field; `sie_order` is its place among the others at sign-up."""

    id: ProfileFieldId
    name: str
    definition: FieldDefinition
    created_at: datetime
    sie_order: int
