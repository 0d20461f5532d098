"""What the authorization endpoint can answer; the surface turns each into HTTP."""

from dataclasses import dataclass
from typing import TypeAlias

from sekisho.oidc.browser import SessionCookie
from sekisho.oidc.errors import OAuthError
from sekisho.oidc.interactions import StartedInteraction
from sekisho.oidc.response_modes import PostToClient, RedirectToClient


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectToPage:
    """303 to one of our own pages; `location` is a path without the tenant's prefix."""

    location: str
    interaction: StartedInteraction


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchAccount:
    """A form that signs the present user out and comes back: somebody else has signed in (oidc.md §4.2)."""

    action: str
    xsrf: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A refusal that stays here, as JSON; it names the issuer, and the state when there was one."""

    error: OAuthError
    state: str | None
    issuer: str


AuthorizationAnswer: TypeAlias = RedirectToPage | RedirectToClient | PostToClient | SwitchAccount | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorized:
    """The answer, and what becomes of the browser's cookies."""

    answer: AuthorizationAnswer
    session_cookie: SessionCookie | None = None
    #: The interaction that is over: its resume cookie goes.
    finished: str | None = None
