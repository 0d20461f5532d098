"""Which tenant a URL belongs to, and what that tenant's URLs look like: one pure function, `resolve`.

Every tenant has exactly one canonical base URL; any other spelling of it is not found, so that an issuer, a cookie
path and a redirect URI never exist twice.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import TypeAlias
from urllib.parse import urlsplit

from sekisho.kernel.ids import TenantId
from sekisho.tenants.models import ADMIN_TENANT, DEFAULT_TENANT

_TENANT_ID = re.compile(r"[0-9a-z-]{1,21}")
_PREFIX = re.compile(r"/t/(?P<id>[^/]*)(?=/|$)")
_AUTHORITY = re.compile(r"(?:[0-9A-Za-z._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
# The longest name there can be (RFC 1035 §2.3.4), and a port.
_LONGEST_AUTHORITY = 255 + 6
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Hosts that were looked at last: there are few, and every request names one.
_REMEMBERED = 1000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PublicUrls:
    """Where this installation says it lives; one per process.

    `endpoint` may have `*` as its first host label (one label per tenant); None means: the request's own origin.
    `admin_port` names a second listener without a public URL of its own. `custom_domains` maps host to tenant.
    """

    endpoint: str | None = None
    admin_endpoint: str | None = None
    admin_port: int | None = None
    custom_domains: Mapping[str, TenantId]


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantUrls:
    """The URLs of one tenant: `origin` is scheme and authority, `prefix` is empty or `/t/<id>`."""

    tenant_id: TenantId
    origin: str
    prefix: str

    @property
    def base(self) -> str:
        return self.origin + self.prefix

    @property
    def issuer(self) -> str:
        return f"{self.base}/oidc"

    @property
    def is_secure(self) -> bool:
        return self.origin.startswith("https:")

    def url(self, path: str) -> str:
        """Return the absolute URL of a path of this tenant."""
        return self.base + path

    def path(self, path: str) -> str:
        """Return the path on the wire of a path of this tenant."""
        return self.prefix + path


@dataclass(frozen=True, slots=True)
class Misdirected:
    """The origin is not one this installation may answer for: `ENDPOINT` must be set (421)."""

    origin: str


@dataclass(frozen=True, slots=True)
class NoTenant:
    """No tenant has this URL (404)."""


Resolution: TypeAlias = "TenantUrls | Misdirected | NoTenant"


def resolve(origin: str, path: str, public: PublicUrls, *, port: int | None = None) -> Resolution:
    """Find the tenant that `path` at `origin` belongs to; existence of its row is the caller's to check.

    `port` is the one the request came in on.
    """
    prefix = _PREFIX.match(path)
    if prefix is None:
        return _resolved(origin, None, public, port)
    # Attack: names as long as paths may be would fill the memory. No tenant has one, and none has an empty one.
    named = prefix["id"]
    return _resolved(origin, named if _TENANT_ID.fullmatch(named) else "", public, port)


@lru_cache(_REMEMBERED)
def _resolved(origin: str, named: str | None, public: PublicUrls, port: int | None) -> Resolution:
    """Find the tenant of an origin, and of what its path names."""
    hostname = urlsplit(origin).hostname or ""
    if public.admin_endpoint is not None and origin == public.admin_endpoint:
        return TenantUrls(tenant_id=ADMIN_TENANT, origin=origin, prefix="")
    # Attack: a Host header with the admin port, sent to the public one, would pass a firewall around the former.
    if public.admin_port is not None and port == public.admin_port:
        return _at_admin_port(origin, public)
    if tenant := public.custom_domains.get(hostname):
        return TenantUrls(tenant_id=tenant, origin=origin, prefix="")
    if public.endpoint is not None and "*" in public.endpoint:
        return _by_label(origin, public.endpoint, has_admin_origin=public.admin_endpoint is not None)
    if public.endpoint is None and not _is_self_evident(hostname):
        # Attack: a forged Host header would make us mint issuers, links and redirects of somebody else's choosing.
        return Misdirected(origin)
    if named is None:
        return TenantUrls(tenant_id=DEFAULT_TENANT, origin=public.endpoint or origin, prefix="")
    has_own_origin = named == ADMIN_TENANT and (public.admin_endpoint or public.admin_port)
    if named == DEFAULT_TENANT or has_own_origin or not named:
        return NoTenant()
    return TenantUrls(tenant_id=TenantId(named), origin=public.endpoint or origin, prefix=f"/t/{named}")


def urls_of(tenant_id: TenantId, *, origin: str, public: PublicUrls) -> TenantUrls:
    """Return the URLs of any tenant as seen from a request at `origin`."""
    if tenant_id == ADMIN_TENANT and public.admin_endpoint:
        return TenantUrls(tenant_id=tenant_id, origin=public.admin_endpoint, prefix="")
    if public.endpoint is not None and "*" in public.endpoint:
        return TenantUrls(tenant_id=tenant_id, origin=public.endpoint.replace("*", tenant_id), prefix="")
    if tenant_id == ADMIN_TENANT and public.admin_port:
        return TenantUrls(
            tenant_id=tenant_id, origin=_with_port(public.endpoint or origin, public.admin_port), prefix=""
        )
    prefix = "" if tenant_id == DEFAULT_TENANT else f"/t/{tenant_id}"
    return TenantUrls(tenant_id=tenant_id, origin=public.endpoint or origin, prefix=prefix)


def is_alone(urls: TenantUrls, public: PublicUrls, *, tenants: Collection[TenantId]) -> bool:
    """Tell whether a tenant's origin carries neither the Console nor any other of the `tenants` there are."""
    if urls.tenant_id == ADMIN_TENANT or urls.prefix:
        return False
    is_named = urlsplit(urls.origin).hostname in public.custom_domains
    if is_named or (public.endpoint is not None and "*" in public.endpoint):
        return True
    is_console_elsewhere = public.admin_endpoint not in {None, urls.origin} or public.admin_port is not None
    return is_console_elsewhere and set(tenants) <= {DEFAULT_TENANT, ADMIN_TENANT}


def is_valid_authority(authority: str) -> bool:
    """Tell whether a Host header has the form of one: anything else is refused before it reaches a URL."""
    return len(authority) <= _LONGEST_AUTHORITY and _is_authority(authority)


@lru_cache(_REMEMBERED)
def _is_authority(authority: str) -> bool:
    if not _AUTHORITY.fullmatch(authority):
        return False
    try:
        port = urlsplit(f"//{authority}").port  # raises for what is no address between brackets, and past 65535
    except ValueError:
        return False
    return port != 0


def normal_origin(scheme: str, authority: str) -> str:
    """Return an origin in its one spelling: lower case, without the scheme's own port."""
    authority = authority.lower()
    default = f":{_DEFAULT_PORTS.get(scheme, 0)}"
    return f"{scheme}://{authority.removesuffix(default)}"


def _at_admin_port(origin: str, public: PublicUrls) -> Resolution:
    """Resolve a request that came in on the second listener: the admin tenant, whatever the path."""
    is_told = public.admin_endpoint is not None or public.endpoint is not None
    if not is_told and not _is_self_evident(urlsplit(origin).hostname or ""):
        return Misdirected(origin)
    return urls_of(ADMIN_TENANT, origin=origin, public=public)


def _by_label(origin: str, endpoint: str, *, has_admin_origin: bool) -> Resolution:
    pattern = re.escape(endpoint).replace(r"\*", r"(?P<label>[0-9a-z-]{1,21})")
    found = re.fullmatch(pattern, origin)
    if found is None or (found["label"] == ADMIN_TENANT and has_admin_origin):
        return NoTenant()
    return TenantUrls(tenant_id=TenantId(found["label"]), origin=origin, prefix="")


def _is_self_evident(hostname: str) -> bool:
    """Tell whether a host names the machine itself: localhost, its sub-domains, or an IP address."""
    if hostname == "localhost" or hostname.endswith(".localhost"):
        return True
    try:
        ip_address(hostname)
    except ValueError:
        return False
    return True


def _with_port(origin: str, port: int) -> str:
    parts = urlsplit(origin)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return normal_origin(parts.scheme, f"{host}:{port}")
