"""Redirects of pages, with a line for readers whose browser does not follow."""

from html import escape
from urllib.parse import quote

from starlette.responses import HTMLResponse, Response

_URL_SAFE = ":/%#?=@[]!$&'()*+,;~"


def redirect(url: str, *, status: int = 302) -> Response:
    """Send the browser to an address; forms answer 303 (RFC 9110 §15.4.4)."""
    location = quote(url, safe=_URL_SAFE)
    return HTMLResponse(f"Redirecting to {escape(location)}.", status_code=status, headers={"location": location})
