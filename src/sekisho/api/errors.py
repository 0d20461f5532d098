"""Refusals of the JSON APIs as responses. What nobody expected is left to the gate, which rolls back and says 500."""

from typing import assert_never

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sekisho.api.body import BadJson
from sekisho.api.responses import JsonResponse
from sekisho.assets.errors import UploadFailed
from sekisho.http.context import context
from sekisho.http.errors import RETRY_AFTER_SECONDS, error_body, status_of
from sekisho.http.rate_limits import TooManyRequests, seconds_of
from sekisho.kernel.errors import DomainError, ErrorKind
from sekisho.roles.errors import InternalRoleMissing

# A broken installation, or its store of files: not a bad request.
_INTERNAL = (InternalRoleMissing, UploadFailed)

REFUSALS = (DomainError, BadJson, HTTPException)
"""Whatever is refused; `refusal` renders it."""


def install(app: FastAPI) -> None:
    """Register the renderer of every expected refusal, for what does not reach an operation."""
    for kind in REFUSALS:
        app.add_exception_handler(kind, _rendered)


def refusal(request: Request, error: DomainError | BadJson | HTTPException) -> Response:
    """Render a refusal, and undo what the request wrote."""
    ctx = context(request)
    ctx.fail()
    match error:
        case HTTPException():
            # The status and its name as text (management-api.md §3.1).
            return PlainTextResponse(error.detail, status_code=error.status_code, headers=error.headers)
        case BadJson():
            return JsonResponse({"message": str(error)}, status_code=400)
        case DomainError():
            status = 500 if isinstance(error, _INTERNAL) else status_of(error)
            return JsonResponse(
                error_body(error, ctx.translator), status_code=status, headers=_when_to_come_back(error)
            )
        case _:
            assert_never(error)


def _when_to_come_back(error: DomainError) -> dict[str, str]:
    """Return the header for a caller who, told when to come back, does not come back at once."""
    match error:
        case TooManyRequests(retry_after=wait):
            return {"retry-after": seconds_of(wait)}
        case DomainError(kind=ErrorKind.UNAVAILABLE):
            return {"retry-after": str(RETRY_AFTER_SECONDS)}
        case _:
            return {}


async def _rendered(request: Request, error: Exception) -> Response:
    if not isinstance(error, REFUSALS):
        raise TypeError
    return refusal(request, error)
