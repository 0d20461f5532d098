"""Key sets at an address of the client's: what is remembered, for how long, and what a stranger can make us fetch."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from joserfc.jwk import ECKey
from tests.oidc.world import START
from tests.outbound.test_client import Neighbour

from sekisho.kernel.clock import ManualClock
from sekisho.oidc_adapters.key_sets import FRESH, PAUSE, STALE, ClientKeySets, KeySetCache
from sekisho.outbound.on_demand import OutboundOnDemand


class Unit:
    """A unit of work that counts how often its connection was given back."""

    def __init__(self) -> None:
        self.released = 0

    async def release(self) -> None:
        self.released += 1


class Place:
    """A process that fetches, and a neighbour that publishes."""

    def __init__(self, neighbour: Neighbour, outbound: OutboundOnDemand) -> None:
        self.neighbour = neighbour
        self.clock = ManualClock(START)
        self.cache = KeySetCache(outbound=outbound, clock=self.clock)
        self.unit = Unit()

    def publish(self, *kids: str) -> None:
        keys = [ECKey.generate_key("P-256", {"kid": kid}).as_dict(private=False) for kid in kids]
        self.neighbour.answer("/jwks", json.dumps({"keys": keys}).encode())

    async def kids(self, path: str = "/jwks", *, lacks_key: bool = False) -> list[str | None]:
        sets = ClientKeySets(shared=self.cache, uow=self.unit)  # type: ignore[arg-type]
        uri = path if path.startswith("http") else f"http://127.0.0.1:{self.neighbour.port}{path}"
        return [key.kid for key in await sets.fetch(uri, lacks_key=lacks_key)]

    @property
    def fetches(self) -> int:
        return len(self.neighbour.requests)


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    neighbour = Neighbour()
    server = await asyncio.start_server(neighbour.serve, "127.0.0.1", 0)
    neighbour.port = server.sockets[0].getsockname()[1]
    outbound = OutboundOnDemand(endpoint=None, allowed=())
    yield Place(neighbour, outbound)
    await outbound.close()
    server.close()
    await server.wait_closed()


async def test_a_key_set_is_fetched_once_and_again_when_it_is_no_longer_fresh(place: Place) -> None:
    place.publish("one")
    assert await place.kids() == await place.kids() == ["one"]
    assert (place.fetches, place.unit.released) == (1, 1)
    place.publish("two")
    place.clock.advance(FRESH - timedelta(seconds=1))
    assert await place.kids() == ["one"]
    place.clock.advance(timedelta(seconds=1))
    assert await place.kids() == ["two"]


async def test_many_at_once_fetch_once(place: Place) -> None:
    place.publish("one")
    assert await asyncio.gather(*(place.kids() for _ in range(20))) == [["one"]] * 20
    assert place.fetches == 1


async def test_for_a_key_that_is_not_there_it_is_asked_once_a_minute(place: Place) -> None:
    place.publish("one")
    await place.kids()
    place.publish("one", "two")
    # Attack: names of keys made up one after the other would have us call somebody all day.
    for _ in range(3):
        assert await place.kids(lacks_key=True) == ["one"]
    place.clock.advance(PAUSE)
    for _ in range(3):
        assert await place.kids(lacks_key=True) == ["one", "two"]
    assert place.fetches == 2


async def test_while_the_address_is_away_the_last_keys_go_on_for_an_hour(place: Place) -> None:
    place.publish("one")
    await place.kids()
    place.neighbour.answer("/jwks", b"", status="503 Service Unavailable")
    place.clock.advance(FRESH)
    assert await place.kids() == ["one"]
    assert await place.kids() == ["one"]
    assert place.fetches == 2
    place.clock.advance(STALE - FRESH)
    assert await place.kids() == []
    place.publish("two")
    place.clock.advance(PAUSE)
    assert await place.kids() == ["two"]


@pytest.mark.parametrize(
    ("body", "status", "headers"),
    [
        pytest.param(b"no JSON", "200 OK", "", id="not JSON"),
        pytest.param(b"[]", "200 OK", "", id="a list"),
        pytest.param(b'{"keys": {}}', "200 OK", "", id="not a set"),
        pytest.param(b'{"keys": [' + b" " * 65_536 + b"]}", "200 OK", "", id="too large"),
        pytest.param(b'{"keys": []}', "404 Not Found", "", id="not found"),
        pytest.param(b"", "302 Found", "location: /elsewhere\r\n", id="a redirect"),
    ],
)
async def test_what_is_no_key_set_is_none(place: Place, body: bytes, status: str, headers: str) -> None:
    place.neighbour.answer("/jwks", body, status=status, headers=headers)
    assert await place.kids() == []
    assert await place.kids() == []
    assert place.fetches == 1


async def test_unusable_keys_are_passed_over(place: Place) -> None:
    usable = ECKey.generate_key("P-256", {"kid": "usable"}).as_dict(private=False)
    secret = ECKey.generate_key("P-256", {"kid": "secret"}).as_dict(private=True)
    place.neighbour.answer("/jwks", json.dumps({"keys": [secret, usable, 7, {"kty": "oct", "k": "AA"}]}).encode())
    assert await place.kids() == ["usable"]


@pytest.mark.parametrize("uri", ["http://169.254.169.254/jwks", "http://127.0.0.1:1/jwks", "http://[::]/jwks"])
async def test_what_may_not_or_cannot_be_called_has_no_keys(place: Place, uri: str) -> None:
    assert await place.kids(uri) == []
