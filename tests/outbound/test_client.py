import asyncio
import gzip
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import timedelta

import pytest

from sekisho.outbound.client import OutboundClient, OutboundFailed
from sekisho.outbound.guard import Guard, OutboundRefused, Policy


class Book:
    """A resolver whose answers a test sets; counts how often it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Sequence[str]]] = {}
        self.asked = 0

    async def resolve(self, host: str, port: int) -> Sequence[str]:  # noqa: ARG002 — the port does not matter here
        self.asked += 1
        answers = self.answers[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]


class Neighbour:
    """A server on loopback that answers as a test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.answers: dict[str, bytes] = {}
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.requests.append(head)
        path = head.split(" ")[1]
        writer.write(self.answers.get(path, b""))
        if path == "/slow":
            await reader.read()  # until the caller has had enough
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def answer(self, path: str, body: bytes, *, status: str = "200 OK", headers: str = "") -> None:
        head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n{headers}\r\n"
        self.answers[path] = head.encode() + body


@pytest.fixture
async def neighbour() -> AsyncIterator[Neighbour]:
    neighbour = Neighbour()
    server = await asyncio.start_server(neighbour.serve, "127.0.0.1", 0)
    neighbour.port = server.sockets[0].getsockname()[1]
    yield neighbour
    server.close()
    await server.wait_closed()


@pytest.fixture
def book() -> Book:
    book = Book()
    book.answers["friend.example"] = [["127.0.0.1"]]
    book.answers["inside.example"] = [["127.0.0.1"]]
    return book


@pytest.fixture
async def client(book: Book) -> AsyncIterator[OutboundClient]:
    """A client of a public installation that lists one host of its own network."""
    policy = Policy.of(endpoint="https://auth.example.com", allowed=["friend.example"])
    client = OutboundClient(Guard(policy, resolver=book))
    yield client
    await client.close()


async def test_the_host_header_keeps_the_name(client: OutboundClient, neighbour: Neighbour) -> None:
    neighbour.answer("/hello", b'{"hello": "world"}')

    answer = await client.request("GET", f"http://friend.example:{neighbour.port}/hello")

    assert (answer.status, answer.json()) == (200, {"hello": "world"})
    assert f"host: friend.example:{neighbour.port}" in neighbour.requests[0].lower()


async def test_a_refused_host_is_never_connected_to(client: OutboundClient, neighbour: Neighbour) -> None:
    with pytest.raises(OutboundRefused):
        await client.request("GET", f"http://inside.example:{neighbour.port}/hello")

    assert neighbour.requests == []


async def test_a_name_is_looked_up_once_for_judging_and_connecting(
    client: OutboundClient, book: Book, neighbour: Neighbour
) -> None:
    neighbour.answer("/hello", b"")
    # A name that is harmless when it is judged and leads elsewhere when it is used (DNS rebinding).
    book.answers["friend.example"] = [["127.0.0.1"], ["169.254.169.254"]]

    assert (await client.request("GET", f"http://friend.example:{neighbour.port}/hello")).status == 200
    assert book.asked == 1


async def test_a_redirect_into_our_network_is_refused(client: OutboundClient, neighbour: Neighbour) -> None:
    location = f"location: http://inside.example:{neighbour.port}/secret\r\n"
    neighbour.answer("/go", b"", status="302 Found", headers=location)

    with pytest.raises(OutboundRefused):
        await client.request("GET", f"http://friend.example:{neighbour.port}/go", follows_redirects=True)

    assert len(neighbour.requests) == 1


async def test_redirects_are_not_followed_unless_asked_and_never_for_ever(
    client: OutboundClient, neighbour: Neighbour
) -> None:
    url = f"http://friend.example:{neighbour.port}/loop"
    neighbour.answer("/loop", b"", status="302 Found", headers="location: /loop\r\n")

    assert (await client.request("GET", url)).status == 302
    with pytest.raises(OutboundFailed, match="TooManyRedirects"):
        await client.request("GET", url, follows_redirects=True)


async def test_a_redirect_out_of_http_is_refused(client: OutboundClient, neighbour: Neighbour) -> None:
    neighbour.answer("/go", b"", status="302 Found", headers="location: file:///etc/passwd\r\n")

    with pytest.raises((OutboundRefused, OutboundFailed)):
        await client.request("GET", f"http://friend.example:{neighbour.port}/go", follows_redirects=True)


@pytest.mark.parametrize("url", ["ftp://friend.example/", "file:///etc/passwd", "gopher://friend.example/"])
async def test_only_http_is_spoken(client: OutboundClient, url: str) -> None:
    with pytest.raises(OutboundRefused, match="is not called"):
        await client.request("GET", url)


async def test_a_slow_answer_is_given_up(client: OutboundClient, neighbour: Neighbour) -> None:
    with pytest.raises(OutboundFailed, match=r"longer than 0\.2 s"):
        await client.request(
            "GET", f"http://friend.example:{neighbour.port}/slow", patience=timedelta(milliseconds=200)
        )


async def test_a_long_answer_is_cut_off_as_it_unpacks(client: OutboundClient, neighbour: Neighbour) -> None:
    neighbour.answer("/long", b"x" * 5000)
    neighbour.answer("/packed", gzip.compress(b"x" * 5_000_000), headers="content-encoding: gzip\r\n")

    for path in ("/long", "/packed"):
        with pytest.raises(OutboundFailed, match="more than 4096 bytes"):
            await client.request("GET", f"http://friend.example:{neighbour.port}{path}", most_bytes=4096)


async def test_a_closed_door_is_a_failure_without_details(client: OutboundClient) -> None:
    with pytest.raises(OutboundFailed, match=r"^friend\.example: ConnectError$"):
        await client.request("GET", "http://friend.example:9/")


async def test_what_is_not_json_is_said_to_be_so(client: OutboundClient, neighbour: Neighbour) -> None:
    neighbour.answer("/page", b"<html>")
    answer = await client.request("POST", f"http://friend.example:{neighbour.port}/page", form={"a": "b"})

    with pytest.raises(OutboundFailed, match="did not answer with JSON"):
        answer.json()
    assert "content-type: application/x-www-form-urlencoded" in neighbour.requests[0].lower()


async def test_what_an_answer_sets_is_not_sent_along_with_the_next_call(
    client: OutboundClient, neighbour: Neighbour
) -> None:
    neighbour.answer("/hello", b"", headers="set-cookie: who=one; path=/\r\n")
    for _ in range(2):
        await client.request("GET", f"http://friend.example:{neighbour.port}/hello")
    assert ["cookie" in head.lower() for head in neighbour.requests] == [False, False]


@pytest.mark.parametrize("url", ["http://[::1", "http://friend.example:port/", "http://friend.example/\x00", "//"])
async def test_what_is_no_url_is_a_failed_call(client: OutboundClient, url: str) -> None:
    with pytest.raises((OutboundFailed, OutboundRefused)):
        await client.request("GET", url)
