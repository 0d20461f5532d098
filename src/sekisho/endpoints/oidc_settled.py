"""What the provider says is written before it is said, and what was out of date by then is asked again."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sekisho.http.context import RequestContext
from sekisho.kernel.errors import Outdated
from sekisho.oidc.errors import SessionNotFound

T = TypeVar("T")


async def settled(ctx: RequestContext, ask: Callable[[], Awaitable[T]]) -> T:
    """Return an answer of the provider, with all that it wrote.

    If something it relied on was changed at the same moment (somebody signed out, another request was faster), nothing
    was written, and it is asked once more: the request is answered as if it had come later.
    """
    try:
        return await _settled(ctx, ask)
    except Outdated:
        await ctx.start_over()
    try:
        return await _settled(ctx, ask)
    except Outdated as error:
        raise SessionNotFound("the session changed all the time") from error


async def _settled(ctx: RequestContext, ask: Callable[[], Awaitable[T]]) -> T:
    answer = await ask()
    await ctx.uow.commit()
    return answer
