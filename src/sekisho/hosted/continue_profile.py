"""`/continue/username`, `/continue/password`, `/continue/extra-profile`: what is missing before one may come in."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import Response

from sekisho.experience.moves import give_extra_profile, give_password, give_username
from sekisho.experience.policy import sign_up_fields
from sekisho.experience.steps.extra_profile import sort_fields
from sekisho.experience.steps.profile import may_collect
from sekisho.hosted.fields import check_identifier, check_new_password
from sekisho.hosted.pages import ContinueExtraProfile, ContinuePassword, ContinueUsername
from sekisho.hosted.pages import Identifier as Kind
from sekisho.hosted.problems import Problems
from sekisho.hosted.profile_inputs import check_values, profile_of, shown_fields, typed_values
from sekisho.hosted.register import is_password_asked_twice, password_hint
from sekisho.hosted.steps import follow, see, showing
from sekisho.hosted.typed import text_of
from sekisho.hosted.visit import Visit, visited
from sekisho.kernel.errors import DomainError
from sekisho.kernel.secret import Secret
from sekisho.profile_fields.models import ProfileField
from sekisho.users.models import IdentifierType

_USERNAME = (IdentifierType.USERNAME,)


@visited
async def show_continue_username(visit: Visit) -> Response:
    return unless_begun(visit) or visit.show(_username_page(visit))


@visited
async def continue_username(visit: Visit) -> Response:
    if lost := unless_begun(visit):
        return lost
    form = await visit.form()
    typed = form.text("identifier").strip()
    again = showing(visit, replace(_username_page(visit), identifier=typed))
    if errors := check_identifier(form, visit.look, kinds=_USERNAME):
        return again(Problems(fields=errors), 422)
    return follow(visit, await give_username(visit.flow, typed), again=again)


@visited
async def show_continue_password(visit: Visit) -> Response:
    return unless_begun(visit) or visit.show(await _password_page(visit))


@visited
async def continue_password(visit: Visit) -> Response:
    if lost := unless_begun(visit):
        return lost
    form = await visit.form()
    page = await _password_page(visit)
    again = showing(visit, page)
    if errors := check_new_password(form, visit.look, is_asked_twice=page.confirm_password):
        return again(Problems(fields=errors), 422)
    return follow(visit, await give_password(visit.flow, Secret(form.text("newPassword"))), again=again)


@visited
async def show_continue_extra_profile(visit: Visit) -> Response:
    if lost := unless_begun(visit):
        return lost
    name = visit.flow.state.profile.name
    return visit.show(_extra_profile_page(visit, await _fields(visit), {} if name is None else {"name": name}))


@visited
async def continue_extra_profile(visit: Visit) -> Response:
    if lost := unless_begun(visit):
        return lost
    form = await visit.form()
    fields, say = await _fields(visit), visit.look.say
    values = typed_values(fields, form, say=say)
    again = showing(visit, _extra_profile_page(visit, fields, values))
    if errors := check_values(fields, values, say=say):
        return again(Problems(fields=errors), 422)
    profile = profile_of(fields, values, say=say)
    extra = sort_fields(profile, name=profile.get("name"), avatar=profile.get("avatar"))
    return follow(visit, await give_extra_profile(visit.flow, extra), again=again)


def unless_begun(visit: Visit) -> Response | None:
    """Return a way back for who opened the page without having come through the flow."""
    try:
        may_collect(visit.flow.state)
    except DomainError:
        return see(visit.url("/sign-in"))
    return None


async def _fields(visit: Visit) -> tuple[ProfileField, ...]:
    catalogue = await visit.ctx.services.profile_fields.list()
    return sign_up_fields(visit.look.settings.sign_up_profile_fields, catalogue=catalogue)


def _username_page(visit: Visit) -> ContinueUsername:
    return ContinueUsername(action=visit.url("/continue/username"), csrf_token=visit.csrf_token)


async def _password_page(visit: Visit) -> ContinuePassword:
    name, who = visit.flow.state.profile.username, visit.flow.notes.identifier
    return ContinuePassword(
        action=visit.url("/continue/password"),
        csrf_token=visit.csrf_token,
        kind=Kind.USERNAME if name or who is None else Kind(who.type),
        identifier=name or (None if who is None else text_of(who)),
        password_hint=password_hint(visit.look),
        confirm_password=await is_password_asked_twice(visit),
    )


def _extra_profile_page(
    visit: Visit, fields: tuple[ProfileField, ...], values: Mapping[str, str]
) -> ContinueExtraProfile:
    return ContinueExtraProfile(
        action=visit.url("/continue/extra-profile"),
        csrf_token=visit.csrf_token,
        profile_fields=shown_fields(fields, say=visit.look.say, values=values),
    )
