"""Several steps in one go, as a page without scripts makes them: one form in, the next step out.

A refusal that leads to another page keeps what was reached so far; one that leads back to the same page keeps nothing.
"""

from collections.abc import Awaitable, Callable

from sekisho.experience.dispatch import Onward, Step, after_refusal
from sekisho.experience.flow import Flow
from sekisho.experience.state import InteractionEvent
from sekisho.experience.steps.extra_profile import ExtraProfile
from sekisho.kernel.errors import DomainError
from sekisho.kernel.secret import Secret
from sekisho.users.models import Identifier


async def sign_in_with_password(
    flow: Flow, *, identifier: Identifier, password: Secret, captcha_token: str | None = None
) -> Step:
    """Prove, identify and submit."""

    async def move() -> Step:
        await begin(flow, InteractionEvent.SIGN_IN, captcha_token=captcha_token)
        proof = await flow.verify_password(identifier=identifier, password=password)
        await flow.identify(verification_id=proof)
        return await flow.submit()

    return await taken(flow, move)


async def register_with_username(
    flow: Flow, *, username: str, password: Secret | None, captcha_token: str | None = None
) -> Step:
    """Choose a name and a password, make the user, and submit."""

    async def move() -> Step:
        await begin(flow, InteractionEvent.REGISTER, captcha_token=captcha_token)
        await flow.stage_username(username)
        if password is not None:
            await flow.stage_password(password)
        await flow.identify(verification_id=None)
        return await flow.submit()

    return await taken(flow, move)


async def give_username(flow: Flow, username: str) -> Step:
    """Give a name that was missing, and go on."""

    async def move() -> Step:
        await flow.stage_username(username)
        return await go_on(flow)

    return await taken(flow, move)


async def give_password(flow: Flow, password: Secret) -> Step:
    """Give a password that was missing, and go on."""

    async def move() -> Step:
        await flow.stage_password(password)
        return await go_on(flow)

    return await taken(flow, move)


async def give_extra_profile(flow: Flow, extra: ExtraProfile) -> Step:
    """Give the values of custom profile fields, and go on."""

    async def move() -> Step:
        flow.stage_extra_profile(extra)
        return await go_on(flow)

    return await taken(flow, move)


async def go_on(flow: Flow) -> Step:
    """Make the user if there is none yet, and submit."""
    if flow.state.event is InteractionEvent.REGISTER and flow.state.user_id is None:
        await flow.identify(verification_id=None)
    return await flow.submit()


async def begin(flow: Flow, event: InteractionEvent, *, captcha_token: str | None) -> None:
    """Start over, with the word of the robot check if there is one."""
    flow.begin(event)
    if captcha_token:
        await flow.prove_human(captcha_token)


async def taken(flow: Flow, move: Callable[[], Awaitable[Step]]) -> Step:
    """Make a move, keep what it reached, and return what follows."""
    try:
        step = await move()
    except DomainError as error:
        step = after_refusal(error)
    if isinstance(step, Onward):
        await flow.save()
    return step
