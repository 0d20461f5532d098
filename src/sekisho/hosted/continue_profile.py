"""`/continue/username` and `/continue/password`: what is missing before a person may come in."""

from dataclasses import replace

from starlette.responses import Response

from sekisho.experience.moves import give_password, give_username
from sekisho.experience.steps.profile import may_collect
from sekisho.hosted.fields import check_identifier, check_new_password
from sekisho.hosted.pages import ContinuePassword, ContinueUsername
from sekisho.hosted.problems import Problems
from sekisho.hosted.register import password_hint
from sekisho.hosted.steps import follow
from sekisho.hosted.visit import Visit, visited
from sekisho.http.redirects import redirect
from sekisho.kernel.errors import DomainError
from sekisho.kernel.secret import Secret
from sekisho.users.models import IdentifierType

_USERNAME = (IdentifierType.USERNAME,)


@visited
async def show_continue_username(visit: Visit) -> Response:
    return _unless_begun(visit) or visit.show(_username_page(visit))


@visited
async def continue_username(visit: Visit) -> Response:
    if lost := _unless_begun(visit):
        return lost
    form = await visit.form()
    typed = form.text("identifier").strip()
    page = replace(_username_page(visit), identifier=typed)

    def again(problems: Problems, status: int) -> Response:
        return visit.show(replace(page, problem=problems.whole, errors=problems.fields), status=status)

    if errors := check_identifier(form, visit.look, kinds=_USERNAME):
        return again(Problems(fields=errors), 422)
    return follow(visit, await give_username(visit.flow, typed), again=again)


@visited
async def show_continue_password(visit: Visit) -> Response:
    return _unless_begun(visit) or visit.show(_password_page(visit))


@visited
async def continue_password(visit: Visit) -> Response:
    if lost := _unless_begun(visit):
        return lost
    form = await visit.form()
    page = _password_page(visit)

    def again(problems: Problems, status: int) -> Response:
        return visit.show(replace(page, problem=problems.whole, errors=problems.fields), status=status)

    if errors := check_new_password(form, visit.look, is_asked_twice=page.confirm_password):
        return again(Problems(fields=errors), 422)
    return follow(visit, await give_password(visit.flow, Secret(form.text("newPassword"))), again=again)


def _unless_begun(visit: Visit) -> Response | None:
    """Return a way back for who opened the page without having come through the flow."""
    try:
        may_collect(visit.flow.state)
    except DomainError:
        return redirect(visit.url("/sign-in"), status=303)
    return None


def _username_page(visit: Visit) -> ContinueUsername:
    return ContinueUsername(action=visit.url("/continue/username"), csrf_token=visit.csrf_token)


def _password_page(visit: Visit) -> ContinuePassword:
    return ContinuePassword(
        action=visit.url("/continue/password"),
        csrf_token=visit.csrf_token,
        password_hint=password_hint(visit.look),
        identifier=visit.flow.state.profile.username,
    )
