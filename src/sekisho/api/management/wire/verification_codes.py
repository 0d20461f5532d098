"""Verification codes on the wire (management-api.md §15): to an e-mail address or to a phone number."""

from typing import Annotated, Any, TypeAlias

from pydantic import Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from sekisho.api.formats import ABSENT, EMAIL_PATTERN, PHONE_PATTERN, Email, Phone
from sekisho.api.management.wire.body import Body
from sekisho.users.models import Identifier, IdentifierType

_ABSENT = {"code": "invalid_type", "expected": "string", "received": "undefined", "message": "Required"}


def _either(*others: str) -> WithJsonSchema:
    """Describe a body that has one of the two recipients beside other texts."""

    def having(name: str, pattern: str) -> dict[str, Any]:
        properties = {name: {"type": "string", "pattern": pattern}} | {each: {"type": "string"} for each in others}
        return {"type": "object", "properties": properties, "required": [name, *others]}

    return WithJsonSchema({"oneOf": [having("email", EMAIL_PATTERN), having("phone", PHONE_PATTERN)]})


class RecipientBody(Body):
    email: Email = ABSENT
    phone: Phone = ABSENT

    @model_validator(mode="after")
    def _reachable(self) -> "RecipientBody":
        if not self.model_fields_set & {"email", "phone"}:
            raise PydanticCustomError("invalid_union", "Invalid input", {"alternatives": [_ABSENT, _ABSENT]})
        return self

    @property
    def recipient(self) -> Identifier:
        if "email" in self.model_fields_set:
            return Identifier(type=IdentifierType.EMAIL, value=self.email)
        return Identifier(type=IdentifierType.PHONE, value=self.phone)


class CodeBody(RecipientBody):
    verification_code: Annotated[str, Field(min_length=1)]


SendBody: TypeAlias = Annotated[RecipientBody, _either()]
VerifyBody: TypeAlias = Annotated[CodeBody, _either("verificationCode")]
