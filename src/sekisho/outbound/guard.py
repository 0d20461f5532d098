"""Which addresses we may call.

Attack it stops: a URL that somebody configured makes us fetch from inside our own network (server-side request forgery)
or ask a cloud's metadata service for credentials. A name is judged by every address it has, and the caller connects to
what was judged and nothing else, so a name that answers differently the second time gains nothing.
"""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Protocol, Self, TypeAlias
from urllib.parse import urlsplit

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

# Metadata services outside the link-local range: AWS over IPv6, Alibaba, Oracle's older one, Azure's agent.
_METADATA = frozenset(map(ip_address, ("fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16")))
# IPv6 ranges that carry an IPv4 address in their last bits: NAT64 (RFC 6052, RFC 8215) and SIIT (RFC 2765 §2.1).
_TRANSLATED = tuple(map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96")))
# Inside, although the library calls them global: what IPv6 had before private addresses (RFC 3879).
_SITE_LOCAL = IPv6Network("fec0::/10")


class Resolver(Protocol):
    """Turns a host name into addresses."""

    async def resolve(self, host: str, port: int) -> Sequence[str]: ...


class SystemResolver:
    async def resolve(self, host: str, port: int) -> Sequence[str]:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))


class OutboundRefused(Exception):
    """The guard does not let us call this host; the text names it, for the log and the administrator."""


class UnknownHost(OutboundRefused):
    """The host has no address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`allows_private`: loopback and private addresses are open; else only the listed hosts and networks of ours."""

    allows_private: bool
    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, *, endpoint: str | None, allowed: Sequence[str]) -> Self:
        """Judge by our own public URL: who is inside a network already may call its neighbours.

        Without one we answer for localhost and addresses only, which is trying out, or a private network.
        """
        host = None if endpoint is None else urlsplit(endpoint).hostname or ""
        networks, hosts = [], set()
        for each in allowed:
            try:
                networks.append(ip_network(each, strict=False))
            except ValueError:
                hosts.add(each.lower().rstrip("."))
        return cls(allows_private=host is None or _is_inside(host), hosts=frozenset(hosts), networks=tuple(networks))


class Guard:
    def __init__(self, policy: Policy, *, resolver: Resolver | None = None) -> None:
        self._policy = policy
        self._resolver = resolver or SystemResolver()

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of a host, all of which we may call; raises `OutboundRefused` if one of them is not."""
        name = host.strip("[]").lower().rstrip(".")
        try:
            found = await self._resolver.resolve(name, port)
        except (OSError, UnicodeError) as error:
            raise UnknownHost(f"{name} has no address") from error
        if not found:
            raise UnknownHost(f"{name} has no address")
        for each in found:
            self._check(name, _plain(ip_address(each.partition("%")[0])))
        return found

    def _check(self, name: str, address: Address) -> None:
        # Never open, whatever an operator lists: nothing on the other side of these is meant to be called.
        if address.is_link_local or address in _METADATA or address.is_multicast or address.is_unspecified:
            raise OutboundRefused(f"{name} leads to {address}, which is never called")
        is_outside = address.is_global and address not in _SITE_LOCAL
        if is_outside or self._policy.allows_private or name in self._policy.hosts:
            return
        if not any(address in network for network in self._policy.networks):
            raise OutboundRefused(f"{name} leads to {address}, inside our own network; OUTBOUND_ALLOW can permit it")


def _plain(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, if it does: it would be what we reach."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in _TRANSLATED) or (int(address) >> 32 == 0 and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_inside(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not ip_address(host).is_global
    except ValueError:
        return False
