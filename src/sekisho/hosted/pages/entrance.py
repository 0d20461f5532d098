"""The pages one comes in by: signing in, with its password page, and registering."""

from dataclasses import dataclass
from typing import ClassVar

from sekisho.hosted.pages.parts import (
    DEFAULT_HINT,
    Captcha,
    CountryChoice,
    FormPage,
    Identifier,
    PasswordHint,
    SocialButton,
    Terms,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn(FormPage):
    """`/sign-in`. Fields: `identifier`, `country`; `password` where nobody signs in otherwise (§25.3)."""

    template: ClassVar[str] = "hosted/sign_in.html"
    #: Without identifiers there are providers only.
    identifiers: tuple[Identifier, ...] = (Identifier.USERNAME,)
    identifier: str = ""
    country: CountryChoice | None = None
    asks_password: bool = True
    application_name: str | None = None
    register_url: str | None = None
    forgot_password_url: str | None = None
    #: Where all ways in are, for a page that shows some of them.
    all_options_url: str | None = None
    socials: tuple[SocialButton, ...] = ()
    captcha: Captcha | None = None
    terms: Terms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPassword(FormPage):
    """`/sign-in/password`: the second step of who said who he is. Fields: `password`."""

    template: ClassVar[str] = "hosted/sign_in_password.html"
    kind: Identifier
    identifier: str
    change_url: str
    forgot_password_url: str | None = None
    #: Where the form goes when a code is wanted instead.
    code_action: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Register(FormPage):
    """`/register`. Fields: `identifier`, `country`; `newPassword` and `confirmPassword` beside a name."""

    template: ClassVar[str] = "hosted/register.html"
    #: Without identifiers there are providers only.
    identifiers: tuple[Identifier, ...] = (Identifier.USERNAME,)
    identifier: str = ""
    country: CountryChoice | None = None
    asks_password: bool = True
    password_hint: PasswordHint = DEFAULT_HINT
    #: Whether the new password is asked twice: when it could not be reset after a slip of the finger.
    confirm_password: bool = True
    application_name: str | None = None
    #: Whether the account will administer the installation.
    is_first_admin: bool = False
    sign_in_url: str | None = None
    all_options_url: str | None = None
    socials: tuple[SocialButton, ...] = ()
    captcha: Captcha | None = None
    terms: Terms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmRegistration(FormPage):
    """`/register/confirm`: who proved an address nobody signs in with may make an account of it."""

    template: ClassVar[str] = "hosted/confirm_registration.html"
    identifier: str
    back_url: str
    terms: Terms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmSignIn(FormPage):
    """`/sign-in/confirm`: who proved an address that has an account may come in to it."""

    template: ClassVar[str] = "hosted/confirm_sign_in.html"
    identifier: str
    back_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeToken(FormPage):
    """`/one-time-token`: a link from a message. The form sends itself, so that nothing is used up by looking."""

    template: ClassVar[str] = "hosted/one_time_token.html"
    email: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchAccount:
    """`/switch-account`: a link for one person, opened where another is signed in."""

    template: ClassVar[str] = "hosted/switch_account.html"
    #: Who is signed in, and whom the link is for.
    account: str
    email: str
    switch_url: str
    #: Back to the application, as who is signed in.
    back_url: str | None = None
