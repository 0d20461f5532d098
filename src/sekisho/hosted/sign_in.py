"""`/sign-in`, and `/identifier-sign-in` for some of the ways: who one is, and where it is all there is, the password.

Which form it is, the methods decide (experience.md §25.3). `/sign-in/password` is the second page of the longer way.
"""

from starlette.responses import Response

from sekisho.experience.code_moves import answer_with_password, say_who
from sekisho.experience.dispatch import AskCode, Screen, Step, after_identifier
from sekisho.experience.errors import InvalidCredentials, MethodNotEnabled
from sekisho.experience.moves import sign_in_with_password
from sekisho.experience.state import InteractionEvent
from sekisho.hosted.fields import captcha_token, check_address, check_identifier, check_password, check_terms
from sekisho.hosted.identifiers import shown
from sekisho.hosted.options import (
    captcha,
    forgot_password_kinds,
    kinds_of,
    sign_in_methods,
    sign_up_kinds,
    social_buttons,
)
from sekisho.hosted.pages import Identifier as Kind
from sekisho.hosted.pages import SignIn, SignInPassword
from sekisho.hosted.problems import Problems
from sekisho.hosted.steps import follow, see, showing, turned_away
from sekisho.hosted.tries import guessed, sent
from sekisho.hosted.typed import Typed, text_of
from sekisho.hosted.visit import Visit, visited
from sekisho.http.rate_limits import Guarded
from sekisho.kernel.secret import Secret
from sekisho.sign_in.models import SignInMethod
from sekisho.users.models import Identifier

ALL_WAYS, SOME_WAYS = "/sign-in", "/identifier-sign-in"


@visited
async def show_sign_in(visit: Visit) -> Response:
    """Show the form, or the only other page there is."""
    if elsewhere := await turned_away(visit, Screen.SIGN_IN):
        return elsewhere
    if token := visit.ctx.query.get("one_time_token"):
        return see(visit.url("/one-time-token", one_time_token=token))
    return visit.show(await sign_in_page(visit, ALL_WAYS, typed=Typed.at_first(visit)))


@visited
async def show_identifier_sign_in(visit: Visit) -> Response:
    """Show the form for the kinds the application asked for."""
    if elsewhere := await turned_away(visit, Screen.SIGN_IN):
        return elsewhere
    if not _methods(visit, SOME_WAYS):
        return see(visit.url(ALL_WAYS))
    return visit.show(await sign_in_page(visit, SOME_WAYS, typed=Typed.at_first(visit)))


@visited
async def sign_in(visit: Visit) -> Response:
    return await _sign_in(visit, ALL_WAYS)


@visited
async def identifier_sign_in(visit: Visit) -> Response:
    return await _sign_in(visit, SOME_WAYS)


@visited
async def show_sign_in_password(visit: Visit) -> Response:
    method = _named_method(visit)
    return see(visit.url(ALL_WAYS)) if method is None else visit.show(await _password_page(visit, method))


@visited
async def sign_in_password(visit: Visit) -> Response:
    """Take the password of who said who he is."""
    form = await visit.form()
    method, who = _named_method(visit), visit.flow.notes.identifier
    if method is None or who is None:
        return see(visit.url(ALL_WAYS))
    again = showing(visit, await _password_page(visit, method))
    if errors := check_password(form, visit.look):
        return again(Problems(fields=errors), 422)

    async def move() -> Step:
        return await answer_with_password(visit.flow, password=Secret(form.text("password")))

    return await guessed(visit, Guarded.SIGN_IN, who, move=move, wrong=(InvalidCredentials,), again=again)


async def sign_in_page(visit: Visit, path: str, *, typed: Typed) -> SignIn:
    """Return the page of all ways to sign in, or of some; raises `MethodNotEnabled` when there is none."""
    settings = visit.look.settings
    methods = _methods(visit, path)
    kinds = kinds_of(methods)
    socials = await social_buttons(visit, path) if path == ALL_WAYS else ()
    if not kinds and not socials:
        raise MethodNotEnabled
    asks_password = _asks_password(methods)
    may_register = settings.sign_in_mode.allows_registration and sign_up_kinds(settings.sign_up)
    may_forget = asks_password and await forgot_password_kinds(visit)
    return SignIn(
        action=visit.url(path),
        csrf_token=visit.csrf_token,
        notice=visit.notice("password-changed"),
        identifiers=shown(kinds),
        identifier=typed.text,
        country=typed.country(visit, kinds),
        asks_password=asks_password,
        application_name=await visit.application_name(),
        register_url=visit.url("/register") if may_register and path == ALL_WAYS else None,
        forgot_password_url=visit.url("/forgot-password") if may_forget else None,
        all_options_url=visit.url(ALL_WAYS) if path != ALL_WAYS else None,
        socials=socials,
        captcha=await captcha(visit),
        terms=visit.look.terms(is_registration=False),
    )


async def _sign_in(visit: Visit, path: str) -> Response:
    """Take the form."""
    form = await visit.form()
    typed = Typed.in_form(form)
    again = showing(visit, await sign_in_page(visit, path, typed=typed))
    methods = _methods(visit, path)
    who = typed.identifier(kinds_of(methods))
    asks_password = _asks_password(methods)
    errors = {
        **check_identifier(form, visit.look, kinds=kinds_of(methods)),
        **(check_password(form, visit.look) if asks_password else {}),
        **check_terms(form, visit.look, visit.look.terms(is_registration=False)),
    }
    if errors:
        return again(Problems(fields=errors), 422)
    token = captcha_token(form)
    if asks_password:

        async def come_in() -> Step:
            password = Secret(form.text("password"))
            return await sign_in_with_password(visit.flow, identifier=who, password=password, captcha_token=token)

        return await guessed(visit, Guarded.SIGN_IN, who, move=come_in, wrong=(InvalidCredentials,), again=again)
    method = next((each for each in methods if each.identifier is who.type), None)
    if method is None:
        raise MethodNotEnabled

    async def go_on() -> Step:
        locale = await visit.message_language()
        return await say_who(visit.flow, identifier=who, method=method, captcha_token=token, locale=locale)

    if not isinstance(after_identifier(method), AskCode):
        return follow(visit, await go_on(), again=again)
    if unreachable := check_address(who, visit.look):
        return again(Problems(fields=unreachable), 422)
    return await sent(visit, who, move=go_on, again=again)


def _methods(visit: Visit, path: str) -> tuple[SignInMethod, ...]:
    """Return the methods of a page: those the application asked for, if it asked for any that exist (§25.2)."""
    methods = sign_in_methods(visit.look.settings.sign_in)
    if path == ALL_WAYS:
        return methods
    asked = visit.ctx.query.get("identifier", "").split()
    return tuple(each for each in methods if each.identifier in asked) or methods


def _asks_password(methods: tuple[SignInMethod, ...]) -> bool:
    return all(each.password and not each.verification_code for each in methods)


def _named_method(visit: Visit) -> SignInMethod | None:
    """Return how the person who said who he is signs in with a password, if he does."""
    who = visit.flow.notes.identifier
    if who is None or not visit.flow.is_begun or visit.flow.state.event is not InteractionEvent.SIGN_IN:
        return None
    methods = sign_in_methods(visit.look.settings.sign_in)
    return next((each for each in methods if each.identifier is who.type and each.password), None)


async def _password_page(visit: Visit, method: SignInMethod) -> SignInPassword:
    who = visit.flow.notes.identifier or Identifier(type=method.identifier, value="")
    may_forget = await forgot_password_kinds(visit)
    return SignInPassword(
        action=visit.url("/sign-in/password"),
        csrf_token=visit.csrf_token,
        kind=Kind(who.type),
        identifier=text_of(who),
        change_url=visit.url(ALL_WAYS),
        forgot_password_url=visit.url("/forgot-password") if may_forget else None,
        code_action=visit.url("/sign-in/verification-code") if method.verification_code else None,
    )
