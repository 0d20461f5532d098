"""What a handler is given: seen once, when it is declared, and read from every request.

FastAPI says which parameters a handler has and validates them. Finding them is ours: its own way prepares for much that
no handler here has (generators, threads, headers, cookies, background tasks), and it took longer than the rest.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from starlette.requests import Request

from sekisho.http.context import context

Call: TypeAlias = Callable[..., Awaitable[Any]]


# What FastAPI would give as well; a handler that wants it takes the request.
_NOT_READ = (
    "header_params",
    "cookie_params",
    "background_tasks_param_name",
    "http_connection_param_name",
    "response_param_name",
    "security_scopes_param_name",
    "websocket_param_name",
)


class Arguments:
    """The parameters of a handler, or of what a handler depends on: coroutines both."""

    def __init__(self, declared: Dependant) -> None:
        if unknown := [name for name in _NOT_READ if getattr(declared, name)]:
            raise TypeError(f"{declared.call} declares {', '.join(unknown)}, which no request is read for")
        self._dependencies = [(each.name, cast("Call", each.call), Arguments(each)) for each in declared.dependencies]
        self._path, self._query = declared.path_params, declared.query_params
        self._body = next(iter(declared.body_params), None)
        self._request = declared.request_param_name

    async def of(self, request: Request, *, body: Any = None) -> tuple[Mapping[str, Any], Sequence[Any]]:
        """Return the arguments by name, and Pydantic's errors: where there are some, the arguments are not whole."""
        values: dict[str, Any] = {}
        errors: list[Any] = []
        for name, call, needed in self._dependencies:
            given, wrong = await needed.of(request)
            if wrong:
                errors.extend(wrong)
                continue
            found = await call(**given)
            if name is not None:
                values[name] = found
        if self._path:
            read, wrong = request_params_to_args(self._path, request.path_params)
            values |= read
            errors.extend(wrong)
        if self._query:
            read, wrong = request_params_to_args(self._query, context(request).query)
            values |= read
            errors.extend(wrong)
        if self._body is not None:
            values[self._body.name], wrong = self._body.validate(body, values, loc=("body",))
            errors.extend(wrong)
        if self._request is not None:
            values[self._request] = request
        return values, errors
