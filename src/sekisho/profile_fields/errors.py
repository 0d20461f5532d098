"""Refusals about profile fields (management-api.md §13.6)."""

from collections.abc import Sequence
from enum import StrEnum

from sekisho.kernel.errors import DomainError, EntityNotFound, ErrorKind, InvalidInput
from sekisho.profile_fields.names import ReservedField


class ProfileFieldNotFound(EntityNotFound):
    """No field has this name."""


class Flaw(StrEnum):
    """What is wrong with a field; the wire says `custom_profile_fields.<value>`."""

    NAME = "invalid_name"
    BOUNDS = "invalid_min_max_input"
    DEFAULT_VALUE = "invalid_default_value"
    OPTIONS = "invalid_options"
    REGEX = "invalid_regex_format"
    ADDRESS_PARTS = "invalid_address_components"
    FULLNAME_PARTS = "invalid_fullname_components"
    PART_TYPE = "invalid_sub_component_type"


class FieldRefused(DomainError):
    """The field makes no sense."""

    def __init__(self, flaw: Flaw) -> None:
        self.flaw = flaw
        self.code = f"custom_profile_fields.{flaw}"  # type: ignore[misc] # one class, one code per flaw
        super().__init__()


class ReservedFieldName(DomainError):
    """A field has a name that means something else. Values: `name`."""

    def __init__(self, reason: ReservedField, *, name: str) -> None:
        self.code = f"custom_profile_fields.{reason}"  # type: ignore[misc] # one class, one code per reason
        super().__init__(name=name)


class FieldNameInUse(DomainError):
    """Another field has this name. Values: `name`."""

    code = "custom_profile_fields.name_exists"
    kind = ErrorKind.UNPROCESSABLE

    def __init__(self, name: str) -> None:
        super().__init__(name=name)


class UnknownFields(DomainError):
    """An order of fields that are not there. Values: `names`."""

    code = "custom_profile_fields.entity_not_exists_with_names"

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(names=", ".join(names))


class FieldsNamedTwice(InvalidInput):
    """A request names a field twice."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(details="A field is named twice.", data={"duplicateNames": list(names)})
