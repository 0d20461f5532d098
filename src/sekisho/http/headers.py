"""Answer headers that do not depend on the endpoint: request id, and what protects a browser (oidc.md §1.4)."""

from starlette.datastructures import MutableHeaders

REQUEST_ID = "logto-core-request-id"

_COMMON = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "strict-transport-security": "max-age=15552000; includeSubDomains",
    "cross-origin-resource-policy": "same-origin",
    "origin-agent-cluster": "?1",
    "x-dns-prefetch-control": "off",
    "x-download-options": "noopen",
    "x-permitted-cross-domain-policies": "none",
    "x-xss-protection": "0",
    "x-frame-options": "SAMEORIGIN",
}


def add_common_headers(headers: MutableHeaders, *, request_id: str) -> None:
    """Add the common headers, keeping what the endpoint chose itself."""
    headers[REQUEST_ID] = request_id
    for name, value in _COMMON.items():
        headers.setdefault(name, value)


def page_policy(*, nonce: str, frame_ancestors: str = "'self'") -> str:
    """Return the Content-Security-Policy of a page of ours.

    No `form-action`: browsers apply it to the whole redirect chain of a form, which ends at the client's own origin.
    """
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}' 'self'; style-src 'self' 'nonce-{nonce}'; "
        f"img-src 'self' data: https:; font-src 'self'; connect-src 'self'; base-uri 'none'; "
        f"object-src 'none'; frame-ancestors {frame_ancestors}"
    )
