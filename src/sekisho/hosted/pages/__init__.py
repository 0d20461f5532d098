"""What the hosted pages say: one frozen dataclass per template.

Addresses, tokens and error texts come in ready to print; the words of a page are in its template and the catalogs.
Nothing here decides anything.
"""

from sekisho.hosted.pages.codes import EnterCode, ForgotPassword, ResetPassword
from sekisho.hosted.pages.consent import Consent, ConsentOrganization, ConsentResource, ConsentScope, ConsentUser
from sekisho.hosted.pages.device import DeviceCodeInput, DeviceConfirmation, DeviceConnected
from sekisho.hosted.pages.entrance import (
    ConfirmRegistration,
    ConfirmSignIn,
    OneTimeToken,
    Register,
    SignIn,
    SignInPassword,
    SwitchAccount,
)
from sekisho.hosted.pages.notices import AccountSuspended, ErrorPage, Misdirected, NotFound, Unavailable, UnknownSession
from sekisho.hosted.pages.parts import (
    Captcha,
    Country,
    CountryChoice,
    FieldErrors,
    FormPage,
    Identifier,
    PasswordHint,
    SocialButton,
    Support,
    Terms,
    Widget,
)
from sekisho.hosted.pages.profile import (
    ContinueAddress,
    ContinueExtraProfile,
    ContinuePassword,
    ContinueUsername,
    Control,
    ProfileChoice,
    ProfileField,
    ProfileGroup,
    ProfileInput,
    inputs_of,
)
from sekisho.hosted.pages.social import SocialLink, SocialRegister

__all__ = [
    "AccountSuspended",
    "Captcha",
    "ConfirmRegistration",
    "ConfirmSignIn",
    "Consent",
    "ConsentOrganization",
    "ConsentResource",
    "ConsentScope",
    "ConsentUser",
    "ContinueAddress",
    "ContinueExtraProfile",
    "ContinuePassword",
    "ContinueUsername",
    "Control",
    "Country",
    "CountryChoice",
    "DeviceCodeInput",
    "DeviceConfirmation",
    "DeviceConnected",
    "EnterCode",
    "ErrorPage",
    "FieldErrors",
    "ForgotPassword",
    "FormPage",
    "Identifier",
    "Misdirected",
    "NotFound",
    "OneTimeToken",
    "PasswordHint",
    "ProfileChoice",
    "ProfileField",
    "ProfileGroup",
    "ProfileInput",
    "Register",
    "ResetPassword",
    "SignIn",
    "SignInPassword",
    "SocialButton",
    "SocialLink",
    "SocialRegister",
    "Support",
    "SwitchAccount",
    "Terms",
    "Unavailable",
    "UnknownSession",
    "Widget",
    "inputs_of",
]
