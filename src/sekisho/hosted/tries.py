"""Forms that look at a secret or have something sent: so many times from one address, and for one account."""

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from sekisho.connectors.kit.errors import ConnectorError, ProviderFailed
from sekisho.experience.dispatch import Mend, Step
from sekisho.hosted.problems import Problems, problems_of
from sekisho.hosted.steps import Again, follow
from sekisho.hosted.visit import Visit
from sekisho.http.errors import status_of
from sekisho.http.rate_limits import Guarded, TooManyRequests, seconds_of
from sekisho.kernel.errors import DomainError
from sekisho.security.service import target_hash
from sekisho.users.models import Identifier


async def guessed(
    visit: Visit,
    guarded: Guarded,
    who: Identifier,
    *,
    move: Callable[[], Awaitable[Step]],
    wrong: tuple[type[DomainError], ...],
    again: Again,
) -> Response:
    """Make a move that looks at a secret; it counts when it ends in one of `wrong`."""
    try:
        async with visit.ctx.rate_limits.guess(visit.ctx, guarded, account=target_hash(who), wrong=()) as guess:
            step = await move()
            guess.was_wrong = isinstance(step, Mend) and isinstance(step.error, wrong)
    except TooManyRequests as error:
        return _too_often(visit, error, again=again)
    return follow(visit, step, again=again)


async def sent(visit: Visit, to: Identifier, *, move: Callable[[], Awaitable[Step]], again: Again) -> Response:
    """Make a move that has a message sent. Attack: our pages as a source of mail to whomever one likes."""
    try:
        async with visit.ctx.rate_limits.guess(
            visit.ctx, Guarded.MESSAGE, account=target_hash(to), wrong=()
        ) as sending:
            step = await move()
            sending.was_wrong = True
    except TooManyRequests as error:
        return _too_often(visit, error, again=again)
    except ProviderFailed:
        visit.ctx.fail()
        return again(Problems(whole=visit.look.say("error.send_verification_code_failed")), 502)
    if isinstance(step, Mend) and isinstance(step.error, ConnectorError):
        # What a connector says of itself is for its administrator.
        visit.ctx.fail()
        return again(Problems(whole=visit.look.say("error.send_verification_code_failed")), status_of(step.error))
    return follow(visit, step, again=again)


def _too_often(visit: Visit, error: TooManyRequests, *, again: Again) -> Response:
    visit.ctx.fail()
    response = again(problems_of(error, say=visit.look.say), status_of(error))
    response.headers["retry-after"] = seconds_of(error.retry_after)
    return response
