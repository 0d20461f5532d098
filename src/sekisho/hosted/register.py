"""`/register`: a name and a new password."""

from dataclasses import replace

from starlette.responses import Response

from sekisho.experience.dispatch import Screen
from sekisho.experience.errors import MethodNotEnabled
from sekisho.experience.moves import register_with_username
from sekisho.hosted.fields import check_identifier, check_new_password, check_terms
from sekisho.hosted.identifiers import shown, sign_in_kinds, sign_up_kinds
from sekisho.hosted.look import Look
from sekisho.hosted.pages import PasswordHint, Register
from sekisho.hosted.problems import Problems
from sekisho.hosted.steps import follow, turned_away
from sekisho.hosted.visit import Visit, visited
from sekisho.kernel.secret import Secret


@visited
async def show_register(visit: Visit) -> Response:
    """Show the form, or the only other page there is."""
    if elsewhere := await turned_away(visit, Screen.REGISTER):
        return elsewhere
    return visit.show(await _page(visit, identifier=visit.ctx.query.get("login_hint", "")))


@visited
async def register(visit: Visit) -> Response:
    """Take the form."""
    form = await visit.form()
    typed = form.text("identifier").strip()
    page = await _page(visit, identifier=typed)

    def again(problems: Problems, status: int) -> Response:
        return visit.show(replace(page, problem=problems.whole, errors=problems.fields), status=status)

    errors = {
        **check_identifier(form, visit.look, kinds=sign_up_kinds(visit.look.settings.sign_up)),
        **check_new_password(form, visit.look, is_asked_twice=page.confirm_password),
        **check_terms(form, visit.look, visit.look.terms(is_registration=True)),
    }
    if errors:
        return again(Problems(fields=errors), 422)
    step = await register_with_username(visit.flow, username=typed, password=Secret(form.text("newPassword")))
    return follow(visit, step, again=again)


def password_hint(look: Look) -> PasswordHint:
    policy = look.settings.password_policy
    return PasswordHint(min_length=policy.min_length, min_character_types=policy.min_character_types)


async def _page(visit: Visit, *, identifier: str) -> Register:
    settings = visit.look.settings
    if not sign_up_kinds(settings.sign_up):
        raise MethodNotEnabled
    may_sign_in = settings.sign_in_mode.allows_sign_in and sign_in_kinds(settings.sign_in)
    return Register(
        action=visit.url("/register"),
        csrf_token=visit.csrf_token,
        identifiers=shown(sign_up_kinds(settings.sign_up)),
        identifier=identifier,
        password_hint=password_hint(visit.look),
        application_name=await visit.application_name(),
        # In the admin tenant only the operator's link leads to a registration.
        is_first_admin=visit.is_for_console,
        sign_in_url=visit.url("/sign-in") if may_sign_in else None,
        terms=visit.look.terms(is_registration=True),
    )
