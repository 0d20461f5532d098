"""Answers of the JSON APIs: encoded by msgspec, with an entity tag so that an unchanged list costs no transfer."""

import base64
from collections.abc import Mapping, Sequence
from hashlib import sha1
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sekisho.kernel.clock import epoch_milliseconds

_TAG_LENGTH = 27


def _wire(value: Any) -> Any:
    """Encode what msgspec cannot: read-only mappings."""
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(type(value).__name__)


_encoder = msgspec.json.Encoder(enc_hook=_wire)


class JsonResponse(Response):
    media_type = "application/json; charset=utf-8"

    def render(self, content: Any) -> bytes:
        return _encoder.encode(content)


class Created(PlainTextResponse):
    """201 where there is nothing to show; the text is the status's name."""

    def __init__(self) -> None:
        super().__init__("Created", status_code=201)


class NoContent(Response):
    def __init__(self) -> None:
        super().__init__(status_code=204)


def with_links(response: Response, links: Sequence[str], *, total: int) -> Response:
    """Add the headers of a page: how many there are in all, and where the other pages are."""
    response.headers["total-number"] = str(total)
    for link in links:
        response.headers.append("link", link)
    return response


def tagged(request: Request, response: Response) -> Response:
    """Add an entity tag to a successful GET, and answer 304 to a caller who has it already (RFC 9110 §13.1.2)."""
    if request.method != "GET" or response.status_code != 200 or not response.body:  # noqa: PLR2004
        return response
    body = bytes(response.body)
    # Not a use of SHA-1 for security: two bodies of one URL must differ in their tag, nothing more.
    digest = base64.b64encode(sha1(body, usedforsecurity=False).digest()).decode()[:_TAG_LENGTH]
    tag = f'"{len(body):x}-{digest}"'
    response.headers["etag"] = tag
    known = {entry.strip().removeprefix("W/") for entry in request.headers.get("if-none-match", "").split(",")}
    if tag not in known and "*" not in known:
        return response
    fresh = Response(status_code=304)
    fresh.raw_headers.extend(
        pair for pair in response.raw_headers if pair[0] not in {b"content-length", b"content-type"}
    )
    return fresh


def milliseconds(instant: Any) -> int | None:
    """Return an instant as the wire has it."""
    return None if instant is None else epoch_milliseconds(instant)
