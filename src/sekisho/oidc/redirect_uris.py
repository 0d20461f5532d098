"""Where a browser may be sent back to: comparison of a redirect URI with those a client registered.

URLs are compared as a browser would read them (WHATWG), and emitted in exactly the form that was compared, so that
checker and browser cannot disagree about the host. What a browser would have to repair first (backslashes, spaces,
credentials in front of the host) never matches.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Self
from urllib.parse import parse_qsl, quote, quote_plus, unquote

_DEFAULT_PORTS = {"http": "80", "https": "443"}
_MAX_PORT = 65535
_MAX_HOST_LENGTH = 253
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?P<rest>.*)", re.DOTALL)
_WEB = re.compile(r"//(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?P<fragment>#.*)?", re.DOTALL)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_.-])?|\[[0-9a-f:.]+\]")
_AUTHORITY = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>[0-9]*))?")
# Control characters and spaces, which browsers strip or repair; the backslash, which they read as a slash.
_REPAIRED = re.compile(r"[\x00-\x20\x7f\\]")
_DOT, _DOT_DOT = {".", "%2e"}, {"..", ".%2e", "%2e.", "%2e%2e"}
_AMBIGUOUS = frozenset("ßς\u200c\u200d")
_LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}
_DANGEROUS = {"javascript", "vbscript", "data", "blob", "file", "about"}
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_PATH_SAFE = "!$%&'()*+,/:;=@[]~|"
_QUERY_SAFE = "!$%&()*+,/:;=?@[]^`{|}~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Url:
    """A URL in its normal form. `opaque` is everything after the scheme for schemes that are not the web's."""

    scheme: str
    host: str = ""
    port: str = ""
    path: str = ""
    query: str | None = None
    fragment: str | None = None
    opaque: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read a URL; None when it is none, or when it needs repair first."""
        found = _SCHEME.fullmatch(text)
        if found is None or _REPAIRED.search(text):
            return None
        scheme = found["scheme"].lower()
        if scheme not in _DEFAULT_PORTS:
            rest, hash_sign, fragment = found["rest"].partition("#")
            return cls(scheme=scheme, opaque=quote(rest, safe=_ASCII), fragment=fragment if hash_sign else None)
        web = _WEB.fullmatch(found["rest"])
        authority = _authority(web["authority"]) if web else None
        if web is None or authority is None:
            return None
        host, port = authority
        return cls(
            scheme=scheme,
            host=host,
            port="" if port == _DEFAULT_PORTS[scheme] else port,
            path=_without_dots(quote(web["path"], safe=_PATH_SAFE)),
            query=None if web["query"] is None else quote(web["query"][1:], safe=_QUERY_SAFE),
            fragment=None if web["fragment"] is None else web["fragment"][1:],
        )

    @property
    def is_loopback(self) -> bool:
        return self.scheme == "http" and self.host in _LOOPBACK

    @property
    def origin(self) -> str:
        """Return the origin a browser sends for pages of this URL: `null` for schemes that are not the web's."""
        return "null" if self.opaque is not None else f"{self.scheme}://{self.netloc}"

    @property
    def effective_port(self) -> str:
        return self.port or _DEFAULT_PORTS.get(self.scheme, "")

    @property
    def netloc(self) -> str:
        return f"{self.host}:{self.port}" if self.port else self.host

    def without_port(self) -> "Url":
        return Url(scheme=self.scheme, host=self.host, path=self.path, query=self.query, fragment=self.fragment)

    def __str__(self) -> str:
        fragment = "" if self.fragment is None else f"#{self.fragment}"
        if self.opaque is not None:
            return f"{self.scheme}:{self.opaque}{fragment}"
        query = "" if self.query is None else f"?{self.query}"
        return f"{self.scheme}://{self.netloc}{self.path}{query}{fragment}"


def match_redirect_uri(candidate: str, registered: Iterable[str], *, allows_loopback: bool = False) -> str | None:
    """Return the candidate in normal form when it is one of the registered URIs, else None (oidc.md §7.2).

    `allows_loopback`: a native application listens on whatever port it gets (RFC 8252 §7.3).
    """
    known = list(registered)
    if is_wildcard(candidate):
        return None
    url = _registered(candidate) if candidate in known else Url.parse(candidate)
    if url is None:
        return None
    if any(_matches(url, pattern) for pattern in known):
        return str(url)
    if allows_loopback and url.is_loopback:
        bare = url.without_port()
        for pattern in known:
            other = _registered(pattern)
            if other is not None and other.is_loopback and other.without_port() == bare:
                return str(url)
    return None


def is_wildcard(uri: str) -> bool:
    return "*" in uri


def registration_problem(uri: str) -> str | None:
    """Return why a client with this redirect URI cannot be used, or None."""
    # RFC 6749 §3.1.2: a fragment would swallow the authorization response.
    if "#" in uri:
        return "must not contain fragments"
    if is_wildcard(uri):
        return None if _Pattern.parse(uri) else "must be valid"
    url = Url.parse(uri)
    if url is None or url.scheme in _DANGEROUS:
        return "must be valid"
    return None


def origin_matches(origin: str, uri: str) -> bool:
    """Tell whether a page of `origin` may be a page of the application at this redirect URI (oidc.md §1.5)."""
    if is_wildcard(uri):
        pattern, url = _Pattern.parse(uri), Url.parse(origin)
        return pattern is not None and url is not None and pattern.matches_origin(url)
    url = Url.parse(uri)
    return url is not None and url.origin == origin


def with_query(uri: str, members: Mapping[str, str]) -> str:
    """Set members in the query of a redirect URI, keeping what it has (RFC 6749 §4.1.2)."""
    url = Url.parse(uri)
    before, _, old = (url.opaque or "").partition("?") if url is not None and url.opaque is not None else ("", "", "")
    if url is None:
        raise ValueError("not a URL")
    query = (url.query or "") if url.opaque is None else old
    kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] not in members]
    encoded = form_encode([*kept, *members.items()])
    if url.opaque is not None:
        return f"{url.scheme}:{before}?{encoded}"
    return f"{url.scheme}://{url.netloc}{url.path}?{encoded}"


def with_fragment(uri: str, members: Mapping[str, str]) -> str:
    """Put members into the fragment (OAuth 2.0 Multiple Response Types §2.1)."""
    return f"{uri.partition('#')[0]}#{form_encode(list(members.items()))}"


def form_encode(pairs: Iterable[tuple[str, str]]) -> str:
    """Encode as HTML forms do: a space is `+`, a tilde is escaped."""
    return "&".join(f"{_form_quote(name)}={_form_quote(value)}" for name, value in pairs)


def _form_quote(text: str) -> str:
    return quote_plus(text, safe="*").replace("~", "%7E")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Glob:
    """A text in which each `*` stands for any characters, `shortest_gap` of them at least."""

    parts: tuple[str, ...]
    shortest_gap: int

    @classmethod
    def of(cls, text: str, *, shortest_gap: int) -> Self:
        return cls(parts=tuple(text.split("*")), shortest_gap=shortest_gap)

    @property
    def has_stars(self) -> bool:
        return len(self.parts) > 1

    def matches(self, text: str) -> bool:
        # Attack: a regular expression tries every way to share a long text among several stars, and the server stands
        # still. The leftmost place of each part is as good as any later one, so nothing is ever tried twice.
        if not self.has_stars:
            return text == self.parts[0]
        first, *middle, last = self.parts
        if not (text.startswith(first) and text.endswith(last)):
            return False
        position = len(first)
        for part in middle:
            found = text.find(part, position + self.shortest_gap)
            if found < 0:
                return False
            position = found + len(part)
        return position + self.shortest_gap <= len(text) - len(last)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pattern:
    """A registered URI with `*` in its host or path."""

    scheme: str
    labels: tuple[_Glob, ...]
    port: str
    path: _Glob
    query: str | None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        found = _SCHEME.fullmatch(text)
        web = _WEB.fullmatch(found["rest"]) if found and found["scheme"].lower() in _DEFAULT_PORTS else None
        if found is None or web is None or _REPAIRED.search(text):
            return None
        host, _, port = web["authority"].partition(":")
        if "@" in web["authority"] or "*" in port or "*" in (web["query"] or "") or "[" in host:
            return None
        return cls(
            scheme=found["scheme"].lower(),
            # Labels hold no dots, hence neither does what a star stands for.
            labels=tuple(_Glob.of(label, shortest_gap=1) for label in host.lower().split(".")),
            port=port or _DEFAULT_PORTS[found["scheme"].lower()],
            # In the form that candidates are compared in.
            path=_Glob.of(quote(web["path"], safe=_PATH_SAFE) or "/", shortest_gap=0),
            query=None if web["query"] is None else quote(web["query"][1:], safe=_QUERY_SAFE),
        )

    def matches(self, url: Url) -> bool:
        # Attack: `*.com` would hand the code to whoever owns a domain, so the last two labels are literal.
        if any(label.has_stars for label in self.labels[-2:]):
            return False
        return (
            self.matches_origin(url)
            and self.path.matches(url.path)
            and self.query == url.query
            and url.fragment is None
        )

    def matches_origin(self, url: Url) -> bool:
        labels = url.host.split(".")
        return (
            self.scheme == url.scheme
            and self.port == url.effective_port
            and len(labels) == len(self.labels)
            and all(pattern.matches(label) for label, pattern in zip(labels, self.labels, strict=True))
        )


def _matches(url: Url, registered: str) -> bool:
    if is_wildcard(registered):
        pattern = _Pattern.parse(registered)
        return pattern is not None and pattern.matches(url)
    return _registered(registered) == url


# What strangers send is not kept: it may be long, and different every time.
@lru_cache(1000)
def _registered(uri: str) -> Url | None:
    return Url.parse(uri)


def _authority(text: str) -> tuple[str, str] | None:
    """Split host and port; None for anything unusual, above all for credentials in front of the host."""
    # Attack: `https://app.example.com@evil.example` reads like the one host and goes to the other.
    found = None if "@" in text else _AUTHORITY.fullmatch(text)
    if found is None:
        return None
    port = (found["port"] or "").lstrip("0")
    try:
        host = unquote(found["host"], errors="strict").lower()
        # Attack: two standards read these letters as two different hosts (RFC 5894 §7.2), and the other one's owner
        # would receive the codes. Such a host is written in its ASCII form, which has one reading.
        if not _AMBIGUOUS.isdisjoint(host):
            return None
        # Attack: reading names and numbers of any length takes time, and the latter fails (RFC 1035 §2.3.4).
        if len(host) > _MAX_HOST_LENGTH or len(port) > len(str(_MAX_PORT)):
            return None
        host = host if host.isascii() else host.encode("idna").decode()
    except (UnicodeError, ValueError):
        return None
    if not _HOST.fullmatch(host) or int(port or 0) > _MAX_PORT:
        return None
    return host, port


def _without_dots(path: str) -> str:
    """Resolve `.` and `..` as browsers do, also when they are percent-encoded."""
    kept: list[str] = []
    segments = path.split("/")[1:] or [""]
    for index, segment in enumerate(segments):
        is_last = index == len(segments) - 1
        if segment.lower() in _DOT_DOT:
            del kept[-1:]
        elif segment.lower() not in _DOT:
            kept.append(segment)
            continue
        if is_last:
            kept.append("")
    return "/" + "/".join(kept)
