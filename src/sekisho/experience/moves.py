"""Several steps in one go, as a page without scripts makes them: one form in, the next step out.

A refusal that leads to another page keeps what was reached so far; one that leads back to the same page keeps nothing.
"""

from collections.abc import Awaitable, Callable

from sekisho.experience.dispatch import Continue, Resume, Show, Step, after_refusal
from sekisho.experience.flow import Flow
from sekisho.experience.state import InteractionEvent
from sekisho.kernel.errors import DomainError
from sekisho.kernel.secret import Secret
from sekisho.users.models import Identifier


async def sign_in_with_password(flow: Flow, *, identifier: Identifier, password: Secret) -> Step:
    """Prove, identify and submit."""

    async def move() -> Step:
        flow.begin(InteractionEvent.SIGN_IN)
        proof = await flow.verify_password(identifier=identifier, password=password)
        await flow.identify(verification_id=proof)
        return await flow.submit()

    return await _taken(flow, move)


async def register_with_username(flow: Flow, *, username: str, password: Secret | None) -> Step:
    """Choose a name and a password, make the user, and submit."""

    async def move() -> Step:
        flow.begin(InteractionEvent.REGISTER)
        await flow.stage_username(username)
        if password is not None:
            await flow.stage_password(password)
        await flow.identify(verification_id=None)
        return await flow.submit()

    return await _taken(flow, move)


async def give_username(flow: Flow, username: str) -> Step:
    """Give a name that was missing, and go on."""

    async def move() -> Step:
        await flow.stage_username(username)
        return await _go_on(flow)

    return await _taken(flow, move)


async def give_password(flow: Flow, password: Secret) -> Step:
    """Give a password that was missing, and go on."""

    async def move() -> Step:
        await flow.stage_password(password)
        return await _go_on(flow)

    return await _taken(flow, move)


async def _go_on(flow: Flow) -> Step:
    if flow.state.event is InteractionEvent.REGISTER and flow.state.user_id is None:
        await flow.identify(verification_id=None)
    return await flow.submit()


async def _taken(flow: Flow, move: Callable[[], Awaitable[Step]]) -> Step:
    try:
        step = await move()
    except DomainError as error:
        step = after_refusal(error)
    if isinstance(step, Resume | Show | Continue):
        await flow.save()
    return step
