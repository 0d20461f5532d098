"""The captcha provider on the wire (management-api.md §13.5)."""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from pydantic import Field, WithJsonSchema

from sekisho.api.formats import ABSENT
from sekisho.api.management.wire.body import Body
from sekisho.captcha.models import CaptchaConfig, CaptchaMode, CaptchaProvider, CaptchaType
from sekisho.kernel.clock import epoch_milliseconds
from sekisho.kernel.ids import TenantId
from sekisho.kernel.secret import Secret

_TEXT = {"type": "string"}
_KEYS = {"type": _TEXT, "siteKey": _TEXT, "secretKey": _TEXT}
_MODE = {"type": "string", "enum": ["invisible", "checkbox"]}
_CONFIG: dict[str, Any] = {
    "oneOf": [
        {"type": "object", "required": ["type", "siteKey", "secretKey"], "properties": _KEYS},
        {
            "type": "object",
            "required": ["type", "siteKey", "secretKey", "projectId"],
            "properties": {**_KEYS, "projectId": _TEXT, "domain": _TEXT, "mode": _MODE},
        },
    ]
}


class TurnstileBody(Body):
    type: Literal["Turnstile"]
    site_key: str
    secret_key: str

    def to_model(self) -> CaptchaConfig:
        return CaptchaConfig(type=CaptchaType.TURNSTILE, site_key=self.site_key, secret_key=Secret(self.secret_key))


class RecaptchaEnterpriseBody(Body):
    type: Literal["RecaptchaEnterprise"]
    site_key: str
    secret_key: str
    project_id: str
    domain: str = ABSENT
    mode: Literal["invisible", "checkbox"] = ABSENT

    def to_model(self) -> CaptchaConfig:
        return CaptchaConfig(
            type=CaptchaType.RECAPTCHA_ENTERPRISE,
            site_key=self.site_key,
            secret_key=Secret(self.secret_key),
            project_id=self.project_id,
            domain=self.domain,
            mode=CaptchaMode(self.mode) if "mode" in self.model_fields_set else None,
        )


ConfigBody: TypeAlias = Annotated[
    TurnstileBody | RecaptchaEnterpriseBody, Field(discriminator="type"), WithJsonSchema(_CONFIG)
]


class CaptchaProviderBody(Body):
    config: ConfigBody


class CaptchaProviderOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    tenant_id: str
    id: str
    config: Annotated[dict[str, Any], msgspec.Meta(extra_json_schema=_CONFIG)]
    created_at: int
    updated_at: int


def captcha_provider_out(provider: CaptchaProvider, *, tenant_id: TenantId) -> CaptchaProviderOut:
    return CaptchaProviderOut(
        tenant_id=tenant_id,
        id=provider.id,
        config=_config(provider.config),
        created_at=epoch_milliseconds(provider.created_at),
        updated_at=epoch_milliseconds(provider.updated_at),
    )


def _config(config: CaptchaConfig) -> dict[str, Any]:
    members = {
        "type": config.type,
        "siteKey": config.site_key,
        "secretKey": config.secret_key.reveal(),
        "projectId": config.project_id,
        "domain": config.domain,
        "mode": config.mode,
    }
    return {name: value for name, value in members.items() if value is not None}
