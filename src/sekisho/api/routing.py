"""How a request of the JSON APIs is taken in: the body is read by us, refusals leave in the wire's words.

Routers take a kind of `JsonRoute` as their `route_class`. Errors are raised; `errors.py` renders them.
"""

from collections.abc import Sequence

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from sekisho.api.arguments import Arguments
from sekisho.api.body import read_json
from sekisho.api.errors import REFUSALS, refusal
from sekisho.api.guard import from_errors
from sekisho.api.responses import tagged
from sekisho.http.context import context
from sekisho.kernel.errors import InvalidInput
from sekisho.kernel.json import UnacceptableJson, check_text
from sekisho.kernel.lazy import lazy


class JsonRoute(APIRoute):
    """A route of a JSON API. FastAPI declares it, describes it and validates; everything else is done here.

    The framework's own way through a request is telemetry, limits, parsers and serialisers that we have no use for, and
    took longer than most handlers.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        response = await self.respond(Request(scope, receive, send))
        await response(scope, receive, send)

    async def respond(self, request: Request) -> Response:
        """Return the answer, be it a refusal."""
        try:
            return await self.answer(request)
        except REFUSALS as error:
            return refusal(request, error)

    async def answer(self, request: Request) -> Response:
        """Return what the handler answers; raises what is refused."""
        _check_url(request)
        await self.admit(request)
        body = None if self.body_field is None else await read_json(request)
        given, errors = await self._arguments.of(request, body=body)
        if errors:
            raise from_errors(errors, shape=self.body_field and self.body_field.field_info.annotation)
        return tagged(request, await self.endpoint(**given))

    @lazy
    def _arguments(self) -> Arguments:
        return Arguments(self.dependant)

    async def admit(self, request: Request) -> None:
        """Raise unless the caller may come in; asked before anything of the request is read."""


class PrivateRoute(JsonRoute):
    """A route whose answers, refusals too, are for one caller: no cache keeps them (RFC 9111 §5.2.2.5)."""

    async def respond(self, request: Request) -> Response:
        response = await super().respond(request)
        response.raw_headers.append((b"cache-control", b"no-store"))
        return response


class RoutesBySegment(BaseRoute):
    """All operations as one route, which looks only at those that may be meant.

    The framework would try two hundred patterns one after the other, and more often than not that was half the work.
    Where a path has parameters, those whose path begins as the request's does may be meant; where not, it is known.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        operations = [route for route in routes if isinstance(route, APIRoute)]
        self._by_segment: dict[str, list[APIRoute]] = {}
        for route in operations:
            self._by_segment.setdefault(_first_segment(route.path), []).append(route)
        self._by_path = {
            route.path: [each for each in self._near(route.path) if each.path_regex.match(route.path)]
            for route in operations
        }

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        best: Match = Match.NONE
        found: Scope = {}
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        for route in self._by_path.get(path) or self._near(path):
            match, child_scope = route.matches(scope)
            if match is Match.FULL:
                return match, child_scope
            if match is Match.PARTIAL and best is Match.NONE:
                best, found = match, child_scope
        return best, found

    def _near(self, path: str) -> Sequence[APIRoute]:
        return self._by_segment.get(_first_segment(path), ())

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to the route that was found: it left itself in the scope."""
        await scope["route"].handle(scope, receive, send)


def _first_segment(path: str) -> str:
    return path.removeprefix("/").partition("/")[0]


def _check_url(request: Request) -> None:
    """Refuse what no database could look for: raises `InvalidInput`."""
    try:
        check_text(request.scope["path"])
        for name, value in context(request).query.multi_items():
            check_text(name)
            check_text(value)
    except UnacceptableJson as error:
        raise InvalidInput(details=f"The URL {error}.") from error
