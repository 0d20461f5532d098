"""What the verification endpoint can answer a browser; the surface turns each into HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from sekisho.oidc.authorize.answers import RedirectToPage, SwitchAccount
from sekisho.oidc.browser import SessionCookie
from sekisho.oidc.errors import OAuthError, SessionNotFound

#: Our page for user codes, below the tenant's base.
PAGE = "/device"
#: The secret of that page's form, readable by a page of the tenant's own (oidc.md §4.1).
XSRF_COOKIE = "_logto_device_flow_xsrf"


class Problem(StrEnum):
    """Why a code leads nowhere, as the page is told in its address; other names are those of OAuth errors."""

    NO_CODE = "NoCodeError"
    NOT_FOUND = "NotFoundError"
    EXPIRED = "ExpiredError"
    ALREADY_USED = "AlreadyUsedError"
    ABORTED = "AbortedError"
    INVALID_REQUEST = "InvalidRequest"
    TOO_MANY_ATTEMPTS = "TooManyAttemptsError"


def problem_name(error: OAuthError) -> str:
    """Return what the page is told of an OAuth error: `access_denied` is `AccessDenied`."""
    if isinstance(error, SessionNotFound):
        return "SessionNotFound"
    return "".join(part.capitalize() for part in error.members()["error"].split("_"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDevicePage:
    """302 to our page, with what it needs to know in its query."""

    query: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SendUserCode:
    """A form that posts the code of a complete address by itself, because a GET must change nothing."""

    action: str
    xsrf: str
    user_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """The device has what it asked for: 302 to the page that says so."""


VerificationAnswer: TypeAlias = ShowDevicePage | SendUserCode | Connected | RedirectToPage | SwitchAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """The answer, and what becomes of the browser's cookies."""

    answer: VerificationAnswer
    session_cookie: SessionCookie | None = None
    #: The secret that our page's form must bring back.
    xsrf: str | None = None
    #: The form's secret is over: its cookie goes.
    forgets_xsrf: bool = False
    #: What the page needs for its look, where no interaction says it.
    page_cookie: str | None = None
    #: The interaction that is over: its resume cookie goes.
    finished: str | None = None
