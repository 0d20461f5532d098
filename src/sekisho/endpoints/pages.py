"""Pages the protocol itself shows, between two redirects: one frozen dataclass per template."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOut:
    """Answer of `/oidc/session/end` when somebody is signed in: a form that sends itself (oidc.md §24.1)."""

    template: ClassVar[str] = "endpoints/sign_out.html"
    action: str
    xsrf: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittingCallback:
    """The same when nobody is signed in."""

    template: ClassVar[str] = "endpoints/submitting_callback.html"
    action: str
    xsrf: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut:
    """`/oidc/session/end/success`."""

    template: ClassVar[str] = "endpoints/signed_out.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingUserCode:
    """`/oidc/device?user_code=…`: posts the code of a device that the address carried (oidc.md §17.2)."""

    template: ClassVar[str] = "endpoints/sending_user_code.html"
    action: str
    xsrf: str
    user_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPost:
    """`response_mode=form_post`: carries an authorization response to the application's redirect URI."""

    template: ClassVar[str] = "endpoints/form_post.html"
    action: str
    fields: tuple[tuple[str, str], ...]
    application_name: str | None = None
