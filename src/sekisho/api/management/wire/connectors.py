"""Connectors and factories on the wire (connectors.md §4.2, §4.3, §4.5)."""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType
from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from sekisho.api.documented import OBJECT
from sekisho.api.formats import ABSENT, EMAIL_PATTERN, PHONE_PATTERN
from sekisho.api.guard import GuardInvalidInput
from sekisho.api.management.wire.body import Body
from sekisho.api.management.wire.languages import LanguageTag
from sekisho.connectors.kit.manifest import ConnectorType
from sekisho.connectors.models import Connector, ConnectorChange, Factory, FactoryId, NewConnector
from sekisho.connectors.service import Trial

_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_COMMON: dict[str, Any] = {
    "key": _TEXT,
    "label": _TEXT,
    "placeholder": _TEXT,
    "required": _FLAG,
    "defaultValue": {},
    "showConditions": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["targetKey"],
            "properties": {"targetKey": _TEXT, "expectValue": {}},
        },
    },
    "description": _TEXT,
    "tooltip": _TEXT,
    "isConfidential": _FLAG,
    "isDevFeature": _FLAG,
}


def _choices(*members: str) -> dict[str, Any]:
    item = {"type": "object", "required": [*members], "properties": dict.fromkeys(members, _TEXT)}
    return {"type": "array", "items": item}


def _item(type_: dict[str, Any], items: dict[str, Any] | None = None) -> dict[str, Any]:
    own: dict[str, Any] = {"type": type_} | ({} if items is None else {"selectItems": items})
    return {"type": "object", "required": [*own, "key", "label"], "properties": own | _COMMON}


_FORM_ITEM = {
    "oneOf": [
        _item({"type": "string", "format": '"Select"'}, _choices("value", "title")),
        _item({"type": "string", "format": '"MultiSelect"'}, _choices("value")),
        _item({"type": "string", "enum": ["Text", "Number", "MultilineText", "Switch", "Json"]}),
    ]
}
TypeName: TypeAlias = Literal["Email", "Sms", "Social"]
PlatformName: TypeAlias = Literal["Native", "Universal", "Web"]
Anything: TypeAlias = Annotated[dict[str, Any], msgspec.Meta(extra_json_schema={"additionalProperties": {}})]
Document: TypeAlias = Annotated[dict[str, Any], msgspec.Meta(extra_json_schema=dict(OBJECT))]
FormItemOut: TypeAlias = Annotated[dict[str, Any], msgspec.Meta(extra_json_schema=_FORM_ITEM)]


def _in_english_too(names: dict[str, str]) -> dict[str, str]:
    if "en" not in names:
        raise PydanticCustomError("custom", "The name is needed in English, for languages it is not given in.")
    return names


class MetadataBody(Body):
    target: str = ABSENT
    name: Annotated[dict[LanguageTag, str], AfterValidator(_in_english_too), WithJsonSchema(dict(OBJECT))] = ABSENT
    logo: str = ABSENT
    logo_dark: str | None = None


class ConnectorPatchBody(Body):
    config: dict[str, Any] = ABSENT
    metadata: MetadataBody = ABSENT
    sync_profile: bool = ABSENT
    enable_token_storage: bool = ABSENT

    def to_change(self) -> ConnectorChange:
        given = self.given()
        return ConnectorChange(
            config=given.get("config"),
            overrides=_overrides(given.get("metadata")),
            sync_profile=given.get("sync_profile"),
            enable_token_storage=given.get("enable_token_storage"),
        )


class ConnectorBody(ConnectorPatchBody):
    connector_id: str = Field(min_length=1, max_length=128)
    id: Annotated[str, Field(min_length=1, max_length=128)] = ABSENT

    def to_new(self) -> NewConnector:
        given = self.given()
        return NewConnector(
            factory_id=FactoryId(self.connector_id),
            id=given.get("id"),
            config=given.get("config"),
            overrides=_overrides(given.get("metadata")),
            sync_profile=given.get("sync_profile", False),
            enable_token_storage=given.get("enable_token_storage", False),
        )


class TrialBody(Body):
    phone: Annotated[str, Field(pattern=PHONE_PATTERN)] = ABSENT
    email: Annotated[str, Field(pattern=EMAIL_PATTERN)] = ABSENT
    config: dict[str, Any]
    locale: str = ABSENT

    def to_trial(self) -> Trial:
        """Return what to send; raises `GuardInvalidInput` when it says nothing of where to."""
        given = self.given()
        phone, email = given.get("phone"), given.get("email")
        if (to := email or phone) is None:
            issue = {"code": "custom", "path": [], "message": "Give a phone number or an e-mail address."}
            raise GuardInvalidInput(part="body", issues=[issue])
        type_ = ConnectorType.SMS if email is None else ConnectorType.EMAIL
        return Trial(to=to, type=type_, config=self.config, locale=given.get("locale"))


class AuthorizationUriBody(Body):
    state: str
    redirect_uri: str


class MetadataOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    target: str | UnsetType = UNSET
    name: Document | UnsetType = UNSET
    logo: str | UnsetType = UNSET
    logo_dark: str | UnsetType | None = UNSET


class FactoryOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    id: str
    type: TypeName
    target: str
    name: Document
    description: Document
    logo: str
    logo_dark: str | None
    readme: str
    platform: PlatformName | None
    config_template: str | UnsetType = UNSET
    form_items: list[FormItemOut] | UnsetType = UNSET
    custom_data: Anything | UnsetType = UNSET
    from_email: str | UnsetType = UNSET
    is_standard: bool | UnsetType = UNSET
    is_token_storage_supported: bool | UnsetType = UNSET
    is_demo: bool | UnsetType = UNSET


class ConnectorOut(FactoryOut, frozen=True, kw_only=True):
    connector_id: str
    sync_profile: bool
    enable_token_storage: bool
    config: Document
    metadata: MetadataOut
    extra_info: Anything | UnsetType = UNSET
    usage: float | UnsetType = UNSET


class RedirectOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    redirect_to: str


def _overrides(metadata: MetadataBody | None) -> dict[str, Any] | None:
    return None if metadata is None else metadata.to_wire()


def factory_out(factory: Factory) -> FactoryOut:
    manifest = factory.manifest
    return msgspec.convert({**manifest.to_wire(), "type": manifest.type, "isDemo": False}, FactoryOut)


def connector_out(connector: Connector) -> ConnectorOut:
    stored = connector.stored
    document = {
        **connector.metadata(),
        "type": connector.type,
        "connectorId": stored.factory_id,
        "syncProfile": stored.sync_profile,
        "enableTokenStorage": stored.enable_token_storage,
        "config": stored.config,
        "metadata": stored.overrides,
        "isDemo": False,
        "extraInfo": {},
    }
    return msgspec.convert(document, ConnectorOut)
