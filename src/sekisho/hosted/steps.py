"""Turns the next step, as the dispatcher chose it, into an answer of the pages."""

from collections.abc import Callable
from typing import assert_never

from starlette.responses import Response

from sekisho.experience.dispatch import AskOperator, Continue, Mend, Restart, Resume, Screen, Show, Step, Suspended
from sekisho.experience.errors import MissingProfile
from sekisho.hosted.problems import Problems, problems_of
from sekisho.hosted.visit import Visit
from sekisho.http.errors import status_of
from sekisho.http.redirects import redirect

_CONTINUE = {MissingProfile.EXTRA_PROFILE: "extra-profile"}


async def turned_away(visit: Visit, screen: Screen) -> Response | None:
    """Return the way to another page where the one asked for is not to be shown."""
    match await visit.flow.opening(screen):
        case Show(shown):
            return None if shown is screen else redirect(visit.url(f"/{shown}"))
        case AskOperator():
            # Only the admin tenant asks, and the Console stands at the root of its origin.
            return redirect(f"{visit.ctx.urls.origin}/console")


def follow(visit: Visit, step: Step, *, again: Callable[[Problems, int], Response]) -> Response:
    """Return the answer; `again` shows the form once more with what is wrong, under a status."""
    match step:
        case Resume(url):
            return _see(url)
        case Show(screen):
            return _see(visit.url(f"/{screen}"))
        case Continue(missing):
            return _see(visit.url(f"/continue/{_CONTINUE.get(missing, missing)}"))
        case Suspended():
            visit.ctx.fail()
            return _see(visit.url("/account-suspended"))
        case Restart():
            visit.ctx.fail()
            return _see(visit.url("/sign-in"))
        case Mend(error):
            visit.ctx.fail()
            return again(problems_of(error, say=visit.look.say), status_of(error))
        case _:
            assert_never(step)


def _see(url: str) -> Response:
    """Answer a form with the next page, so that a reload does not send it again (RFC 9110 §15.4.4)."""
    return redirect(url, status=303)
