"""`/register/confirm` and `/sign-in/confirm`: an address was proven, and it is not what the person thought.

Only who controls the address learns here whether it has an account.
"""

from starlette.responses import Response

from sekisho.experience.code_moves import come_in_as
from sekisho.experience.state import InteractionEvent
from sekisho.hosted.fields import check_terms
from sekisho.hosted.pages import ConfirmRegistration, ConfirmSignIn
from sekisho.hosted.problems import Problems
from sekisho.hosted.steps import follow, see, showing
from sekisho.hosted.typed import text_of
from sekisho.hosted.visit import Visit, visited
from sekisho.users.models import Identifier


@visited
async def show_confirm_registration(visit: Visit) -> Response:
    who = _proven(visit, InteractionEvent.SIGN_IN)
    return see(visit.url("/sign-in")) if who is None else visit.show(_registration(visit, who))


@visited
async def confirm_registration(visit: Visit) -> Response:
    """Make an account after all."""
    form = await visit.form()
    who = _proven(visit, InteractionEvent.SIGN_IN)
    if who is None:
        return see(visit.url("/sign-in"))
    again = showing(visit, _registration(visit, who))
    if errors := check_terms(form, visit.look, visit.look.terms(is_registration=True)):
        return again(Problems(fields=errors), 422)
    return follow(visit, await come_in_as(visit.flow, InteractionEvent.REGISTER), again=again)


@visited
async def show_confirm_sign_in(visit: Visit) -> Response:
    who = _proven(visit, InteractionEvent.REGISTER)
    return see(visit.url("/register")) if who is None else visit.show(_sign_in(visit, who))


@visited
async def confirm_sign_in(visit: Visit) -> Response:
    """Come in to the account that is there."""
    await visit.form()
    who = _proven(visit, InteractionEvent.REGISTER)
    if who is None:
        return see(visit.url("/register"))
    again = showing(visit, _sign_in(visit, who))
    return follow(visit, await come_in_as(visit.flow, InteractionEvent.SIGN_IN), again=again)


def _proven(visit: Visit, event: InteractionEvent) -> Identifier | None:
    """Return the address that was proven in such a flow, if nobody was identified by it."""
    flow, notes = visit.flow, visit.flow.notes
    if not flow.is_begun or flow.state.event is not event or flow.state.user_id is not None:
        return None
    is_proven = any(each.id == notes.record_id and each.is_verified for each in flow.state.records)
    return notes.identifier if is_proven else None


def _registration(visit: Visit, who: Identifier) -> ConfirmRegistration:
    return ConfirmRegistration(
        action=visit.url("/register/confirm"),
        csrf_token=visit.csrf_token,
        identifier=text_of(who),
        back_url=visit.url("/sign-in"),
        terms=visit.look.terms(is_registration=True),
    )


def _sign_in(visit: Visit, who: Identifier) -> ConfirmSignIn:
    return ConfirmSignIn(
        action=visit.url("/sign-in/confirm"),
        csrf_token=visit.csrf_token,
        identifier=text_of(who),
        back_url=visit.url("/register"),
    )
