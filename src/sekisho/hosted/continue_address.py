"""`/continue/email`, `/continue/phone`, `/continue/emailOrPhone`: an address that is still missing, and is proven."""

from starlette.responses import Response

from sekisho.experience.code_moves import ask_for_code
from sekisho.experience.dispatch import CodePlace, Step
from sekisho.experience.errors import MissingProfile
from sekisho.experience.policy import required_profile
from sekisho.hosted.continue_profile import unless_begun
from sekisho.hosted.fields import check_address, check_identifier
from sekisho.hosted.identifiers import shown
from sekisho.hosted.options import provider_of
from sekisho.hosted.pages import ContinueAddress
from sekisho.hosted.problems import Problems
from sekisho.hosted.steps import showing
from sekisho.hosted.tries import sent
from sekisho.hosted.typed import Typed
from sekisho.hosted.visit import Handler, Visit, visited
from sekisho.users.models import IdentifierType

KINDS = {
    MissingProfile.EMAIL: (IdentifierType.EMAIL,),
    MissingProfile.PHONE: (IdentifierType.PHONE,),
    MissingProfile.EMAIL_OR_PHONE: (IdentifierType.EMAIL, IdentifierType.PHONE),
}


def continue_path(visit: Visit, kind: IdentifierType) -> str:
    """Return where a missing address of a kind is asked for."""
    missing = MissingProfile.EMAIL_OR_PHONE
    if missing not in required_profile(visit.look.settings.sign_up):
        missing = MissingProfile(kind.value)
    return f"/continue/{missing}"


def shows_address(missing: MissingProfile) -> Handler:
    """Return what asks for a kind of address."""

    @visited
    async def show_address(visit: Visit) -> Response:
        return unless_begun(visit) or visit.show(await _page(visit, missing, Typed()))

    return show_address


def takes_address(missing: MissingProfile) -> Handler:
    """Return what takes a kind of address."""

    @visited
    async def take_address(visit: Visit) -> Response:
        if lost := unless_begun(visit):
            return lost
        form = await visit.form()
        typed = Typed.in_form(form)
        again = showing(visit, await _page(visit, missing, typed))
        who = typed.identifier(KINDS[missing])
        if errors := check_identifier(form, visit.look, kinds=KINDS[missing]) or check_address(who, visit.look):
            return again(Problems(fields=errors), 422)

        async def move() -> Step:
            return await ask_for_code(
                visit.flow, CodePlace.CONTINUE, identifier=who, locale=await visit.message_language()
            )

        return await sent(visit, who, move=move, again=again)

    return take_address


async def _page(visit: Visit, missing: MissingProfile, typed: Typed) -> ContinueAddress:
    account = visit.flow.state.social
    came_by_provider = account is not None and visit.flow.state.user_id is None
    return ContinueAddress(
        action=visit.url(f"/continue/{missing}"),
        csrf_token=visit.csrf_token,
        identifiers=shown(KINDS[missing]),
        identifier=typed.text,
        country=typed.country(visit, KINDS[missing]),
        linked_with=await provider_of(visit, account.connector_id) if account and came_by_provider else None,
    )
