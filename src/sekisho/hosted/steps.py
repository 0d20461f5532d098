"""Turns the next step, as the dispatcher chose it, into an answer of the pages."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias, assert_never

from starlette.responses import Response

from sekisho.experience.dispatch import (
    AskCode,
    AskNewPassword,
    AskOperator,
    AskPassword,
    Continue,
    Leave,
    Mend,
    OfferLink,
    OfferRegistration,
    OfferSignIn,
    OfferSocialRegistration,
    Restart,
    Resume,
    Screen,
    Show,
    Step,
    Suspended,
)
from sekisho.experience.errors import MissingProfile
from sekisho.hosted.pages import FormPage
from sekisho.hosted.problems import Problems, problems_of
from sekisho.hosted.visit import Visit
from sekisho.http.errors import status_of
from sekisho.http.redirects import redirect
from sekisho.passwords.errors import PasswordExpired
from sekisho.verification.errors import VerificationNotFound

#: Shows a form once more with what is wrong, under a status.
Again: TypeAlias = Callable[[Problems, int], Response]

#: What leads to a page of ours.
Ours: TypeAlias = (
    Show
    | Continue
    | AskPassword
    | AskCode
    | AskNewPassword
    | OfferRegistration
    | OfferSignIn
    | OfferLink
    | OfferSocialRegistration
)

_PATHS: Mapping[type, str] = {
    AskPassword: "/sign-in/password",
    AskNewPassword: "/forgot-password/reset",
    OfferRegistration: "/register/confirm",
    OfferSignIn: "/sign-in/confirm",
}
_CONTINUE = {MissingProfile.EXTRA_PROFILE: "extra-profile"}


async def turned_away(visit: Visit, screen: Screen) -> Response | None:
    """Return the way to another page where the one asked for is not to be shown."""
    match await visit.flow.opening(screen):
        case Show(shown):
            return None if shown is screen else redirect(visit.url(f"/{shown}"))
        case AskOperator():
            # Only the admin tenant asks, and the Console stands at the root of its origin.
            return redirect(f"{visit.ctx.urls.origin}/console")


def showing(visit: Visit, page: FormPage) -> Again:
    """Return what shows a form once more."""

    def again(problems: Problems, status: int) -> Response:
        shown = replace(page, notice=None, problem=problems.whole, errors=problems.fields)
        return visit.show(shown, status=status)

    return again


def follow(visit: Visit, step: Step, *, again: Again) -> Response:
    """Return the answer to a form."""
    match step:
        case Resume(url) | Leave(url):
            return see(url)
        case Suspended():
            visit.ctx.fail()
            return see(visit.url("/account-suspended"))
        case Restart():
            visit.ctx.fail()
            return see(visit.url("/sign-in"))
        case Mend(PasswordExpired()):
            visit.ctx.fail()
            return see(visit.url("/forgot-password", notice="password-expired"))
        case Mend(error):
            visit.ctx.fail()
            return again(problems_of(error, say=visit.look.say), status_of(error))
        case _:
            return see(visit.url(_path(visit, step)))


def _path(visit: Visit, step: Ours) -> str:
    """Return which page of ours comes next."""
    match step:
        case Show(screen):
            return f"/{screen}"
        case Continue(missing):
            return f"/continue/{_CONTINUE.get(missing, missing)}"
        case AskCode(place):
            return f"/{place}/verification-code"
        case OfferLink():
            return f"/social/link/{_provider(visit)}"
        case OfferSocialRegistration():
            return f"/social/register/{_provider(visit)}"
        case AskPassword() | AskNewPassword() | OfferRegistration() | OfferSignIn():
            return _PATHS[type(step)]
        case _:
            assert_never(step)


def _provider(visit: Visit) -> str:
    """Return the connector through which the person came."""
    record = visit.flow.state.social
    if record is None:
        raise VerificationNotFound
    return record.connector_id


def see(url: str) -> Response:
    """Answer a form with the next page, so that a reload does not send it again (RFC 9110 §15.4.4)."""
    return redirect(url, status=303)
