"""Which redirect URIs may be registered (oidc.md §7.1). How one is matched in a request is decided in `oidc/`.

What may be registered can be used: what would make its client unusable is refused here, but for a fragment, which the
wire takes. Stricter than a browser's URL parser where leniency has no honest use: control characters, back-slashes,
credentials and missing slashes are refused, because two readers of such a URI may see two different targets.
"""

import re
from urllib.parse import SplitResult, urlsplit

from sekisho.oidc.redirect_uris import registration_problem

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MOBILE_SCHEME = re.compile(r"[a-z][0-9a-z+-]*(\.[0-9a-z+-]+)*")
_HOST = re.compile(r"[^\x00-\x20#%/:<>?@\[\\\]^|]+")
_DOT_SEGMENT = re.compile(r"(\.|%2e){1,2}", re.IGNORECASE)
_WEB = {"http", "https"}

# Attack: a browser runs or opens what follows these schemes, with the code of our answer inside.
_DANGEROUS = {"javascript", "vbscript", "data", "blob", "file", "about"}


def is_registrable(uri: str) -> bool:
    """Tell whether a redirect URI passes as a web URI or as one of a mobile application's own scheme."""
    if _CONTROL.search(uri) or uri != uri.strip():
        return False
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return False
    is_of_kind = _is_web(uri, parts) if parts.scheme in _WEB else _is_mobile(parts)
    return is_of_kind and registration_problem(uri.partition("#")[0]) is None


def _is_web(uri: str, parts: SplitResult) -> bool:
    has_slashes = uri[len(parts.scheme) :].startswith("://")
    if not has_slashes or "\\" in uri or not _is_host(parts):
        return False
    if any(_DOT_SEGMENT.fullmatch(segment) for segment in parts.path.split("/")):
        return False
    return "*" not in uri or _has_wildcards_in_place(parts)


def _is_host(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    is_ipv6 = ":" in host  # urlsplit has checked what stands in brackets
    return is_ipv6 or _HOST.fullmatch(host) is not None


def _has_wildcards_in_place(parts: SplitResult) -> bool:
    """Allow `*` in host labels and in the path only."""
    host = parts.hostname or ""
    is_elsewhere = "*" in parts.query or "*" in parts.fragment
    # Attack: `https://*@evil.example` reads as a wildcard host to the eye and as a user name to a browser.
    is_disguised = "@" in parts.netloc or ":" in host
    return not is_elsewhere and not is_disguised and ("*" not in host or "." in host)


def _is_mobile(parts: SplitResult) -> bool:
    return _MOBILE_SCHEME.fullmatch(parts.scheme) is not None and parts.scheme not in _DANGEROUS
