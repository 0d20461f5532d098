"""What a tenant decides about signing in.

The parts are documents, stored and sent as they stand: what a tenant left out stays left out, and has the default that
a property tells (experience.md §7.1).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from sekisho.connectors.kit.manifest import ConnectorType
from sekisho.passwords.models import PasswordPolicy
from sekisho.users.models import IdentifierType


class Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A document of the sign-in experience."""


class SignInMode(StrEnum):
    SIGN_IN = "SignIn"
    REGISTER = "Register"
    SIGN_IN_AND_REGISTER = "SignInAndRegister"

    @property
    def allows_sign_in(self) -> bool:
        return self is not SignInMode.REGISTER

    @property
    def allows_registration(self) -> bool:
        return self is not SignInMode.SIGN_IN


class AgreeToTermsPolicy(StrEnum):
    AUTOMATIC = "Automatic"
    MANUAL_REGISTRATION_ONLY = "ManualRegistrationOnly"
    MANUAL = "Manual"


class ForgotPasswordMethod(StrEnum):
    EMAIL_VERIFICATION_CODE = "EmailVerificationCode"
    PHONE_VERIFICATION_CODE = "PhoneVerificationCode"

    @property
    def carrier(self) -> ConnectorType:
        """The type of connector that brings the code."""
        return ConnectorType.EMAIL if self is ForgotPasswordMethod.EMAIL_VERIFICATION_CODE else ConnectorType.SMS


class Color(Part, frozen=True):
    primary_color: str
    is_dark_mode_enabled: bool
    dark_primary_color: str


class Branding(Part, frozen=True):
    logo_url: str | UnsetType = UNSET
    dark_logo_url: str | UnsetType = UNSET
    favicon: str | UnsetType = UNSET
    dark_favicon: str | UnsetType = UNSET


class LanguageInfo(Part, frozen=True):
    auto_detect: bool
    fallback_language: str


class SignInMethod(Part, frozen=True):
    """One way in; `is_password_primary` only orders the pages."""

    identifier: IdentifierType
    password: bool
    verification_code: bool
    is_password_primary: bool


class SignIn(Part, frozen=True):
    methods: tuple[SignInMethod, ...]


class SignUpIdentifier(StrEnum):
    """What a secondary sign-up identifier may be."""

    USERNAME = "username"
    EMAIL = "email"
    PHONE = "phone"
    EMAIL_OR_PHONE = "emailOrPhone"


class SecondaryIdentifier(Part, frozen=True):
    identifier: SignUpIdentifier
    verify: bool | UnsetType = UNSET


class SignUp(Part, frozen=True):
    identifiers: tuple[IdentifierType, ...]
    password: bool
    verify: bool
    secondary_identifiers: tuple[SecondaryIdentifier, ...] | UnsetType = UNSET

    @property
    def secondary(self) -> tuple[SignUpIdentifier, ...]:
        given = () if self.secondary_identifiers is UNSET else self.secondary_identifiers
        return tuple(each.identifier for each in given)


class SocialSignIn(Part, frozen=True):
    automatic_account_linking: bool | UnsetType = UNSET
    skip_required_identifiers: bool | UnsetType = UNSET


class Mfa(Part, frozen=True):
    """Second factors; `policy` and the factors are read by the MFA slice."""

    factors: tuple[str, ...] | UnsetType = UNSET
    policy: str | UnsetType = UNSET
    organization_required_mfa_policy: str | UnsetType = UNSET


class Switch(Part, frozen=True):
    """A feature that is off unless `enabled`."""

    enabled: bool | UnsetType = UNSET

    @property
    def is_on(self) -> bool:
        return self.enabled is True


class TrustedDevice(Switch, frozen=True):
    duration_days: int | UnsetType = UNSET


class SentinelPolicy(Part, frozen=True):
    """When guessing is stopped; `lockout_duration` is in minutes."""

    max_attempts: int | UnsetType = UNSET
    lockout_duration: int | UnsetType = UNSET

    @property
    def attempts(self) -> int:
        return 100 if self.max_attempts is UNSET else self.max_attempts

    @property
    def lockout(self) -> timedelta:
        return timedelta(minutes=60 if self.lockout_duration is UNSET else self.lockout_duration)


class EmailBlocklistPolicy(Part, frozen=True):
    block_disposable_addresses: bool | UnsetType = UNSET
    block_subaddressing: bool | UnsetType = UNSET
    custom_allowlist: tuple[str, ...] | UnsetType = UNSET
    custom_blocklist: tuple[str, ...] | UnsetType = UNSET


class VerificationCodePolicy(Part, frozen=True):
    """Life of a code in seconds, and how often it may be mistyped."""

    expiration_duration: int | UnsetType = UNSET
    max_retry_attempts: int | UnsetType = UNSET

    @property
    def lifetime(self) -> timedelta:
        return timedelta(seconds=600 if self.expiration_duration is UNSET else self.expiration_duration)

    @property
    def tries(self) -> int:
        return 10 if self.max_retry_attempts is UNSET else self.max_retry_attempts


class PasskeySignIn(Switch, frozen=True):
    show_passkey_button: bool | UnsetType = UNSET
    allow_autofill: bool | UnsetType = UNSET


class ProfileFieldName(Part, frozen=True):
    name: str


class PasswordExpiration(Switch, frozen=True):
    """How long a password is good for; `enabled_at` in milliseconds since 1970."""

    valid_period_days: int | UnsetType = UNSET
    enabled_at: int | UnsetType = UNSET

    @property
    def can_be_applied(self) -> bool:
        """Tell whether passwords expire, and it is known when."""
        return self.is_on and self.valid_period_days is not UNSET and self.valid_period_days > 0


class AllowedChars(Part, frozen=True):
    lowercase: bool
    uppercase: bool
    numbers: bool
    underscore: bool


class UsernamePolicy(Part, frozen=True):
    case_sensitive: bool
    min_length: int
    max_length: int
    allowed_chars: AllowedChars


class CustomUiAssets(Part, frozen=True):
    id: str
    created_at: int


class CustomUiCsp(Part, frozen=True):
    script_src: tuple[str, ...] | UnsetType = UNSET
    connect_src: tuple[str, ...] | UnsetType = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInExperience:
    """The row, column by column in the order of the wire."""

    id: Literal["default"] = "default"
    color: Color
    branding: Branding
    hide_logto_branding: bool
    language_info: LanguageInfo
    terms_of_use_url: str | None
    privacy_policy_url: str | None
    agree_to_terms_policy: AgreeToTermsPolicy
    sign_in: SignIn
    sign_up: SignUp
    social_sign_in: SocialSignIn
    social_sign_in_connector_targets: tuple[str, ...]
    sign_in_mode: SignInMode
    custom_css: str | None
    custom_content: Mapping[str, str]
    custom_ui_assets: CustomUiAssets | None
    custom_ui_csp: CustomUiCsp
    password_policy: PasswordPolicy
    mfa: Mfa
    adaptive_mfa: Switch
    trusted_device: TrustedDevice
    single_sign_on_enabled: bool
    support_email: str | None
    support_website_url: str | None
    unknown_session_redirect_url: str | None
    captcha_policy: Switch
    sentinel_policy: SentinelPolicy
    email_blocklist_policy: EmailBlocklistPolicy
    verification_code_policy: VerificationCodePolicy
    forgot_password_methods: tuple[ForgotPasswordMethod, ...] | None
    passkey_sign_in: PasskeySignIn
    sign_up_profile_fields: tuple[ProfileFieldName, ...] | None
    password_expiration: PasswordExpiration
    username_policy: UsernamePolicy

    def resets_passwords_by(self, connectors: Collection[str]) -> frozenset[ForgotPasswordMethod]:
        """Return how a forgotten password can be reset where there are connectors of these types."""
        wanted = ForgotPasswordMethod if self.forgot_password_methods is None else self.forgot_password_methods
        return frozenset(method for method in wanted if method.carrier in connectors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How an application or an organization looks of its own: laid over the tenant's look, key by key."""

    color: Mapping[str, Any] | None = None
    branding: Mapping[str, Any] | None = None
    custom_css: str | None = None


DEFAULT_USERNAME_POLICY = UsernamePolicy(
    case_sensitive=True,
    min_length=1,
    max_length=128,
    allowed_chars=AllowedChars(lowercase=True, uppercase=True, numbers=True, underscore=True),
)
