"""Headers of any request, and those of any answer: request id, and what protects a browser (oidc.md §1.4)."""

from collections.abc import Sequence
from typing import overload

REQUEST_ID = "logto-core-request-id"

_COMMON = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"strict-transport-security", b"max-age=15552000; includeSubDomains"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"origin-agent-cluster", b"?1"),
    (b"x-dns-prefetch-control", b"off"),
    (b"x-download-options", b"noopen"),
    (b"x-permitted-cross-domain-policies", b"none"),
    (b"x-xss-protection", b"0"),
    (b"x-frame-options", b"SAMEORIGIN"),
)
_NAMES = frozenset(name for name, _ in _COMMON)

RawHeaders = list[tuple[bytes, bytes]]


class RequestHeaders:
    """The headers of a request by their names in lower case, as ASGI gives them; the first of equal names counts."""

    __slots__ = ("_first", "_raw")

    def __init__(self, raw: Sequence[tuple[bytes, bytes]]) -> None:
        self._raw = raw
        self._first = dict(reversed(raw))

    @overload
    def get(self, name: str) -> str | None: ...
    @overload
    def get(self, name: str, default: str) -> str: ...
    def get(self, name: str, default: str | None = None) -> str | None:
        value = self._first.get(name.encode())
        return default if value is None else value.decode("latin-1")

    def getlist(self, name: str) -> Sequence[str]:
        wanted = name.encode()
        return [value.decode("latin-1") for each, value in self._raw if each == wanted] if wanted in self._first else ()


def add_common_headers(headers: RawHeaders, *, request_id: str) -> None:
    """Add the common headers, keeping what the endpoint chose itself. On every answer, hence on raw headers."""
    chosen = {name for name, _ in headers if name in _NAMES}
    headers.append((REQUEST_ID.encode(), request_id.encode()))
    headers.extend(_COMMON if not chosen else [each for each in _COMMON if each[0] not in chosen])


def page_policy(*, nonce: str, frame_ancestors: str = "'self'", widgets: Sequence[str] = ()) -> str:
    """Return the Content-Security-Policy of a page of ours; `widgets` are the sources of a robot check on it.

    No `form-action`: browsers apply it to the whole redirect chain of a form, which ends at the client's own origin.
    """
    theirs = "".join(f" {source}" for source in widgets)
    frames = f"frame-src{theirs}; " if theirs else ""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}' 'self'{theirs}; style-src 'self' 'nonce-{nonce}'; "
        f"img-src 'self' data: https:; font-src 'self'; connect-src 'self'{theirs}; {frames}base-uri 'none'; "
        f"object-src 'none'; frame-ancestors {frame_ancestors}"
    )


def uploaded_page_policy(*, console_origin: str, is_development: bool) -> str:
    """Return the Content-Security-Policy of pages that a tenant brings itself (experience.md §23.5)."""
    gsi, google, china, static = (
        "https://accounts.google.com/gsi/",
        "https://www.google.com/recaptcha/",
        "https://recaptcha.net/recaptcha/",
        "https://www.gstatic.com/recaptcha/ https://www.gstatic.cn/recaptcha/",
    )
    evaluates = " 'unsafe-eval'" if is_development else ""
    return (
        f"default-src 'self' {gsi}; script-src 'self' 'unsafe-inline' 'unsafe-hashes'{evaluates} {gsi}client "
        "https://static.cloudflareinsights.com/ https://challenges.cloudflare.com/turnstile/v0/api.js "
        f"{google}enterprise.js {china}enterprise.js {static}; script-src-attr 'unsafe-inline'; "
        f"connect-src 'self' {gsi} {google} {china} {static}; img-src 'self' data: https: blob:; "
        "style-src 'self' https: 'unsafe-inline'; font-src 'self' https: data:; object-src 'none'; base-uri 'self'; "
        f"frame-src 'self' https: {gsi}; frame-ancestors 'self' {console_origin}"
    )
