"""What the Experience API takes."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from sekisho.api.formats import Email, Phone, UrlOrEmpty, Username
from sekisho.api.management.wire.body import Body
from sekisho.users.models import Identifier, IdentifierType

_FIELD_NAME = re.compile(r"[0-9A-Za-z]+")
_IDENTIFIERS: Mapping[str, TypeAdapter[str]] = {
    "username": TypeAdapter(Username),
    "email": TypeAdapter(Email),
    "phone": TypeAdapter(Phone),
}

Event: TypeAlias = Literal["SignIn", "Register", "ForgotPassword"]
Text: TypeAlias = Annotated[str, Field(min_length=1)]


class BeginBody(Body):
    interaction_event: Event
    captcha_token: str | None = None


class EventBody(Body):
    interaction_event: Event


class IdentifierBody(Body):
    """What somebody says he is called: in the one form of its kind, and in no other (experience.md §9)."""

    type: Literal["username", "email", "phone"]
    value: str

    @field_validator("value")
    @classmethod
    def _well_formed(cls, value: str, info: ValidationInfo) -> str:
        try:
            # Without a type there is another error to tell.
            return _IDENTIFIERS[info.data["type"]].validate_python(value) if "type" in info.data else value
        except ValidationError:
            raise PydanticCustomError("invalid_string", "Invalid", {"validation": "regex"}) from None


class PasswordVerificationBody(Body):
    identifier: IdentifierBody
    password: Text


class NamedBody(Body):
    type: Literal["username"]
    value: Username


class NewIdentityBody(Body):
    """A name and a password for an account to be made."""

    identifier: NamedBody
    password: str


class AddressedBody(Body):
    type: Literal["email"]
    value: Email


class ReachedBody(IdentifierBody):
    """What messages are sent to."""

    type: Literal["email", "phone"]
    value: Annotated[str, Field(max_length=256)]

    @property
    def identifier(self) -> Identifier:
        return Identifier(type=IdentifierType(self.type), value=self.value)


class SendCodeBody(Body):
    identifier: ReachedBody
    interaction_event: Event


class CodeBody(Body):
    identifier: ReachedBody
    verification_id: str
    code: str


class OneTimeTokenBody(Body):
    identifier: AddressedBody
    token: Text


class SocialStartBody(Body):
    state: str
    redirect_uri: str


class SocialCallbackBody(Body):
    """What a provider sent back, as it came, and the address it came to."""

    connector_data: dict[str, Any]
    verification_id: str | None = None


class IdentificationBody(Body):
    verification_id: str | None = None
    link_social_identity: bool | None = None


class NewPasswordBody(Body):
    password: str


class UsernameProfile(Body):
    type: Literal["username"]
    value: Username


class PasswordProfile(Body):
    type: Literal["password"]
    value: str


class RecordProfile(Body):
    """An identifier or identity that was proven in this interaction."""

    type: Literal["email", "phone", "social"]
    verification_id: str


class AddressValues(Body):
    formatted: str | None = None
    street_address: str | None = None
    locality: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


def _named(values: dict[str, Any]) -> dict[str, Any]:
    for name in values:
        if not _FIELD_NAME.fullmatch(name):
            raise PydanticCustomError("invalid_string", "Invalid", {"validation": "regex"})
    return values


class StandardValues(BaseModel):
    """Types of the values whose places are known; everything else is the tenant's own (experience.md §24.3)."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    name: str | None = None
    avatar: UrlOrEmpty | None = None
    familyName: str | None = None  # noqa: N815 — names of the wire
    givenName: str | None = None  # noqa: N815
    middleName: str | None = None  # noqa: N815
    nickname: str | None = None
    profile: str | None = None
    website: str | None = None
    gender: str | None = None
    birthdate: str | None = None
    zoneinfo: str | None = None
    locale: str | None = None
    address: AddressValues | None = None


class ExtraProfileBody(Body):
    type: Literal["extraProfile"]
    values: Annotated[dict[str, Any], AfterValidator(_named)]

    @model_validator(mode="after")
    def _typed(self) -> "ExtraProfileBody":
        StandardValues.model_validate(self.values)
        return self


ProfileBody: TypeAlias = Annotated[
    UsernameProfile | PasswordProfile | RecordProfile | ExtraProfileBody, Field(discriminator="type")
]


class ConsentBody(Body):
    organization_ids: list[str] | None = None
