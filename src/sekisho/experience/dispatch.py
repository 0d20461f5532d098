"""The only place that chooses what a person sees next.

A step is data: each surface turns it into what it speaks, a page, a redirect or a JSON answer.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from sekisho.experience.errors import InteractionNotFound, MissingProfile, ProfileMissing, UserSuspended
from sekisho.experience.policy import allows
from sekisho.experience.state import InteractionEvent
from sekisho.kernel.errors import DomainError
from sekisho.sign_in.models import SignInMode
from sekisho.verification.errors import VerificationNotFound


class Screen(StrEnum):
    """Pages one can come in by."""

    SIGN_IN = "sign-in"
    REGISTER = "register"


@dataclass(frozen=True, slots=True)
class Resume:
    """The flow is done: back to the OpenID provider."""

    url: str


@dataclass(frozen=True, slots=True)
class Show:
    """One of the pages to come in by."""

    screen: Screen


@dataclass(frozen=True, slots=True)
class AskOperator:
    """Nobody administers this installation, and the link that changes it is in the operator's terminal."""


@dataclass(frozen=True, slots=True)
class Continue:
    """Something is missing; the next thing to ask for."""

    missing: MissingProfile


@dataclass(frozen=True, slots=True)
class Suspended:
    """The account may not come in."""


@dataclass(frozen=True, slots=True)
class Restart:
    """Nothing is known of the flow any more, or what was proven in it no longer holds: begin it again."""


@dataclass(frozen=True, slots=True)
class Mend:
    """The same page again, saying what is wrong."""

    error: DomainError


Step: TypeAlias = Resume | Show | Continue | Suspended | Restart | Mend

_EVENTS = {Screen.SIGN_IN: InteractionEvent.SIGN_IN, Screen.REGISTER: InteractionEvent.REGISTER}


def opening(
    screen: Screen, *, mode: SignInMode, awaits_first_administrator: bool, has_first_admin_token: bool
) -> Show | AskOperator:
    """Return the page to show when one was asked for: the other one, where the sign-in mode has only that."""
    if awaits_first_administrator:
        return Show(Screen.REGISTER) if has_first_admin_token else AskOperator()
    if allows(mode, _EVENTS[screen]):
        return Show(screen)
    return Show(Screen.REGISTER if screen is Screen.SIGN_IN else Screen.SIGN_IN)


def after_submit(event: InteractionEvent, *, return_to: str) -> Step:
    """Return what follows a flow that went through; after a reset people sign in with the new password."""
    if event is InteractionEvent.FORGOT_PASSWORD:
        return Show(Screen.SIGN_IN)
    return Resume(return_to)


def after_refusal(error: DomainError) -> Step:
    """Return what follows a refusal (experience.md §26.5)."""
    match error:
        case ProfileMissing(missing=missing):
            return Continue(missing[0])
        case UserSuspended():
            return Suspended()
        case InteractionNotFound() | VerificationNotFound():
            return Restart()
        case _:
            # Second factors, passkeys and links to social identities have their pages here.
            return Mend(error)
