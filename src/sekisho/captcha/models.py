"""A captcha provider. Its secret never leaves but to administrators and the provider itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from sekisho.kernel.secret import Secret

CaptchaProviderId = NewType("CaptchaProviderId", str)


class CaptchaType(StrEnum):
    TURNSTILE = "Turnstile"
    RECAPTCHA_ENTERPRISE = "RecaptchaEnterprise"


class CaptchaMode(StrEnum):
    """How the widget shows itself."""

    INVISIBLE = "invisible"
    CHECKBOX = "checkbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptchaConfig:
    """What the provider gave the tenant; `project_id`, `domain` and `mode` are reCAPTCHA Enterprise's."""

    type: CaptchaType
    site_key: str
    secret_key: Secret
    project_id: str | None = None
    domain: str | None = None
    mode: CaptchaMode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptchaProvider:
    id: CaptchaProviderId
    config: CaptchaConfig
    created_at: datetime
    updated_at: datetime
