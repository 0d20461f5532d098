"""`/forgot-password`, `/reset-password` and `/forgot-password/reset`: a code, and then another password.

Attack: finding out who has an account. An address that is unknown is answered like one that is known.
"""

from starlette.responses import Response

from sekisho.experience.code_moves import ask_for_code, choose_new_password
from sekisho.experience.dispatch import CodePlace, Show, Step
from sekisho.experience.state import InteractionEvent
from sekisho.hosted.fields import captcha_token, check_address, check_identifier, check_new_password
from sekisho.hosted.identifiers import shown
from sekisho.hosted.one_time_token import link_page
from sekisho.hosted.options import captcha, forgot_password_kinds
from sekisho.hosted.pages import ForgotPassword, ResetPassword
from sekisho.hosted.pages import Identifier as Kind
from sekisho.hosted.problems import Problems
from sekisho.hosted.register import is_password_asked_twice, password_hint
from sekisho.hosted.steps import follow, see, showing
from sekisho.hosted.tries import sent
from sekisho.hosted.typed import Typed, text_of
from sekisho.hosted.visit import Visit, visited
from sekisho.kernel.secret import Secret
from sekisho.users.models import IdentifierType


@visited
async def show_forgot_password(visit: Visit) -> Response:
    kinds = await forgot_password_kinds(visit)
    if not kinds:
        return see(visit.url("/sign-in"))
    return visit.show(await _page(visit, kinds, _typed_before(visit, kinds)))


@visited
async def show_reset_password(visit: Visit) -> Response:
    """Show the page an application opens; with a link's token it takes no code (experience.md §17.2)."""
    token, email = visit.ctx.query.get("one_time_token"), visit.ctx.query.get("login_hint")
    kinds = await forgot_password_kinds(visit)
    if token and email:
        return visit.show(link_page(visit, email=email, token=token, resets_password=True))
    return visit.show(await _page(visit, kinds, Typed.at_first(visit))) if kinds else see(visit.url("/sign-in"))


@visited
async def forgot_password(visit: Visit) -> Response:
    """Take the form."""
    form = await visit.form()
    kinds = await forgot_password_kinds(visit)
    if not kinds:
        return see(visit.url("/sign-in"))
    typed = Typed.in_form(form)
    again = showing(visit, await _page(visit, kinds, typed))
    who = typed.identifier(kinds)
    if errors := check_identifier(form, visit.look, kinds=kinds) or check_address(who, visit.look):
        return again(Problems(fields=errors), 422)

    async def move() -> Step:
        return await ask_for_code(
            visit.flow,
            CodePlace.FORGOT_PASSWORD,
            identifier=who,
            captcha_token=captcha_token(form),
            locale=await visit.message_language(),
        )

    return await sent(visit, who, move=move, again=again)


@visited
async def show_new_password(visit: Visit) -> Response:
    return _unless_proven(visit) or visit.show(await _new_password_page(visit))


@visited
async def new_password(visit: Visit) -> Response:
    """Take another password."""
    if lost := _unless_proven(visit):
        return lost
    form = await visit.form()
    page = await _new_password_page(visit)
    again = showing(visit, page)
    if errors := check_new_password(form, visit.look, is_asked_twice=page.confirm_password):
        return again(Problems(fields=errors), 422)
    step = await choose_new_password(visit.flow, password=Secret(form.text("newPassword")))
    if isinstance(step, Show):
        return see(visit.url(f"/{step.screen}", notice="password-changed"))
    return follow(visit, step, again=again)


def _unless_proven(visit: Visit) -> Response | None:
    """Return a way back for who opened the page without having proven who he is."""
    flow = visit.flow
    if flow.is_begun and flow.state.event is InteractionEvent.FORGOT_PASSWORD and flow.state.user_id is not None:
        return None
    return see(visit.url("/forgot-password"))


def _typed_before(visit: Visit, kinds: tuple[IdentifierType, ...]) -> Typed:
    """Return who the person said he is, where a code can go there."""
    named = visit.flow.notes.identifier
    return Typed() if named is not None and named.type not in kinds else Typed.at_first(visit)


async def _page(visit: Visit, kinds: tuple[IdentifierType, ...], typed: Typed) -> ForgotPassword:
    return ForgotPassword(
        action=visit.url("/forgot-password"),
        csrf_token=visit.csrf_token,
        # Whoever is sent here is told why; it is nothing that went well.
        problem=visit.notice("password-expired"),
        identifiers=shown(kinds),
        identifier=typed.text,
        country=typed.country(visit, kinds),
        back_url=visit.url("/sign-in"),
        captcha=await captcha(visit),
    )


async def _new_password_page(visit: Visit) -> ResetPassword:
    who = visit.flow.notes.identifier
    return ResetPassword(
        action=visit.url("/forgot-password/reset"),
        csrf_token=visit.csrf_token,
        kind=Kind.EMAIL if who is None else Kind(who.type),
        identifier=None if who is None else text_of(who),
        password_hint=password_hint(visit.look),
        confirm_password=await is_password_asked_twice(visit),
    )
