"""How a request of the Experience API is taken in: its interaction is found before anything else is looked at."""

from typing import Annotated, TypeAlias, cast

from fastapi import Depends, Request
from starlette.responses import Response

from sekisho.api.responses import JsonResponse
from sekisho.api.routing import PrivateRoute
from sekisho.experience.flow import Flow
from sekisho.http.context import context
from sekisho.http.csrf import check_origin
from sekisho.http.interactions import current_interaction, flow_of
from sekisho.oidc.error_answers import error_body
from sekisho.oidc.errors import OAuthError
from sekisho.oidc.interactions import Current


class ExperienceRoute(PrivateRoute):
    """A route that belongs to a sign-in; without one the answer is `session.not_found` (experience.md §2.2)."""

    async def admit(self, request: Request) -> None:
        ctx = context(request)
        # Attack: a script of another site drives a sign-in that this browser has under way.
        check_origin(ctx, request)
        request.state.current = await current_interaction(ctx)

    async def answer(self, request: Request) -> Response:
        try:
            return await super().answer(request)
        except OAuthError as error:
            return refused(request, error)


def refused(request: Request, error: OAuthError) -> Response:
    """Render a refusal of the OpenID provider, and undo what the request wrote."""
    ctx = context(request)
    ctx.fail()
    translate = ctx.translator
    body = error_body(error, say=lambda code, /, **values: translate.find(f"errors.{code}", **values))
    return JsonResponse(body, status_code=error.answer_status)


# Coroutines although they await nothing: the framework would send plain functions to a thread.
async def _current(request: Request) -> Current:
    return cast("Current", request.state.current)


async def _flow(request: Request) -> Flow:
    return flow_of(context(request), cast("Current", request.state.current))


CurrentDep: TypeAlias = Annotated[Current, Depends(_current)]
FlowDep: TypeAlias = Annotated[Flow, Depends(_flow)]
