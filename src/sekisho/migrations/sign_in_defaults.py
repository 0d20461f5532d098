"""How people sign in until an administrator decides otherwise: username and password, our colours, no remote logo."""

from dataclasses import replace

from sekisho.passwords.models import PasswordPolicy
from sekisho.sign_in.models import (
    DEFAULT_USERNAME_POLICY,
    AgreeToTermsPolicy,
    Branding,
    Color,
    CustomUiCsp,
    EmailBlocklistPolicy,
    LanguageInfo,
    Mfa,
    PasskeySignIn,
    PasswordExpiration,
    SentinelPolicy,
    SignIn,
    SignInExperience,
    SignInMethod,
    SignInMode,
    SignUp,
    SocialSignIn,
    Switch,
    TrustedDevice,
    VerificationCodePolicy,
)
from sekisho.users.models import IdentifierType


def default_sign_in() -> SignInExperience:
    """Return the settings of tenant `default`."""
    return SignInExperience(
        color=Color(primary_color="#27478a", is_dark_mode_enabled=True, dark_primary_color="#9db8ff"),
        branding=Branding(),
        hide_logto_branding=False,
        language_info=LanguageInfo(auto_detect=True, fallback_language="en"),
        terms_of_use_url=None,
        privacy_policy_url=None,
        agree_to_terms_policy=AgreeToTermsPolicy.AUTOMATIC,
        sign_in=SignIn(
            methods=(
                SignInMethod(
                    identifier=IdentifierType.USERNAME, password=True, verification_code=False, is_password_primary=True
                ),
            )
        ),
        sign_up=SignUp(identifiers=(IdentifierType.USERNAME,), password=True, verify=False),
        social_sign_in=SocialSignIn(),
        social_sign_in_connector_targets=(),
        sign_in_mode=SignInMode.SIGN_IN_AND_REGISTER,
        custom_css=None,
        custom_content={},
        custom_ui_assets=None,
        custom_ui_csp=CustomUiCsp(),
        password_policy=PasswordPolicy(),
        mfa=Mfa(factors=(), policy="UserControlled"),
        adaptive_mfa=Switch(),
        trusted_device=TrustedDevice(),
        single_sign_on_enabled=False,
        support_email=None,
        support_website_url=None,
        unknown_session_redirect_url=None,
        captcha_policy=Switch(),
        sentinel_policy=SentinelPolicy(),
        email_blocklist_policy=EmailBlocklistPolicy(),
        verification_code_policy=VerificationCodePolicy(),
        forgot_password_methods=(),
        passkey_sign_in=PasskeySignIn(),
        sign_up_profile_fields=None,
        password_expiration=PasswordExpiration(),
        username_policy=DEFAULT_USERNAME_POLICY,
    )


def admin_sign_in() -> SignInExperience:
    """Return the settings of tenant `admin`: open for the first administrator, who closes it by registering."""
    return replace(
        default_sign_in(),
        sign_in_mode=SignInMode.REGISTER,
        mfa=Mfa(
            factors=("Totp", "WebAuthn", "BackupCode"), policy="NoPrompt", organization_required_mfa_policy="Mandatory"
        ),
    )
