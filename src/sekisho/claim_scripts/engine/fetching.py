"""`fetch` of scripts: made by the server through the one guarded client, as few and as small as a claim needs."""

import asyncio
import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sekisho.outbound.guard import OutboundRefused
from sekisho.outbound.on_demand import OutboundOnDemand

MOST_CALLS = 10
_MOST_AT_ONCE = 32
_MOST_ANSWER_BYTES = 1024 * 1024
_MOST_HEADERS = 50
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]{1,128}")
_VALUE = re.compile(r"[\t\x20-\x7e]{0,4096}")
#: What speaks of the connection, or of the host that is called, is ours to say.
_OURS = frozenset(
    {"connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)


class BadCall(Exception):
    """The script asks for something that is not called; the text is for its author."""


class Fetching:
    """The calls of scripts. One per process; `fetch` never raises."""

    def __init__(self, outbound: OutboundOnDemand) -> None:
        self._outbound = outbound
        #: The connections of the process serve others, too.
        self._at_once = asyncio.Semaphore(_MOST_AT_ONCE)

    async def fetch(self, request: Mapping[str, Any], *, patience: timedelta) -> str:
        """Return the answer, or why there is none, as the prelude reads it."""
        from sekisho.outbound.client import OutboundFailed  # noqa: PLC0415 — loads the HTTP client

        try:
            async with self._at_once:
                return json.dumps(await self._answer(request, patience=patience))
        except (BadCall, OutboundRefused, OutboundFailed) as error:
            return json.dumps({"error": str(error)})

    async def _answer(self, request: Mapping[str, Any], *, patience: timedelta) -> Mapping[str, Any]:
        method, url, redirect = (_text(request, name) for name in ("method", "url", "redirect"))
        if method not in _METHODS:
            raise BadCall(f"the method {method[:20]} is not sent")
        answer = await self._outbound.client().request(
            method,
            url,
            headers=_headers(request.get("headers")),
            content=_body(request.get("body")),
            patience=patience,
            most_bytes=_MOST_ANSWER_BYTES,
            follows_redirects=redirect == "follow",
        )
        if redirect == "error" and 300 <= answer.status < 400:  # noqa: PLR2004 — the class of statuses
            raise BadCall("the answer is a redirect")
        return {
            "status": answer.status,
            "headers": list(answer.headers.items()),
            "url": answer.url,
            "redirected": answer.url != url,
            "body": base64.b64encode(answer.body).decode(),
        }


def _text(request: Mapping[str, Any], name: str) -> str:
    value = request.get(name)
    if not isinstance(value, str) or not value.isascii():
        raise BadCall(f"the {name} is no text")
    return value


def _headers(given: Any) -> Mapping[str, str]:
    """Return the headers to send; attack: one with a line end in it is a second request."""
    headers: dict[str, str] = {}
    for name, value in given if isinstance(given, list) else ():
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name in _OURS:
            raise BadCall(f"the header {str(name)[:40]} is not sent")
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise BadCall(f"the value of the header {name} is not sent")
        headers[name] = value
    if len(headers) > _MOST_HEADERS:
        raise BadCall("too many headers")
    return headers


def _body(given: Any) -> bytes | None:
    if given is None:
        return None
    try:
        return base64.b64decode(given, validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        raise BadCall("the body cannot be read") from error
