"""`/sign-in`: identifier and password on one form."""

from dataclasses import replace

from starlette.responses import Response

from sekisho.experience.dispatch import Mend, Screen
from sekisho.experience.errors import InvalidCredentials, MethodNotEnabled
from sekisho.experience.moves import sign_in_with_password
from sekisho.hosted.fields import check_identifier, check_password, check_terms
from sekisho.hosted.identifiers import read_identifier, shown, sign_in_kinds, sign_up_kinds
from sekisho.hosted.pages import SignIn
from sekisho.hosted.problems import Problems, problems_of
from sekisho.hosted.steps import follow, turned_away
from sekisho.hosted.visit import Visit, visited
from sekisho.http.errors import status_of
from sekisho.http.rate_limits import Guarded, TooManyRequests, seconds_of
from sekisho.kernel.secret import Secret
from sekisho.security.service import target_hash


@visited
async def show_sign_in(visit: Visit) -> Response:
    """Show the form, or the only other page there is."""
    if elsewhere := await turned_away(visit, Screen.SIGN_IN):
        return elsewhere
    return visit.show(await _page(visit, identifier=visit.ctx.query.get("login_hint", "")))


@visited
async def sign_in(visit: Visit) -> Response:
    """Take the form."""
    form = await visit.form()
    kinds = sign_in_kinds(visit.look.settings.sign_in)
    typed = form.text("identifier").strip()
    page = await _page(visit, identifier=typed)

    def again(problems: Problems, status: int) -> Response:
        return visit.show(replace(page, problem=problems.whole, errors=problems.fields), status=status)

    errors = {
        **check_identifier(form, visit.look, kinds=kinds),
        **check_password(form, visit.look),
        **check_terms(form, visit.look, visit.look.terms(is_registration=False)),
    }
    if errors:
        return again(Problems(fields=errors), 422)
    identifier = read_identifier(typed, accepted=kinds)
    password = Secret(form.text("password"))
    try:
        async with visit.ctx.rate_limits.guess(
            visit.ctx, Guarded.SIGN_IN, account=target_hash(identifier), wrong=()
        ) as guess:
            step = await sign_in_with_password(visit.flow, identifier=identifier, password=password)
            guess.was_wrong = isinstance(step, Mend) and isinstance(step.error, InvalidCredentials)
    except TooManyRequests as error:
        visit.ctx.fail()
        page_again = again(problems_of(error, say=visit.look.say), status_of(error))
        page_again.headers["retry-after"] = seconds_of(error.retry_after)
        return page_again
    return follow(visit, step, again=again)


async def _page(visit: Visit, *, identifier: str) -> SignIn:
    settings = visit.look.settings
    if not sign_in_kinds(settings.sign_in):
        raise MethodNotEnabled
    may_register = settings.sign_in_mode.allows_registration and sign_up_kinds(settings.sign_up)
    return SignIn(
        action=visit.url("/sign-in"),
        csrf_token=visit.csrf_token,
        identifiers=shown(sign_in_kinds(settings.sign_in)),
        identifier=identifier,
        application_name=await visit.application_name(),
        register_url=visit.url("/register") if may_register else None,
        terms=visit.look.terms(is_registration=False),
    )
