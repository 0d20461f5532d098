from collections.abc import Sequence

import pytest

from sekisho.outbound.guard import Guard, OutboundRefused, Policy

PUBLIC = "https://auth.example.com"


class Book:
    """A resolver that knows some names."""

    def __init__(self, **entries: Sequence[str]) -> None:
        self._entries = {name.replace("_", "."): found for name, found in entries.items()}

    async def resolve(self, host: str, port: int) -> Sequence[str]:  # noqa: ARG002 — the port does not matter here
        try:
            return self._entries[host]
        except KeyError:
            raise OSError("unknown") from None


def _guard(address: str | Sequence[str], *, endpoint: str | None = PUBLIC, allowed: Sequence[str] = ()) -> Guard:
    found = [address] if isinstance(address, str) else address
    return Guard(Policy.of(endpoint=endpoint, allowed=allowed), resolver=Book(api_example=found))


async def test_a_public_address_is_called() -> None:
    assert await _guard(["93.184.216.34", "2606:2800:220:1::1"]).addresses("API.example.", 443) == [
        "93.184.216.34",
        "2606:2800:220:1::1",
    ]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "198.18.0.1",
        "240.0.0.1",
        "::1",
        "fc00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
        "2002:a00:1::",
        "::10.0.0.1",
        "::ffff:0:a00:1",
        "fec0::1",
    ],
)
async def test_our_own_network_is_closed_to_a_public_installation(address: str) -> None:
    with pytest.raises(OutboundRefused, match="OUTBOUND_ALLOW"):
        await _guard(address).addresses("api.example", 443)


@pytest.mark.parametrize(
    "endpoint", [None, "http://localhost:3001", "http://id.localhost", "http://10.0.0.5:3001", "http://[::1]:3001"]
)
@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "fc00::1"])
async def test_it_is_open_while_we_are_inside_ourselves(endpoint: str | None, address: str) -> None:
    assert await _guard(address, endpoint=endpoint).addresses("api.example", 80) == [address]


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "168.63.129.16",
        "169.254.0.7",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "100.100.100.200",
        "0.0.0.0",  # noqa: S104 — an address to be refused
        "::",
        "224.0.0.1",
        "ff02::1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
    ],
)
async def test_metadata_and_link_local_are_never_called(address: str) -> None:
    guard = _guard(address, endpoint="http://localhost:3001", allowed=["api.example", "0.0.0.0/0", "::/0"])

    with pytest.raises(OutboundRefused, match="never called"):
        await guard.addresses("api.example", 80)


@pytest.mark.parametrize("allowed", ["api.example", "API.example.", "10.0.0.0/8", "10.1.2.3", "10.1.2.3/8"])
async def test_an_operator_may_open_a_host_or_a_network(allowed: str) -> None:
    assert await _guard("10.1.2.3", allowed=[allowed]).addresses("api.example", 443) == ["10.1.2.3"]


@pytest.mark.parametrize("allowed", ["other.example", "10.2.0.0/16", "example"])
async def test_what_is_open_opens_nothing_else(allowed: str) -> None:
    with pytest.raises(OutboundRefused):
        await _guard("10.1.2.3", allowed=[allowed]).addresses("api.example", 443)


async def test_one_bad_address_among_good_ones_is_enough() -> None:
    with pytest.raises(OutboundRefused, match=r"leads to 10\.0\.0\.1"):
        await _guard(["93.184.216.34", "10.0.0.1"]).addresses("api.example", 443)


@pytest.mark.parametrize("host", ["nowhere.example", ""])
async def test_a_name_without_addresses_is_refused(host: str) -> None:
    with pytest.raises(OutboundRefused, match="has no address"):
        await _guard("93.184.216.34").addresses(host, 443)


@pytest.mark.parametrize("spelling", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1"])
async def test_other_spellings_of_loopback_are_judged_by_what_they_resolve_to(spelling: str) -> None:
    book = Book(**{spelling: ["127.0.0.1"]})

    with pytest.raises(OutboundRefused):
        await Guard(Policy.of(endpoint=PUBLIC, allowed=[]), resolver=book).addresses(spelling, 80)
