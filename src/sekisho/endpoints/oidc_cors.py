"""Which pages of other origins may read an answer of the provider (Fetch standard, oidc.md §1.5).

The header goes out first and is taken back when the client turns out not to list the origin, so that a refusal which
is not about the origin can be read by the page that caused it.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from sekisho.http.context import context

_ALLOW_ORIGIN = "access-control-allow-origin"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossOrigin:
    """`is_open`: any page may read it. Otherwise the client's own pages, and they may see the challenge."""

    methods: str
    is_open: bool = False


def preflight(request: Request, rule: CrossOrigin) -> Response:
    """Answer the question a browser asks before the request itself; an OPTIONS that asks nothing learns nothing."""
    headers = {_ALLOW_ORIGIN: request.headers.get("origin", "*"), "vary": "Origin"}
    if "access-control-request-method" in request.headers:
        headers["access-control-allow-methods"] = rule.methods
        headers["access-control-max-age"] = "3600"
    if wanted := request.headers.get("access-control-request-headers"):
        headers["access-control-allow-headers"] = wanted
    return Response(status_code=204, headers=headers)


def allow(request: Request, response: Response, rule: CrossOrigin) -> None:
    headers = response.raw_headers
    headers.append((_ALLOW_ORIGIN.encode(), context(request).headers.get("origin", "*").encode("latin-1")))
    headers.append((b"vary", b"Origin"))
    if not rule.is_open:
        headers.append((b"access-control-expose-headers", b"WWW-Authenticate"))


def deny(response: Response) -> None:
    del response.headers[_ALLOW_ORIGIN]
