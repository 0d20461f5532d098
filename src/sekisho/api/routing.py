"""How a request of the JSON APIs is taken in: the body is read by us, refusals leave in the wire's words.

Routers take a kind of `JsonRoute` as their `route_class`. Errors are raised; `errors.py` renders them.
"""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeAlias

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Message, Receive, Scope, Send

from sekisho.api.body import read_json
from sekisho.api.guard import from_errors
from sekisho.api.responses import tagged
from sekisho.kernel.errors import InvalidInput
from sekisho.kernel.json import UnacceptableJson, check_text

Handler: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]

_AS_JSON = Headers({"content-type": "application/json"})


class ReadRequest(Request):
    """A request whose body has been read: the framework below sees JSON, whatever was sent."""

    def __init__(self, request: Request, value: Any) -> None:
        super().__init__(request.scope, request.receive)
        self._value = value

    @property
    def headers(self) -> Headers:
        return _AS_JSON

    async def body(self) -> bytes:
        return b"read"

    async def json(self) -> Any:
        return self._value


class JsonRoute(APIRoute):
    """A route of a JSON API."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        body = self.body_field
        shape = None if body is None else body.field_info.annotation

        async def handler(request: Request) -> Response:
            _check_url(request)
            await self.admit(request)
            if body is not None:
                request = ReadRequest(request, await read_json(request))
            try:
                response = await handle(request)
            except RequestValidationError as error:
                raise from_errors(error.errors(), shape=shape) from error
            return tagged(request, response)

        return handler

    async def admit(self, request: Request) -> None:
        """Raise unless the caller may come in; asked before anything of the request is read."""


class PrivateRoute(JsonRoute):
    """A route whose answers, refusals too, are for one caller: no cache keeps them (RFC 9111 §5.2.2.5)."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_privately(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"cache-control", b"no-store")]
            await send(message)

        await super().handle(scope, receive, send_privately)


class RoutesBySegment(BaseRoute):
    """All operations as one route, which looks only at those whose path begins as the request's does.

    The framework would try two hundred patterns one after the other, and more often than not that was half the work.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes: dict[str, list[BaseRoute]] = {}
        for route in routes:
            if isinstance(route, APIRoute):
                self._routes.setdefault(_first_segment(route.path), []).append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        best: Match = Match.NONE
        found: Scope = {}
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        for route in self._routes.get(_first_segment(path), ()):
            match, child_scope = route.matches(scope)
            if match is Match.FULL:
                return match, child_scope
            if match is Match.PARTIAL and best is Match.NONE:
                best, found = match, child_scope
        return best, found

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to the route that was found: it left itself in the scope."""
        await scope["route"].handle(scope, receive, send)


def _first_segment(path: str) -> str:
    return path.removeprefix("/").partition("/")[0]


def _check_url(request: Request) -> None:
    """Refuse what no database could look for: raises `InvalidInput`."""
    try:
        check_text(request.scope["path"])
        for name, value in request.query_params.multi_items():
            check_text(name)
            check_text(value)
    except UnacceptableJson as error:
        raise InvalidInput(details=f"The URL {error}.") from error
