"""Pages that only say something."""

import shlex
from dataclasses import dataclass
from typing import ClassVar

from sekisho.hosted.pages.parts import NO_SUPPORT, Support


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownSession:
    """`/unknown-session`: there is no sign-in under way in this browser."""

    template: ClassVar[str] = "hosted/unknown_session.html"
    support: Support = NO_SUPPORT


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """What a person cannot mend themselves; `message` is ready to read, `code` and `request_id` are for support."""

    template: ClassVar[str] = "hosted/error.html"
    message: str
    title: str | None = None
    code: str | None = None
    request_id: str | None = None
    back_url: str | None = None
    #: Where the person can sign in in another way.
    sign_in_url: str | None = None
    support: Support = NO_SUPPORT


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """404."""

    template: ClassVar[str] = "hosted/not_found.html"
    support: Support = NO_SUPPORT


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSuspended:
    """`/account-suspended`."""

    template: ClassVar[str] = "hosted/account_suspended.html"
    sign_in_url: str | None = None
    support: Support = NO_SUPPORT


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
