"""`/register`, and `/identifier-register` for some of the ways: a name and a password, or an address that is proven."""

from starlette.responses import Response

from sekisho.experience.code_moves import ask_for_code
from sekisho.experience.dispatch import CodePlace, Screen, Step
from sekisho.experience.errors import MethodNotEnabled
from sekisho.experience.moves import register_with_username
from sekisho.hosted.fields import captcha_token, check_address, check_identifier, check_new_password, check_terms
from sekisho.hosted.identifiers import shown
from sekisho.hosted.look import Look
from sekisho.hosted.options import captcha, forgot_password_kinds, sign_in_methods, sign_up_kinds, social_buttons
from sekisho.hosted.pages import PasswordHint, Register
from sekisho.hosted.problems import Problems
from sekisho.hosted.steps import follow, see, showing, turned_away
from sekisho.hosted.tries import sent
from sekisho.hosted.typed import Typed
from sekisho.hosted.visit import Visit, visited
from sekisho.kernel.secret import Secret
from sekisho.users.models import IdentifierType

ALL_WAYS, SOME_WAYS = "/register", "/identifier-register"


@visited
async def show_register(visit: Visit) -> Response:
    """Show the form, or the only other page there is."""
    if elsewhere := await turned_away(visit, Screen.REGISTER):
        return elsewhere
    if token := visit.ctx.query.get("one_time_token"):
        return see(visit.url("/one-time-token", one_time_token=token))
    return visit.show(await register_page(visit, ALL_WAYS, typed=Typed.at_first(visit)))


@visited
async def show_identifier_register(visit: Visit) -> Response:
    """Show the form for the kinds the application asked for."""
    if elsewhere := await turned_away(visit, Screen.REGISTER):
        return elsewhere
    if not _kinds(visit, SOME_WAYS):
        return see(visit.url("/sign-in"))
    return visit.show(await register_page(visit, SOME_WAYS, typed=Typed.at_first(visit)))


@visited
async def register(visit: Visit) -> Response:
    return await _register(visit, ALL_WAYS)


@visited
async def identifier_register(visit: Visit) -> Response:
    return await _register(visit, SOME_WAYS)


def password_hint(look: Look) -> PasswordHint:
    policy = look.settings.password_policy
    return PasswordHint(min_length=policy.min_length, min_character_types=policy.min_character_types)


async def is_password_asked_twice(visit: Visit) -> bool:
    """Tell whether a new password is typed twice: where a slip of the finger could not be mended by a reset."""
    return not await forgot_password_kinds(visit)


async def register_page(visit: Visit, path: str, *, typed: Typed) -> Register:
    """Return the page of all ways to register, or of some; raises `MethodNotEnabled` when there is none."""
    settings = visit.look.settings
    kinds = _kinds(visit, path)
    socials = await social_buttons(visit, path) if path == ALL_WAYS else ()
    if not kinds and not socials:
        raise MethodNotEnabled
    may_sign_in = settings.sign_in_mode.allows_sign_in and (sign_in_methods(settings.sign_in) or socials)
    return Register(
        action=visit.url(path),
        csrf_token=visit.csrf_token,
        identifiers=shown(kinds),
        identifier=typed.text,
        country=typed.country(visit, kinds),
        asks_password=_asks_password(visit, kinds),
        password_hint=password_hint(visit.look),
        confirm_password=await is_password_asked_twice(visit),
        application_name=await visit.application_name(),
        # In the admin tenant only the operator's link leads to a registration.
        is_first_admin=visit.is_for_console,
        sign_in_url=visit.url("/sign-in") if may_sign_in and path == ALL_WAYS else None,
        all_options_url=visit.url(ALL_WAYS) if path != ALL_WAYS else None,
        socials=socials,
        captcha=await captcha(visit),
        terms=visit.look.terms(is_registration=True),
    )


async def _register(visit: Visit, path: str) -> Response:
    """Take the form."""
    form = await visit.form()
    typed = Typed.in_form(form)
    page = await register_page(visit, path, typed=typed)
    again = showing(visit, page)
    kinds = _kinds(visit, path)
    who = typed.identifier(kinds)
    errors = {
        **(check_identifier(form, visit.look, kinds=kinds) or check_address(who, visit.look)),
        **(check_new_password(form, visit.look, is_asked_twice=page.confirm_password) if page.asks_password else {}),
        **check_terms(form, visit.look, page.terms or visit.look.terms(is_registration=True)),
    }
    if errors:
        return again(Problems(fields=errors), 422)
    token = captcha_token(form)
    if who.type is IdentifierType.USERNAME:
        password = Secret(form.text("newPassword")) if page.asks_password else None
        step = await register_with_username(visit.flow, username=who.value, password=password, captcha_token=token)
        return follow(visit, step, again=again)

    async def ask() -> Step:
        locale = await visit.message_language()
        return await ask_for_code(visit.flow, CodePlace.REGISTER, identifier=who, captcha_token=token, locale=locale)

    return await sent(visit, who, move=ask, again=again)


def _kinds(visit: Visit, path: str) -> tuple[IdentifierType, ...]:
    """Return the kinds of a page: those the application asked for, if it asked for any that exist (§25.2)."""
    kinds = sign_up_kinds(visit.look.settings.sign_up)
    if path == ALL_WAYS:
        return kinds
    asked = visit.ctx.query.get("identifier", "").split()
    return tuple(each for each in kinds if each in asked) or kinds


def _asks_password(visit: Visit, kinds: tuple[IdentifierType, ...]) -> bool:
    """Tell whether a password belongs on the page: not where a code comes first, and it is asked for after it."""
    return kinds == (IdentifierType.USERNAME,) and visit.look.settings.sign_up.password
