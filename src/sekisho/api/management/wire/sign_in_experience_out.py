"""The sign-in experience as it is shown. Documents are sent as they are stored, so most types here only describe."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType
from pydantic import Field, TypeAdapter, ValidationError

from sekisho.api.guard import from_errors
from sekisho.api.management.wire.languages import LanguageTagOut
from sekisho.api.management.wire.sign_in_experience import (
    AgreeToTermsName,
    FactorName,
    ForgotPasswordName,
    IdentifierName,
    MfaPolicyName,
    OrganizationMfaPolicyName,
    SignInModeName,
)
from sekisho.sign_in.models import (
    Branding,
    Color,
    CustomUiAssets,
    CustomUiCsp,
    EmailBlocklistPolicy,
    PasskeySignIn,
    ProfileFieldName,
    SocialSignIn,
    Switch,
    VerificationCodePolicy,
)

_EXPIRATION: dict[str, Any] = {"properties": {"enabled": {}, "validPeriodDays": {}}}


class Out(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The base of what answers show."""


class LanguageInfoOut(Out, frozen=True, kw_only=True):
    auto_detect: bool
    fallback_language: LanguageTagOut


class SignInMethodOut(Out, frozen=True, kw_only=True):
    identifier: IdentifierName
    password: bool
    verification_code: bool
    is_password_primary: bool


class SignInOut(Out, frozen=True, kw_only=True):
    methods: list[SignInMethodOut]


class SecondaryIdentifierOut(Out, frozen=True, kw_only=True):
    identifier: str
    verify: bool | UnsetType = UNSET


class SignUpOut(Out, frozen=True, kw_only=True):
    identifiers: list[IdentifierName]
    password: bool
    verify: bool
    secondary_identifiers: list[SecondaryIdentifierOut] | UnsetType = UNSET


class LengthOut(Out, frozen=True, kw_only=True):
    min: int
    max: int


class CharacterTypesOut(Out, frozen=True, kw_only=True):
    min: int


class RejectsOut(Out, frozen=True, kw_only=True):
    pwned: bool
    repetition_and_sequence: bool
    user_info: bool
    words: list[str]


class PasswordPolicyOut(Out, frozen=True, kw_only=True):
    length: LengthOut | UnsetType = UNSET
    character_types: CharacterTypesOut | UnsetType = UNSET
    rejects: RejectsOut | UnsetType = UNSET


class MfaOut(Out, frozen=True, kw_only=True):
    factors: list[FactorName]
    policy: MfaPolicyName
    organization_required_mfa_policy: OrganizationMfaPolicyName | UnsetType = UNSET


class SentinelPolicyOut(Out, frozen=True, kw_only=True):
    max_attempts: int | UnsetType = UNSET
    lockout_duration: int | UnsetType = UNSET


class SignInExperienceOut(Out, frozen=True, kw_only=True):
    """The row, column by column."""

    tenant_id: str
    id: str
    color: Color
    branding: Branding
    hide_logto_branding: bool
    language_info: LanguageInfoOut
    terms_of_use_url: str | None
    privacy_policy_url: str | None
    agree_to_terms_policy: AgreeToTermsName
    sign_in: SignInOut
    sign_up: SignUpOut
    social_sign_in: SocialSignIn
    social_sign_in_connector_targets: list[str]
    sign_in_mode: SignInModeName
    custom_css: str | None
    custom_content: dict[str, str]
    custom_ui_assets: CustomUiAssets | None
    custom_ui_csp: CustomUiCsp
    password_policy: PasswordPolicyOut
    mfa: MfaOut
    adaptive_mfa: Switch
    single_sign_on_enabled: bool
    support_email: str | None
    support_website_url: str | None
    unknown_session_redirect_url: str | None
    captcha_policy: Switch
    sentinel_policy: SentinelPolicyOut
    email_blocklist_policy: EmailBlocklistPolicy
    verification_code_policy: VerificationCodePolicy
    forgot_password_methods: list[ForgotPasswordName] | None
    passkey_sign_in: PasskeySignIn
    sign_up_profile_fields: list[ProfileFieldName] | None
    password_expiration: Annotated[dict[str, Any], Meta(extra_json_schema=_EXPIRATION)]
    username_policy: dict[str, Any]


class CustomUiAssetsOut(Out, frozen=True, kw_only=True):
    custom_ui_asset_id: str


#: A password is accepted, or there are issues; the latter is answered with 400.
PASSWORD_CHECK_OUT: Mapping[str, Any] = {"oneOf": [{"type": "object"}, {"type": "object"}]}

#: Described as required, as the reference does, although it has a default.
CONFLICTS_PARAMETER: Mapping[str, Any] = {
    "name": "limit",
    "in": "query",
    "required": True,
    "schema": {"type": "number", "default": 20, "minimum": 1, "maximum": 100},
}
_LIMIT = TypeAdapter(Annotated[int, Field(ge=1, le=100)])


def conflicts_limit(text: str | None) -> int:
    """Read how many conflicts are asked for. Raises `GuardInvalidInput`."""
    try:
        return _LIMIT.validate_python(text or 20)
    except ValidationError as error:
        raise from_errors([{**each, "loc": ("query", "limit")} for each in error.errors()]) from error
