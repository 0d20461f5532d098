"""What the Console's pages say: one frozen dataclass per template.

Addresses, tokens and values come in ready to print; the words are in the templates and the catalogs.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInAdmin:
    """Who is looking, and how to leave."""

    name: str
    user_id: str
    sign_out_action: str
    csrf_token: str


class Step(StrEnum):
    """What an administrator does next; the texts are `sekisho.console.steps.<step>.*`."""

    ADD_APPLICATION = "add_application"
    ADD_USER = "add_user"
    ADD_MACHINE_APPLICATION = "add_machine_application"
    TRY_SIGN_IN = "try_sign_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """A step and the exact command, or the address, that does it; the surface lists only what this build can do."""

    step: Step
    command: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """`/console`: where the tenant is and what to do next."""

    template: ClassVar[str] = "console/home.html"
    admin: SignedInAdmin
    tenant_id: str
    issuer: str
    discovery_url: str
    management_api_resource: str
    management_api_url: str
    next_steps: tuple[NextStep, ...] = ()
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """`/console`: nobody administers this installation yet.

    `register_url` is None without a valid first-admin link.
    """

    template: ClassVar[str] = "console/welcome.html"
    register_url: str | None
    #: The command that prints a fresh link.
    link_command: str = "sekisho admin link"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRefused:
    """`/console/welcome` with a link that was used, has expired or never was one.

    `sign_in_url` is None while there is no administrator: then the page tells how to print a new link.
    """

    template: ClassVar[str] = "console/link_refused.html"
    sign_in_url: str | None
    link_command: str = "sekisho admin link"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """Something went wrong: what, the stable code, and the way out."""

    template: ClassVar[str] = "console/error.html"
    message: str
    title: str | None = None
    code: str | None = None
    request_id: str | None = None
    back_url: str | None = None
