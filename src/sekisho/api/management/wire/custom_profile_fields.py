"""Profile fields on the wire (management-api.md §13.6): one body for each type, because each has its own settings."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType
from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from sekisho.api.formats import ABSENT, Number
from sekisho.api.management.wire.body import Body
from sekisho.profile_fields.models import FieldDefinition, FieldType

TypeName = Literal["Text", "Number", "Date", "Checkbox", "Select", "Url", "Regex", "Address", "Fullname"]
AddressPartName = Literal["formatted", "streetAddress", "locality", "region", "postalCode", "country"]
FullnamePartName = Literal["givenName", "middleName", "familyName"]
Placeholder = Annotated[str, Field(max_length=256)]
Format = Annotated[str, Field(max_length=128)]
Name = Annotated[str, Field(max_length=128)]
# A place is a small integer of the database.
_LAST_PLACE = 2**15 - 1


class TextConfig(Body):
    placeholder: str = ABSENT
    min_length: Number = ABSENT
    max_length: Number = ABSENT


class NumberConfig(Body):
    placeholder: str = ABSENT
    min_value: Number = ABSENT
    max_value: Number = ABSENT


class DateConfig(Body):
    placeholder: str = ABSENT
    format: str
    custom_format: str = ABSENT


class CheckboxConfig(Body):
    default_value: Literal["true", "false"]


class OptionBody(Body):
    label: str = ABSENT
    value: str


class SelectConfig(Body):
    placeholder: str = ABSENT
    options: list[OptionBody]


class UrlConfig(Body):
    placeholder: str = ABSENT


class RegexConfig(Body):
    placeholder: str = ABSENT
    # Attack: a pattern of a megabyte, to be judged again and again.
    format: Annotated[str, Field(max_length=1024)]


class PartConfig(Body):
    """The settings of a part, whatever its type."""

    placeholder: Placeholder = ABSENT
    min_length: Number = ABSENT
    max_length: Number = ABSENT
    min_value: Number = ABSENT
    max_value: Number = ABSENT
    format: Format = ABSENT
    custom_format: Format = ABSENT
    options: list[OptionBody] = ABSENT
    default_value: str = ABSENT


class PartBody(Body):
    enabled: bool
    type: TypeName
    label: Annotated[str, Field(min_length=1)] = ABSENT
    description: str = ABSENT
    required: bool
    config: PartConfig = ABSENT


class AddressPartBody(PartBody):
    name: AddressPartName


class FullnamePartBody(PartBody):
    name: FullnamePartName


class AddressConfig(Body):
    parts: list[AddressPartBody]


class FullnameConfig(Body):
    parts: list[FullnamePartBody]


class FieldBody(Body):
    """What every field may say; its name only when it is added."""

    name: Name = ABSENT
    type: TypeName
    label: Annotated[str, Field(min_length=1, max_length=128)] = ABSENT
    description: Annotated[str, Field(max_length=256)] = ABSENT
    required: bool
    config: Body = ABSENT

    def to_definition(self) -> FieldDefinition:
        given = self.to_wire()
        return FieldDefinition(
            type=FieldType(self.type),
            label=given.get("label", ""),
            description=given.get("description"),
            is_required=self.required,
            config=given.get("config", {}),
        )


class TextField(FieldBody):
    type: Literal["Text"]
    config: TextConfig = ABSENT


class NumberField(FieldBody):
    type: Literal["Number"]
    config: NumberConfig = ABSENT


class DateField(FieldBody):
    type: Literal["Date"]
    config: DateConfig = ABSENT


class CheckboxField(Body):
    """Never required, and without a description: there is always an answer."""

    name: Name = ABSENT
    type: Literal["Checkbox"]
    label: Annotated[str, Field(min_length=1, max_length=128)] = ABSENT
    required: Literal[False]
    config: CheckboxConfig = ABSENT

    def to_definition(self) -> FieldDefinition:
        given = self.to_wire()
        return FieldDefinition(type=FieldType.CHECKBOX, label=given.get("label", ""), config=given.get("config", {}))


class SelectField(FieldBody):
    type: Literal["Select"]
    config: SelectConfig


class UrlField(FieldBody):
    type: Literal["Url"]
    config: UrlConfig = ABSENT


class RegexField(FieldBody):
    type: Literal["Regex"]
    config: RegexConfig


class AddressField(FieldBody):
    type: Literal["Address"]
    config: AddressConfig


class FullnameField(FieldBody):
    type: Literal["Fullname"]
    config: FullnameConfig


_DEFINITION = {"oneOf": [{"type": "object"}] * 9}
DefinitionBody: TypeAlias = Annotated[
    TextField
    | NumberField
    | DateField
    | CheckboxField
    | SelectField
    | UrlField
    | RegexField
    | AddressField
    | FullnameField,
    Field(discriminator="type"),
    WithJsonSchema(_DEFINITION),
]


def _named(body: FieldBody | CheckboxField) -> FieldBody | CheckboxField:
    if "name" not in body.model_fields_set:
        raise PydanticCustomError("custom", "Invalid input")
    return body


NewFieldBody: TypeAlias = Annotated[DefinitionBody, AfterValidator(_named)]
NewFieldsBody: TypeAlias = Annotated[list[NewFieldBody], Field(min_length=1, max_length=20)]


class PlaceBody(Body):
    name: str
    sie_order: Annotated[int, Field(ge=0, le=_LAST_PLACE)]


class OrderBody(Body):
    order: list[PlaceBody]


class OptionOut(msgspec.Struct, frozen=True, kw_only=True):
    label: str | UnsetType = UNSET
    value: str


class PartConfigOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    placeholder: str | UnsetType = UNSET
    min_length: float | UnsetType = UNSET
    max_length: float | UnsetType = UNSET
    min_value: float | UnsetType = UNSET
    max_value: float | UnsetType = UNSET
    format: str | UnsetType = UNSET
    custom_format: str | UnsetType = UNSET
    options: list[OptionOut] | UnsetType = UNSET
    default_value: str | UnsetType = UNSET


class PartOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    enabled: bool
    name: str
    type: TypeName
    label: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    required: bool
    config: PartConfigOut | UnsetType = UNSET


class ConfigOut(PartConfigOut, frozen=True, kw_only=True, rename="camel"):
    parts: list[PartOut] | UnsetType = UNSET


class CustomProfileFieldOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A field as answers describe it; the configuration is sent as it is kept."""

    tenant_id: str
    id: str
    name: str
    type: TypeName
    label: str
    description: str | None
    required: bool
    config: ConfigOut
    created_at: int
    sie_order: int
