"""What the Experience API takes."""

import re
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from sekisho.api.formats import UrlOrEmpty, Username
from sekisho.api.management.wire.body import Body

_FIELD_NAME = re.compile(r"[0-9A-Za-z]+")

Event: TypeAlias = Literal["SignIn", "Register", "ForgotPassword"]
Text: TypeAlias = Annotated[str, Field(min_length=1)]


class BeginBody(Body):
    interaction_event: Event
    captcha_token: str | None = None


class EventBody(Body):
    interaction_event: Event


class IdentifierBody(Body):
    type: Literal["username", "email", "phone"]
    value: str


class PasswordVerificationBody(Body):
    identifier: IdentifierBody
    password: Text


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
