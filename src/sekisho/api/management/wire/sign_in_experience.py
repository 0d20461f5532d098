"""The sign-in experience as it is changed (management-api.md §13.1); as it is shown: `sign_in_experience_out.py`."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from sekisho.api.formats import ABSENT, Url, UrlOrEmpty
from sekisho.api.management.wire.body import Body
from sekisho.api.management.wire.languages import LanguageTag
from sekisho.sign_in.public import camel

IdentifierName = Literal["username", "email", "phone"]
SecondaryName = Literal["username", "email", "phone", "emailOrPhone"]
FactorName = Literal["Totp", "WebAuthn", "BackupCode", "EmailVerificationCode", "PhoneVerificationCode"]
MfaPolicyName = Literal[
    "UserControlled",
    "Mandatory",
    "PromptOnlyAtSignIn",
    "PromptAtSignInAndSignUp",
    "NoPrompt",
    "PromptAtSignInAndSignUpMandatory",
    "PromptOnlyAtSignInMandatory",
]
OrganizationMfaPolicyName = Literal["NoPrompt", "Mandatory"]
ForgotPasswordName = Literal["EmailVerificationCode", "PhoneVerificationCode"]
AgreeToTermsName = Literal["Automatic", "ManualRegistrationOnly", "Manual"]
SignInModeName = Literal["SignIn", "Register", "SignInAndRegister"]

_EMPTY: Mapping[str, Any] = {"type": "string", "format": "empty"}
_ADDRESS = r"^[^\s@]+@[^\s@]+\.[^\s@]+$"
# More attempts, or minutes, are nobody's plan, and no time is counted beyond.
_MANY = 1_000_000


def _or_nothing(format_: str) -> WithJsonSchema:
    stated = {"anyOf": [{"type": "string", "format": format_}, {"type": "null"}]}
    return WithJsonSchema({"oneOf": [stated, _EMPTY]})


def _email(text: str) -> str:
    parts = text.split("@")
    if text and (len(parts) != 2 or not all(parts) or "." not in parts[1].strip(".") or " " in text):  # noqa: PLR2004 — before and after the sign
        raise PydanticCustomError("invalid_string", "Invalid email", {"validation": "email"})
    return text


HexColor: TypeAlias = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{3}(?:[0-9A-Fa-f]{3})?$")]
OptionalUrl: TypeAlias = Annotated[UrlOrEmpty | None, _or_nothing("url")]
OptionalEmail: TypeAlias = Annotated[Annotated[str, AfterValidator(_email)] | None, _or_nothing("email")]


class ColorBody(Body):
    primary_color: HexColor
    is_dark_mode_enabled: bool
    dark_primary_color: HexColor


class BrandingBody(Body):
    logo_url: Url = ABSENT
    dark_logo_url: Url = ABSENT
    favicon: Url = ABSENT
    dark_favicon: Url = ABSENT


class LanguageInfoBody(Body):
    auto_detect: bool
    fallback_language: LanguageTag


class SignInMethodBody(Body):
    identifier: IdentifierName
    password: bool
    verification_code: bool
    is_password_primary: bool


class SignInBody(Body):
    methods: list[SignInMethodBody]


class SecondaryIdentifierBody(Body):
    identifier: Annotated[SecondaryName, WithJsonSchema({"oneOf": [{"type": "string"}]})]
    verify: bool = ABSENT


class SignUpBody(Body):
    identifiers: list[IdentifierName]
    password: bool
    verify: bool
    secondary_identifiers: list[SecondaryIdentifierBody] = ABSENT


class SocialSignInBody(Body):
    automatic_account_linking: bool = ABSENT
    skip_required_identifiers: bool = ABSENT


class MfaBody(Body):
    factors: list[FactorName]
    policy: MfaPolicyName
    organization_required_mfa_policy: OrganizationMfaPolicyName = ABSENT


class SwitchBody(Body):
    enabled: bool = ABSENT


class SentinelPolicyBody(Body):
    max_attempts: Annotated[int, Field(ge=1, le=_MANY)] = ABSENT
    lockout_duration: Annotated[int, Field(ge=1, le=_MANY)] = ABSENT


class EmailBlocklistPolicyBody(Body):
    block_disposable_addresses: bool = ABSENT
    block_subaddressing: bool = ABSENT
    custom_allowlist: list[str] = ABSENT
    custom_blocklist: list[str] = ABSENT


class VerificationCodePolicyBody(Body):
    expiration_duration: Annotated[int, Field(ge=60, le=3600)] = ABSENT
    max_retry_attempts: Annotated[int, Field(ge=1, le=100)] = ABSENT


class PasskeySignInBody(SwitchBody):
    show_passkey_button: bool = ABSENT
    allow_autofill: bool = ABSENT


class ProfileFieldNameBody(Body):
    name: str


class CustomUiAssetsBody(Body):
    id: str
    created_at: int


class CustomUiCspBody(Body):
    script_src: list[str] = ABSENT
    connect_src: list[str] = ABSENT


def _complete(schema: dict[str, Any]) -> None:
    """Describe a body as it is kept: with every member."""
    schema["required"] = [*schema["properties"]]


class PolicyPart(Body):
    """A part of the password policy: one that is given at all is complete, with defaults for what it leaves out."""

    model_config = ConfigDict(json_schema_extra=_complete)


class LengthBody(PolicyPart):
    min: Annotated[int, Field(ge=1, le=_MANY)] = 8
    max: Annotated[int, Field(ge=1, le=_MANY)] = 256


class CharacterTypesBody(PolicyPart):
    min: Annotated[int, Field(ge=1, le=4)] = 1


class RejectsBody(PolicyPart):
    pwned: bool = True
    repetition_and_sequence: bool = True
    user_info: bool = True
    words: list[str] = Field(default_factory=list)


class PasswordPolicyBody(Body):
    length: LengthBody = ABSENT
    character_types: CharacterTypesBody = ABSENT
    rejects: RejectsBody = ABSENT

    def to_document(self) -> dict[str, Any]:
        return {camel(name): part.model_dump(by_alias=True) for name, part in self.given().items()}


class AllowedCharsBody(Body):
    lowercase: bool
    uppercase: bool
    numbers: bool
    underscore: bool


def _undescribed(schema: dict[str, Any]) -> None:
    """Describe a body as the contract does: as an object."""
    schema.clear()
    schema |= {"type": "object", "additionalProperties": True}


class UsernamePolicyBody(Body):
    """Complete, and a username is possible under it."""

    model_config = ConfigDict(json_schema_extra=_undescribed)

    case_sensitive: bool
    min_length: Annotated[int, Field(ge=1, le=128)]
    max_length: Annotated[int, Field(ge=1, le=128)]
    allowed_chars: AllowedCharsBody

    @model_validator(mode="after")
    def _is_possible(self) -> "UsernamePolicyBody":
        allowed = self.allowed_chars
        has_beginning = allowed.lowercase or allowed.uppercase or allowed.underscore
        if self.min_length > self.max_length or not has_beginning:
            raise PydanticCustomError("custom", "Invalid input")
        return self


def _either(schema: dict[str, Any]) -> None:
    """Describe a body as the contract does: off, or on with its days."""
    schema.clear()
    schema |= {"oneOf": [{"type": "object"}, {"type": "object"}], "properties": {"enabled": {}, "validPeriodDays": {}}}


class PasswordExpirationBody(Body):
    """Off, or on with its days; since when is not the caller's to tell."""

    model_config = ConfigDict(json_schema_extra=_either)

    enabled: bool = ABSENT
    valid_period_days: Annotated[int, Field(ge=1, le=_MANY)] = ABSENT

    @model_validator(mode="after")
    def _has_days(self) -> "PasswordExpirationBody":
        if self.enabled and self.valid_period_days is None:
            raise PydanticCustomError("custom", "Invalid input")
        return self


class UpdateSignInExperienceBody(Body):
    tenant_id: Annotated[str, Field(max_length=21)] = ABSENT
    color: ColorBody = ABSENT
    branding: BrandingBody = ABSENT
    hide_logto_branding: bool = ABSENT
    language_info: LanguageInfoBody = ABSENT
    terms_of_use_url: OptionalUrl = ABSENT
    privacy_policy_url: OptionalUrl = ABSENT
    agree_to_terms_policy: AgreeToTermsName = ABSENT
    sign_in: SignInBody = ABSENT
    sign_up: SignUpBody = ABSENT
    social_sign_in: SocialSignInBody = ABSENT
    social_sign_in_connector_targets: list[str] = ABSENT
    sign_in_mode: SignInModeName = ABSENT
    custom_css: str | None = ABSENT
    custom_content: dict[str, str] = ABSENT
    custom_ui_assets: CustomUiAssetsBody | None = ABSENT
    custom_ui_csp: CustomUiCspBody = ABSENT
    password_policy: PasswordPolicyBody = ABSENT
    mfa: MfaBody = ABSENT
    adaptive_mfa: SwitchBody = ABSENT
    single_sign_on_enabled: bool = ABSENT
    support_email: OptionalEmail = ABSENT
    support_website_url: OptionalUrl = ABSENT
    unknown_session_redirect_url: OptionalUrl = ABSENT
    captcha_policy: SwitchBody = ABSENT
    sentinel_policy: SentinelPolicyBody = ABSENT
    email_blocklist_policy: EmailBlocklistPolicyBody = ABSENT
    verification_code_policy: VerificationCodePolicyBody = ABSENT
    forgot_password_methods: list[ForgotPasswordName] | None = ABSENT
    passkey_sign_in: PasskeySignInBody = ABSENT
    sign_up_profile_fields: list[ProfileFieldNameBody] | None = ABSENT
    password_expiration: PasswordExpirationBody = ABSENT
    username_policy: UsernamePolicyBody = ABSENT

    def to_columns(self) -> dict[str, Any]:
        """Return what was sent by column, each in its stored form."""
        return {name: _document(value) for name, value in self.given().items() if name != "tenant_id"}


class CheckPasswordBody(Body):
    password: str
    user_id: str = ABSENT


def _document(value: Any) -> Any:
    match value:
        case PasswordPolicyBody():
            return value.to_document()
        case Body():
            return value.to_wire()
        case list():
            return [_document(each) for each in value]
        case _:
            return value
