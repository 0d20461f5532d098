"""`/…/verification-code`: a code that was sent comes back. One page, whatever the code is for."""

from datetime import timedelta
from math import ceil
from typing import assert_never
from unicodedata import normalize

from starlette.responses import Response

from sekisho.experience.code_moves import answer_with_code, ask_for_code
from sekisho.experience.dispatch import CodePlace, Step
from sekisho.experience.state import InteractionEvent
from sekisho.hosted.continue_address import continue_path
from sekisho.hosted.options import sign_in_methods
from sekisho.hosted.pages import EnterCode
from sekisho.hosted.pages import Identifier as Kind
from sekisho.hosted.problems import Problems
from sekisho.hosted.steps import see, showing
from sekisho.hosted.tries import guessed, sent
from sekisho.hosted.typed import text_of
from sekisho.hosted.visit import Handler, Visit, visited
from sekisho.http.rate_limits import Guarded
from sekisho.users.models import Identifier, IdentifierType
from sekisho.verification_codes.errors import CodeRefused

#: How long people wait for a message before they are sent another one (experience.md §11.4).
PAUSE = timedelta(seconds=59)
CODE_REQUIRED, TOO_SOON = "sekisho.code.required", "sekisho.code.too_soon"

_EVENTS = {
    CodePlace.SIGN_IN: InteractionEvent.SIGN_IN,
    CodePlace.REGISTER: InteractionEvent.REGISTER,
    CodePlace.FORGOT_PASSWORD: InteractionEvent.FORGOT_PASSWORD,
}
_START = {
    CodePlace.SIGN_IN: "/sign-in",
    CodePlace.REGISTER: "/register",
    CodePlace.FORGOT_PASSWORD: "/forgot-password",
}


def shows_code(place: CodePlace) -> Handler:
    """Return what shows the page for one of its purposes."""

    @visited
    async def show_code(visit: Visit) -> Response:
        who = _asked(visit, place)
        if who is None or visit.flow.notes.record_id is None:
            return see(visit.url("/sign-in"))
        return visit.show(_page(visit, place, who))

    return show_code


def takes_code(place: CodePlace) -> Handler:
    """Return what takes the page's form: a code, or the wish for another one."""

    @visited
    async def take_code(visit: Visit) -> Response:
        form = await visit.form()
        who = _asked(visit, place)
        if who is None:
            return see(visit.url("/sign-in"))
        if form.get("resend"):
            return await _send_again(visit, place, who)
        again = showing(visit, _page(visit, place, who))
        # People paste the code with its spaces, and keyboards of Japan write wide digits.
        code = "".join(normalize("NFKC", form.text("code")).split()).replace("-", "")
        if not code:
            return again(Problems(fields={"code": visit.look.say(CODE_REQUIRED)}), 422)

        async def move() -> Step:
            return await answer_with_code(visit.flow, place, code=code, settings=visit.look.settings)

        return await guessed(visit, Guarded.VERIFICATION_CODE, who, move=move, wrong=(CodeRefused,), again=again)

    return take_code


async def _send_again(visit: Visit, place: CodePlace, who: Identifier) -> Response:
    again = showing(visit, _page(visit, place, who))
    if wait := _wait(visit):
        said = visit.look.say(TOO_SOON, seconds=wait)
        response = again(Problems(whole=said), 429)
        response.headers["retry-after"] = str(wait)
        return response
    before = visit.flow.notes.record_id

    async def move() -> Step:
        return await ask_for_code(visit.flow, place, identifier=who, locale=await visit.message_language())

    response = await sent(visit, who, move=move, again=again)
    if before not in {None, visit.flow.notes.record_id}:
        # The same page once more: it says that something happened.
        return see(visit.url(f"/{place}/verification-code", notice="code-sent"))
    return response


def _asked(visit: Visit, place: CodePlace) -> Identifier | None:
    """Return to whom a code is sent on this page; None for who did not come through the flow."""
    flow = visit.flow
    who = flow.notes.identifier
    if who is None or not flow.is_begun or who.type is IdentifierType.USERNAME:
        return None
    return who if _EVENTS.get(place, flow.state.event) is flow.state.event else None


def _page(visit: Visit, place: CodePlace, who: Identifier) -> EnterCode:
    sent_at = visit.flow.notes.code_sent_at or visit.flow.now
    left = sent_at + visit.look.settings.verification_code_policy.lifetime - visit.flow.now
    methods = sign_in_methods(visit.look.settings.sign_in)
    has_password = any(each.identifier is who.type and each.password for each in methods)
    return EnterCode(
        action=visit.url(f"/{place}/verification-code"),
        csrf_token=visit.csrf_token,
        notice=visit.notice("code-sent"),
        kind=Kind(who.type),
        address=text_of(who),
        is_sent=_is_sent_to_anybody(visit, place),
        lifetime=max(60, ceil(left.total_seconds())),
        wait=_wait(visit),
        change_url=visit.url(_START.get(place) or continue_path(visit, who.type)),
        password_url=visit.url("/sign-in/password") if place is CodePlace.SIGN_IN and has_password else None,
    )


def _is_sent_to_anybody(visit: Visit, place: CodePlace) -> bool:
    """Tell whether a code is sent to who has no account, too."""
    match place:
        case CodePlace.REGISTER | CodePlace.CONTINUE:
            return True
        case CodePlace.SIGN_IN:
            return visit.look.settings.sign_in_mode.allows_registration
        case CodePlace.FORGOT_PASSWORD:
            return False
        case _:
            assert_never(place)


def _wait(visit: Visit) -> int:
    """Return the seconds until another code may be asked for."""
    sent_at = visit.flow.notes.code_sent_at
    return 0 if sent_at is None else max(0, ceil((sent_at + PAUSE - visit.flow.now).total_seconds()))
