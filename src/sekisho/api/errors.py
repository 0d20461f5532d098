"""Refusals of the JSON APIs as responses. What nobody expected is left to the gate, which rolls back and says 500."""

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


def install(app: FastAPI) -> None:
    """Register the renderers of every expected refusal."""
    app.add_exception_handler(DomainError, _domain_error)
    app.add_exception_handler(BadJson, _bad_json)
    app.add_exception_handler(HTTPException, _http_exception)


def refusal(request: Request, error: DomainError) -> Response:
    """Render a domain error, and undo what the request wrote."""
    ctx = context(request)
    ctx.fail()
    status = 500 if isinstance(error, _INTERNAL) else status_of(error)
    return JsonResponse(error_body(error, ctx.translator), status_code=status, headers=_when_to_come_back(error))


def _when_to_come_back(error: DomainError) -> dict[str, str]:
    """Return the header for a caller who, told when to come back, does not come back at once."""
    match error:
        case TooManyRequests(retry_after=wait):
            return {"retry-after": seconds_of(wait)}
        case DomainError(kind=ErrorKind.UNAVAILABLE):
            return {"retry-after": str(RETRY_AFTER_SECONDS)}
        case _:
            return {}


async def _domain_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, DomainError):
        raise TypeError
    return refusal(request, error)


async def _bad_json(request: Request, error: Exception) -> Response:
    context(request).fail()
    return JsonResponse({"message": str(error)}, status_code=400)


async def _http_exception(request: Request, error: Exception) -> Response:
    """Answer router-level refusals with their status and its name as text (management-api.md §3.1)."""
    if not isinstance(error, HTTPException):
        raise TypeError
    context(request).fail()
    return PlainTextResponse(error.detail, status_code=error.status_code, headers=error.headers)
