"""From an HTTP reply to a typed value or the right exception; the one place that reads statuses and bodies."""

import json
import re
from datetime import timedelta
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from logto._flow import HttpReply
from logto.LogtoException import RequestRefused, ServerUnavailable, UnexpectedResponse

_TOO_MANY_REQUESTS = 429
_SERVER_ERRORS = range(500, 600)
_SUCCESSES = range(200, 300)
_SECONDS = re.compile(r"[0-9]{1,7}")

M = TypeVar("M", bound=BaseModel)


def read_model(reply: HttpReply, model: type[M]) -> M:
    """Return the JSON body as a model, or raise what the reply means."""
    require_success(reply)
    try:
        return model.model_validate_json(reply.body)
    except ValidationError as error:
        # `from None`: the validation error quotes the body, and a token answer's body is a secret.
        fields = ", ".join(".".join(map(str, item["loc"])) or item["type"] for item in error.errors()[:5])
        raise UnexpectedResponse(f"{_name(reply)} answered without a valid {model.__name__}: {fields}") from None


def read_object(reply: HttpReply) -> dict[str, Any]:
    """Return the JSON body as a dict, or raise what the reply means."""
    require_success(reply)
    body = _json_object(reply)
    if body is None:
        raise UnexpectedResponse(f"{_name(reply)} answered without a JSON object")
    return body


def require_success(reply: HttpReply) -> None:
    if reply.status in _SUCCESSES:
        return
    if reply.status == _TOO_MANY_REQUESTS or reply.status in _SERVER_ERRORS:
        raise ServerUnavailable(
            f"{_name(reply)} answered {reply.status}", status=reply.status, retryAfter=_retry_after(reply)
        )
    body = _json_object(reply) or {}
    raise RequestRefused(
        reply.body.decode("utf-8", "replace") or f"{_name(reply)} answered {reply.status}",
        status=reply.status,
        error=_text(body.get("error")),
        errorDescription=_text(body.get("error_description")),
    )


def _json_object(reply: HttpReply) -> dict[str, Any] | None:
    try:
        body = json.loads(reply.body)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _retry_after(reply: HttpReply) -> timedelta | None:
    # RFC 9110 §10.2.3 also allows a date; no server this package talks to sends one.
    seconds = _SECONDS.fullmatch(reply.retry_after or "")
    return None if seconds is None else timedelta(seconds=int(seconds[0]))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _name(reply: HttpReply) -> str:
    return f"{reply.call.method} {reply.call.url}"
