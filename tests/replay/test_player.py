import json
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs

from tests.replay.player import Player
from tests.replay.recordings import Answer, Exchange, Recording, Request
from tests.support.visitor import Jar

from sekisho.kernel.clock import ManualClock

START = datetime(2026, 4, 1, tzinfo=UTC)
RECORDED_ID, OUR_ID = "l691tcvs0xf7kqnupq22b", "a1b2c3d4e5f6g7h8i9j0k"


class Server:
    """Answers what it was told to, and remembers what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, str, Mapping[str, str], str]] = []

    async def __call__(self, method: str, url: str, *, headers: Mapping[str, str], content: str) -> Answer:
        self.asked.append((method, url, headers, content))
        return self._answers.pop(0)


def recording(*pairs: tuple[Request, Answer]) -> Recording:
    exchanges = (
        Exchange(index=index, note="step", request=one, answer=other) for index, (one, other) in enumerate(pairs)
    )
    return Recording(name="00", exchanges=tuple(exchanges))


def request(method: str, path: str, body: object = None, **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method=method, url=f"http://localhost:3001{path}", headers=named, body=body)


def created(identifier: str) -> Answer:
    return Answer(status=200, headers=(), body={"id": identifier})


def player(server: Server) -> Player:
    return Player(send=server, base="http://localhost:3180", jar=Jar(ManualClock(START)), tick=lambda: None)


async def test_later_requests_carry_what_earlier_answers_taught() -> None:
    server = Server(created(OUR_ID), created(OUR_ID))
    made = (request("POST", "/api/users", {"name": "x"}, content_type="application/json"), created(RECORDED_ID))
    read = (request("GET", f"/api/users/{RECORDED_ID}"), created(RECORDED_ID))
    played = recording(made, read)
    assert await player(server).play(played, played.exchanges) == []
    assert server.asked[1][1] == f"http://localhost:3180/api/users/{OUR_ID}"


async def test_a_body_is_sent_as_the_recorded_content_type_says() -> None:
    empty = Answer(status=204, headers=(), body="")
    server = Server(empty, empty, empty, empty)
    form = {"resource": ["a", "b"], "code": "c d"}
    played = recording(
        (request("POST", "/oidc/token", form, content_type="application/x-www-form-urlencoded"), empty),
        (request("PUT", "/api/experience", {"a": 1}, content_type="application/json"), empty),
        (request("POST", "/api/experience/identification", {}, content_type="application/json"), empty),
        (request("POST", "/oidc/token", {}), empty),
    )
    await player(server).play(played, played.exchanges)
    contents = [asked[3] for asked in server.asked]
    assert parse_qs(contents[0]) == {"resource": ["a", "b"], "code": ["c d"]}
    assert json.loads(contents[1]) == {"a": 1}
    assert contents[2:] == ["{}", ""]


async def test_cookies_are_ours_and_their_names_are_compared() -> None:
    answer = Answer(status=200, headers=(("set-cookie", "_session=OURS; path=/"),), body="")
    server = Server(answer, answer)
    played = recording(
        (request("GET", "/a"), Answer(status=200, headers=(), body="")),
        (request("GET", "/b", cookie="_session=recorded; _logto={}"), Answer(status=200, headers=(), body="")),
    )
    (mismatch,) = await player(server).play(played, played.exchanges)
    assert str(mismatch) == "00 [1] step: request cookies: recorded _session, _logto, ours _session"
    assert "cookie" not in server.asked[0][2]
    assert server.asked[1][2]["cookie"] == "_session=OURS"
