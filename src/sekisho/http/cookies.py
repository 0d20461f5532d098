"""Cookies: one codec for raw values, their signatures, and their names per tenant.

The framework's own parser keeps the last of two equal names (RFC 6265 §5.4 sends the most specific one first) and its
writer escapes JSON; clients of the reference read these cookies as they stand, so both directions are ours.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from email.utils import formatdate
from functools import lru_cache

from sekisho.kernel.clock import epoch_seconds
from sekisho.tenants.models import DEFAULT_TENANT
from sekisho.tenants.urls import TenantUrls

_EPOCH = "Thu, 01 Jan 1970 00:00:00 GMT"
# A value may hold what JSON needs (quotes, commas, spaces), never what ends a cookie or a header.
_VALUE = re.compile(r"[\x20-\x3a\x3c-\x7e]*")


class CookieJar:
    """The cookies a request brought, and those its answer will set."""

    def __init__(self, *, header: str, urls: TenantUrls, keys: Sequence[bytes] = ()) -> None:
        self._received = _parse(header) if header else {}
        self._urls = urls
        self._suffix = "" if urls.tenant_id == DEFAULT_TENANT else f"__{urls.tenant_id}"
        self.keys = keys
        self.pending: list[str] = []

    def get(self, name: str) -> str | None:
        """Return a cookie's raw value; nothing vouches for it."""
        return self._received.get(name + self._suffix)

    def get_signed(self, name: str) -> str | None:
        """Return a value that one of our keys signed; a missing or wrong signature makes the cookie absent."""
        full = name + self._suffix
        value, signature = self._received.get(full), self._received.get(f"{full}.sig")
        if value is None or signature is None:
            return None
        wanted = (_sign(full, value, key) for key in self.keys)
        return value if any(hmac.compare_digest(signature.encode(), each.encode()) for each in wanted) else None

    def set(
        self, name: str, value: str, *, path: str = "/", expires: datetime | None = None, http_only: bool = True
    ) -> None:
        """Set a cookie at a path of this tenant. Without `expires` it lives as long as the browser."""
        self._set(name + self._suffix, value, path=path, expires=expires, http_only=http_only)

    def set_signed(
        self, name: str, value: str, *, path: str = "/", expires: datetime | None = None, http_only: bool = True
    ) -> None:
        """Set a cookie and its companion `<name>.sig`, signed with the newest key."""
        full = name + self._suffix
        self._set(full, value, path=path, expires=expires, http_only=http_only)
        self._set(f"{full}.sig", _sign(full, value, self.keys[0]), path=path, expires=expires, http_only=http_only)

    def clear(self, name: str, *, path: str = "/", signed: bool = True) -> None:
        """Make the browser forget a cookie, and its signature."""
        full = name + self._suffix
        self._append(full, "", path=path, expires=_EPOCH, http_only=True)
        if signed:
            self._append(f"{full}.sig", _sign(full, "", self.keys[0]), path=path, expires=_EPOCH, http_only=True)

    def _set(self, name: str, value: str, *, path: str, expires: datetime | None, http_only: bool) -> None:
        text = None if expires is None else _date(epoch_seconds(expires))
        self._append(name, value, path=path, expires=text, http_only=http_only)

    def _append(self, name: str, value: str, *, path: str, expires: str | None, http_only: bool) -> None:
        if not _VALUE.fullmatch(value):
            raise ValueError(f"cookie {name} cannot carry this value")
        where = self._urls.path("" if path == "/" and self._urls.prefix else path)
        parts = [f"{name}={value}", f"path={where}"]
        if expires is not None:
            parts.append(f"expires={expires}")
        parts.append("samesite=lax")
        if self._urls.is_secure:
            parts.append("secure")
        if http_only:
            parts.append("httponly")
        line = "; ".join(parts)
        # The last word on a name and path wins; sending both would leave the choice to the browser.
        self.pending = [each for each in self.pending if not _is_same(each, name, where)]
        self.pending.append(line)


@lru_cache(maxsize=64)
def _date(seconds: int) -> str:
    """Return an instant as cookies name it (RFC 6265 §4.1.1): the same for a cookie and its signature."""
    return formatdate(seconds, usegmt=True)


def _is_same(line: str, name: str, path: str) -> bool:
    return line.startswith(f"{name}=") and f"; path={path};" in line


def _parse(header: str) -> dict[str, str]:
    received: dict[str, str] = {}
    for part in header.split(";"):
        name, separator, value = part.strip(" \t").partition("=")
        if separator and name not in received:
            received[name] = value
    return received


def _sign(name: str, value: str, key: bytes) -> str:
    """HMAC-SHA1 over `name=value`, URL-safe base64 without padding: the form existing deployments use."""
    mac = hmac.digest(key, f"{name}={value}".encode(), "sha1")
    return urlsafe_b64encode(mac).rstrip(b"=").decode()
