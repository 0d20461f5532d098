"""The only place that chooses what a person sees next.

A step is data: each surface turns it into what it speaks, a page, a redirect or a JSON answer.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from sekisho.experience.errors import (
    InteractionNotFound,
    MissingProfile,
    ProfileMissing,
    SocialIdentityUnknown,
    UserNotExist,
    UserSuspended,
)
from sekisho.experience.policy import allows
from sekisho.experience.state import InteractionEvent
from sekisho.kernel.errors import DomainError
from sekisho.sign_in.models import AgreeToTermsPolicy, SignInExperience, SignInMethod, SignInMode
from sekisho.users.models import Identifier
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


class CodePlace(StrEnum):
    """What a code is asked for; the first part of the page's address (experience.md §25.2)."""

    SIGN_IN = "sign-in"
    REGISTER = "register"
    FORGOT_PASSWORD = "forgot-password"  # noqa: S105 — the name of a page
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class AskPassword:
    """The person said who he is; now his password."""


@dataclass(frozen=True, slots=True)
class AskCode:
    """A code was sent; it is to come back."""

    place: CodePlace


@dataclass(frozen=True, slots=True)
class AskNewPassword:
    """Who resets his password has proven who he is."""


@dataclass(frozen=True, slots=True)
class OfferRegistration:
    """The person proved an address that nobody signs in with: he may make an account of it."""


@dataclass(frozen=True, slots=True)
class OfferSignIn:
    """The person proved an address that has an account already: he may come in to it."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Away to a provider."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferLink:
    """Nobody has the account at the provider; somebody has its address or number, and may take it as his.

    `is_agreed`: the tenant has said yes for everybody.
    """

    related: Identifier
    may_register: bool
    is_agreed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSocialRegistration:
    """Nobody has the account at the provider: it may found one. `is_agreed`: there are no terms to agree to."""

    is_agreed: bool


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


#: What leads on, and is therefore kept.
Onward: TypeAlias = (
    Resume
    | Show
    | Continue
    | AskPassword
    | AskCode
    | AskNewPassword
    | OfferRegistration
    | OfferSignIn
    | Leave
    | OfferLink
    | OfferSocialRegistration
)
Step: TypeAlias = Onward | Suspended | Restart | Mend

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


def after_identifier(method: SignInMethod) -> AskPassword | AskCode:
    """Return what follows a person's saying who he is, where that comes first (experience.md §25.3)."""
    if method.password and (method.is_password_primary or not method.verification_code):
        return AskPassword()
    return AskCode(CodePlace.SIGN_IN)


def after_unknown(identifier: Identifier, error: UserNotExist, *, settings: SignInExperience) -> Step:
    """Return what follows when a proven address belongs to nobody: it may found an account, where that is allowed."""
    may_register = allows(settings.sign_in_mode, InteractionEvent.REGISTER)
    return OfferRegistration() if may_register and identifier.type in settings.sign_up.identifiers else Mend(error)


def after_taken(identifier: Identifier, error: DomainError, *, settings: SignInExperience) -> Step:
    """Return what follows when a proven address has an account: one may come in to it, where codes let people in."""
    may_sign_in = allows(settings.sign_in_mode, InteractionEvent.SIGN_IN) and any(
        method.identifier is identifier.type and method.verification_code for method in settings.sign_in.methods
    )
    return OfferSignIn() if may_sign_in else Mend(error)


def after_unknown_account(error: SocialIdentityUnknown, *, settings: SignInExperience) -> Step:
    """Return what follows when an account at a provider belongs to nobody (experience.md §15)."""
    may_register = allows(settings.sign_in_mode, InteractionEvent.REGISTER)
    if error.related is not None and allows(settings.sign_in_mode, InteractionEvent.SIGN_IN):
        is_agreed = settings.social_sign_in.automatic_account_linking is True
        return OfferLink(related=error.related, may_register=may_register, is_agreed=is_agreed)
    if not may_register:
        return Mend(error)
    # Who is asked on every page has agreed before he left.
    asks_now = settings.agree_to_terms_policy is AgreeToTermsPolicy.MANUAL_REGISTRATION_ONLY
    return OfferSocialRegistration(
        is_agreed=not (asks_now and (settings.terms_of_use_url or settings.privacy_policy_url))
    )


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
