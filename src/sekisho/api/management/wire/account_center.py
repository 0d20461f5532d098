"""Settings of the account center on the wire (management-api.md §15)."""

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, UnsetType
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from sekisho.account_center.models import Access, AccountPart
from sekisho.api.formats import ABSENT, is_url
from sekisho.api.management.wire.body import Body
from sekisho.sign_in.models import ProfileFieldName

AccessName = Literal["Off", "ReadOnly", "Edit"]


def _web_address(text: str) -> str:
    # Attack: a script in the address of a link that people are to follow.
    if text and (not is_url(text) or urlsplit(text.strip()).scheme not in {"http", "https"}):
        raise PydanticCustomError("invalid_string", "Invalid url", {"validation": "url"})
    return text


class FieldsBody(Body):
    name: AccessName = ABSENT
    avatar: AccessName = ABSENT
    profile: AccessName = ABSENT
    email: AccessName = ABSENT
    phone: AccessName = ABSENT
    password: AccessName = ABSENT
    username: AccessName = ABSENT
    social: AccessName = ABSENT
    custom_data: AccessName = ABSENT
    mfa: AccessName = ABSENT
    passkey: AccessName = ABSENT
    session: AccessName = ABSENT


class FieldNameBody(Body):
    name: str


class AccountCenterBody(Body):
    enabled: bool = ABSENT
    fields: FieldsBody = ABSENT
    webauthn_related_origins: list[str] = ABSENT
    delete_account_url: Annotated[str, Field(max_length=2048), AfterValidator(_web_address)] | None = ABSENT
    custom_css: str | None = ABSENT
    profile_fields: list[FieldNameBody] | None = ABSENT

    def to_change(self) -> dict[str, Any]:
        """Return what was sent, by the names of the model."""
        change = self.given()
        if "enabled" in change:
            change["is_enabled"] = change.pop("enabled")
        if "fields" in change:
            fields = self.fields.to_wire()
            change["fields"] = {AccountPart(part): Access(access) for part, access in fields.items()}
        for name in ("delete_account_url", "custom_css"):
            if name in change:
                change[name] = change[name] or None
        if named := change.get("profile_fields"):
            change["profile_fields"] = tuple(each.name for each in named)
        elif named is not None:
            change["profile_fields"] = ()
        return change


class FieldsOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    name: AccessName | UnsetType = UNSET
    avatar: AccessName | UnsetType = UNSET
    profile: AccessName | UnsetType = UNSET
    email: AccessName | UnsetType = UNSET
    phone: AccessName | UnsetType = UNSET
    password: AccessName | UnsetType = UNSET
    username: AccessName | UnsetType = UNSET
    social: AccessName | UnsetType = UNSET
    custom_data: AccessName | UnsetType = UNSET
    mfa: AccessName | UnsetType = UNSET
    passkey: AccessName | UnsetType = UNSET
    session: AccessName | UnsetType = UNSET


class AccountCenterOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The settings as answers describe them; they are sent as a document."""

    tenant_id: str
    id: str
    enabled: bool
    fields: FieldsOut
    webauthn_related_origins: list[str]
    delete_account_url: str | None
    custom_css: str | None
    profile_fields: list[ProfileFieldName] | None
