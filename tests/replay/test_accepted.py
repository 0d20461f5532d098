from pathlib import Path

import pytest
from tests.replay.accepted import ACCEPTED, Accepted, verdict
from tests.replay.comparing import Finding
from tests.replay.player import Mismatch
from tests.replay.recordings import Answer, Exchange, Request

_DOCUMENT = Path(__file__).parents[2] / "docs" / "compatibility.md"
_PAGE = Accepted(recording="08", note="unknown page", where="status", ours="404 *", reason="Unknown pages are 404")
_API = Accepted(recording="08", note="*", url="*/api/*", where="status", ours="404 *", reason="the same")


def mismatch(where: str, ours: str, *, url: str = "/") -> Mismatch:
    request = Request(method="GET", url=url, headers={}, body=None)
    exchange = Exchange(index=0, note="unknown page", request=request, answer=Answer(status=200, headers=(), body=""))
    return Mismatch(recording="08", exchange=exchange, finding=Finding(where, "200", ours))


@pytest.mark.parametrize("reason", sorted({each.reason for each in ACCEPTED}))
def test_every_accepted_difference_is_named_in_the_documentation(reason: str) -> None:
    document = " ".join(_DOCUMENT.read_text(encoding="utf-8").split())
    assert reason in document


def test_an_accepted_difference_is_silent() -> None:
    assert verdict("08", [mismatch("status", "404 <!doctype html>")], accepted=[_PAGE]) == []


def test_another_difference_at_the_same_place_is_not_accepted() -> None:
    lines = verdict("08", [mismatch("status", "500 ")], accepted=[_PAGE])
    assert lines[0] == "08 [0] unknown page: status: recorded 200, ours 500 "
    assert lines[1].startswith("no longer needed: 08 unknown page")


def test_a_difference_of_one_surface_is_not_accepted_of_another() -> None:
    assert verdict("08", [mismatch("status", "404 ", url="http://localhost:3001/api/users")], accepted=[_API]) == []
    assert len(verdict("08", [mismatch("status", "404 ", url="http://localhost:3001/oidc/me")], accepted=[_API])) == 2


def test_an_entry_that_no_replay_needs_is_reported() -> None:
    (line,) = verdict("08", [], accepted=[_PAGE])
    assert line.startswith("no longer needed: 08 unknown page")
