"""What the hosted pages say: one frozen dataclass per template.

Addresses, tokens and error texts come in ready to print; the words of a page are in its template and the catalogs.
Nothing here decides anything.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, TypeAlias

#: Error text by field name; a field that is not named here is fine.
FieldErrors: TypeAlias = Mapping[str, str]


class Identifier(StrEnum):
    """What a person may be known by; the order of a tuple is the order of the label."""

    USERNAME = "username"
    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Documents a person agrees to; `must_tick` asks for a tick instead of saying so (§25.4)."""

    terms_of_use_url: str | None = None
    privacy_policy_url: str | None = None
    must_tick: bool = False

    @property
    def any(self) -> bool:
        return bool(self.terms_of_use_url or self.privacy_policy_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """Where a person finds help (`supportEmail`, `supportWebsiteUrl`)."""

    email: str | None = None
    website_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordHint:
    """What the tenant's password policy asks for, as far as a reader must know it before typing."""

    min_length: int = 8
    min_character_types: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """`/sign-in` with identifier and password on one form. Fields: `identifier`, `password`."""

    template: ClassVar[str] = "hosted/sign_in.html"
    action: str
    csrf_token: str
    identifiers: tuple[Identifier, ...] = (Identifier.USERNAME,)
    identifier: str = ""
    application_name: str | None = None
    register_url: str | None = None
    forgot_password_url: str | None = None
    terms: Terms | None = None
    #: What is wrong with the whole form: wrong password, locked out, turned off.
    problem: str | None = None
    errors: FieldErrors = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """`/register` with a name and a new password. Fields: `identifier`, `newPassword`, `confirmPassword`."""

    template: ClassVar[str] = "hosted/register.html"
    action: str
    csrf_token: str
    identifiers: tuple[Identifier, ...] = (Identifier.USERNAME,)
    identifier: str = ""
    password_hint: PasswordHint = PasswordHint()
    #: Whether the new password is asked twice: when it could not be reset after a slip of the finger.
    confirm_password: bool = True
    application_name: str | None = None
    #: Whether the account will administer the installation.
    is_first_admin: bool = False
    sign_in_url: str | None = None
    terms: Terms | None = None
    problem: str | None = None
    errors: FieldErrors = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinueUsername:
    """`/continue/username`: a name that is still missing. Fields: `identifier`."""

    template: ClassVar[str] = "hosted/continue_username.html"
    action: str
    csrf_token: str
    identifiers: tuple[Identifier, ...] = (Identifier.USERNAME,)
    identifier: str = ""
    problem: str | None = None
    errors: FieldErrors = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuePassword:
    """`/continue/password`: a password that is still missing. Fields: `newPassword`, `confirmPassword`."""

    template: ClassVar[str] = "hosted/continue_password.html"
    action: str
    csrf_token: str
    #: For the reader's password manager, which keeps the new password under it.
    username: str = ""
    password_hint: PasswordHint = PasswordHint()
    confirm_password: bool = True
    problem: str | None = None
    errors: FieldErrors = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentScope:
    """A scope of an API resource."""

    name: str
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentResource:
    """An API resource and what the application asks to do with it."""

    name: str
    scopes: tuple[ConsentScope, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentOrganization:
    """An organization to choose, and what the application asks to do there and nowhere else."""

    id: str
    name: str
    resources: tuple[ConsentResource, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """One line for each API: its name, and what is asked of it."""
        asked = ((each.name, *(scope.description or scope.name for scope in each.scopes)) for each in self.resources)
        # A line may break after a dot, never before.
        return tuple("\u00a0· ".join(parts) for parts in asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentUser:
    """Who is asked: the best name there is, and what tells two accounts of one person apart."""

    name: str
    detail: str | None = None
    avatar_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """`/consent` for a third-party application. The button pressed is `decision`: `authorize` or `cancel`.

    Fields: `organizationIds`, one for each organization chosen.
    """

    template: ClassVar[str] = "hosted/consent.html"
    action: str
    csrf_token: str
    application_name: str
    application_logo_url: str | None = None
    user: ConsentUser
    #: Scopes about the person, by id (`profile`, `email`, …); texts are `user_scopes.descriptions.*`.
    user_scopes: tuple[str, ...] = ()
    resources: tuple[ConsentResource, ...] = ()
    organizations: tuple[ConsentOrganization, ...] = ()
    #: Whether the application was allowed something before: without scopes and resources it asks for nothing new.
    is_known: bool = False
    #: Where the person goes on to: a host, or the scheme of an application on the device.
    redirect_origin: str | None = None
    use_another_account_url: str | None = None
    #: The application's own documents.
    terms: Terms | None = None
    #: The documents of whoever runs this server.
    house_terms: Terms | None = None
    #: False for somebody who may not use the application: all he can do is go back.
    may_authorize: bool = True
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCodeInput:
    """`/device`: the code that a device shows. Fields: `xsrf`, `user_code`."""

    template: ClassVar[str] = "hosted/device.html"
    action: str
    xsrf: str
    user_code: str = ""
    problem: str | None = None
    errors: FieldErrors = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceConfirmation:
    """`/device` with a code that waits. Fields: `xsrf`, `user_code`; the button pressed is `confirm` or `abort`."""

    template: ClassVar[str] = "hosted/device_confirmation.html"
    action: str
    xsrf: str
    user_code: str
    application_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceConnected:
    """`/device/success`."""

    template: ClassVar[str] = "hosted/device_connected.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownSession:
    """`/unknown-session`: there is no sign-in under way in this browser."""

    template: ClassVar[str] = "hosted/unknown_session.html"
    support: Support = Support()


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """What a person cannot mend themselves; `message` is ready to read, `code` and `request_id` are for support."""

    template: ClassVar[str] = "hosted/error.html"
    message: str
    title: str | None = None
    code: str | None = None
    request_id: str | None = None
    back_url: str | None = None
    support: Support = Support()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """404."""

    template: ClassVar[str] = "hosted/not_found.html"
    support: Support = Support()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSuspended:
    """`/account-suspended`."""

    template: ClassVar[str] = "hosted/account_suspended.html"
    sign_in_url: str | None = None
    support: Support = Support()


@dataclass(frozen=True, slots=True, kw_only=True)
class Misdirected:
    """421: the request came under a name this server was not told is its own. For whoever set the server up."""

    template: ClassVar[str] = "hosted/misdirected.html"
    origin: str

    @property
    def command(self) -> str:
        # The name comes from the request: quoted, so that a copied command can do nothing else (stops shell injection).
        return f"ENDPOINT={shlex.quote(self.origin)} sekisho start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """503: the database is away. `retry_url` is the page that was asked for, if asking again is harmless."""

    template: ClassVar[str] = "hosted/unavailable.html"
    retry_url: str | None = None
