"""The cookie that remembers which question each client's browser is being asked (oidc.md §4.3)."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote, unquote

import pytest
from tests.oidc.world import ALICE, START, World

from sekisho.kernel.ids import UserId
from sekisho.oidc.errors import InvalidRequest, OAuthError, SessionNotFound
from sekisho.oidc.interactions import CurrentRequest, cookie_with, find_current, page_cookie, read_cookie
from sekisho.oidc.models import Interaction, InteractionSession, Prompt


def an_interaction(uid: str = "uid", **more: Any) -> Interaction:
    values = {
        "uid": uid,
        "client_id": "spa",
        "prompt": Prompt(name="login", reasons=["no_session"]),
        "params": {"client_id": "spa"},
        "return_to": f"https://id.example/oidc/auth/{uid}",
        "created_at": START,
        "expires_at": START + timedelta(hours=1),
        **more,
    }
    return Interaction(**values)


def test_each_client_has_its_own_entry() -> None:
    value = cookie_with(cookie_with(None, client_id="a", uid="1"), client_id="b", uid="2")

    assert json.loads(unquote(value)) == {"a": "1", "b": "2", "_legacy": "2"}
    assert read_cookie(value) == {"a": "1", "b": "2", "_legacy": "2"}


def test_a_later_interaction_of_the_same_client_replaces_the_earlier() -> None:
    value = cookie_with(cookie_with(None, client_id="a", uid="1"), client_id="a", uid="2")

    assert read_cookie(value) == {"a": "2", "_legacy": "2"}


def test_the_least_recently_written_client_makes_room_for_the_eleventh() -> None:
    value = None
    for number in range(11):
        value = cookie_with(value, client_id=f"client{number}", uid="x" * 43)
    value = cookie_with(value, client_id="client1", uid="again")

    assert list(read_cookie(value)) == [*(f"client{number}" for number in range(2, 11)), "client1", "_legacy"]


def test_entries_make_room_until_the_cookie_fits() -> None:
    value = None
    for number in range(10):
        value = cookie_with(value, client_id=f"{number}" * 400, uid="x" * 43)

    assert len(value or "") <= 3072
    assert [client[0] for client in read_cookie(value)] == ["4", "5", "6", "7", "8", "9", "_"]


def test_an_entry_that_cannot_fit_leaves_only_the_latest() -> None:
    assert read_cookie(cookie_with(None, client_id="x" * 4000, uid="1")) == {"_legacy": "1"}


@pytest.mark.parametrize(
    ("value", "entries"),
    [
        (None, {}),
        ("", {}),
        ("YaVbSSNrRFnCpPlLWECTUh8rXYpkK6LetcyHu7sLtYk", {"_legacy": "YaVbSSNrRFnCpPlLWECTUh8rXYpkK6LetcyHu7sLtYk"}),
        ('{"a":"1"}', {"a": "1"}),
        (quote('{"a":"1"}'), {"a": "1"}),
        ("{broken", {}),
        ('{"a":1}', {}),
    ],
)
def test_older_and_broken_cookies_are_read(value: str | None, entries: dict[str, str]) -> None:
    assert read_cookie(value) == entries


@pytest.mark.parametrize(
    ("params", "value"),
    [
        ({}, '{"appId":"spa"}'),
        (
            {"organization_id": "o", "ui_locales": "ja en"},
            '{"appId":"spa","organizationId":"o","uiLocales":"ja en"}',
        ),
        ({"ui_locales": "a;b\x7fé"}, '{"appId":"spa","uiLocales":"a\\u003bb\\u007f\\u00e9"}'),
        ({"ui_locales": "x" * 257}, '{"appId":"spa"}'),
    ],
)
def test_the_page_cookie_is_plain_json(params: dict[str, str], value: str) -> None:
    assert page_cookie(an_interaction(params=params)) == value


async def current(world: World, **more: Any) -> Interaction:
    request = {"interaction_cookie": quote('{"spa":"uid","_legacy":"other"}'), "session_cookie": None, **more}
    return (await find_current(world.ports, CurrentRequest(**request))).interaction


async def test_a_request_finds_the_interaction_of_its_client() -> None:
    world = World(interactions={"uid": an_interaction(), "other": an_interaction("other", client_id="web")})

    assert (await current(world, client_id="spa")).uid == "uid"
    assert (await current(world)).uid == "other"


async def test_an_interaction_of_a_signed_in_person_needs_the_same_session() -> None:
    world = World()
    world.signed_in()
    bound = InteractionSession(uid="session", account_id=ALICE)
    world.interactions["uid"] = an_interaction(session=bound)

    assert (await current(world, client_id="spa", session_cookie="cookie")).uid == "uid"


MINE = InteractionSession(uid="session", account_id=ALICE)
REFUSED = [
    pytest.param({"interaction_cookie": None}, {}, SessionNotFound, "interaction session id cookie not found"),
    pytest.param({"interaction_cookie": "gone"}, {}, SessionNotFound, "interaction session not found"),
    pytest.param({}, {"expires_at": START - timedelta(seconds=15)}, SessionNotFound, "interaction session not found"),
    pytest.param({}, {"client_id": "web"}, InvalidRequest, "interaction client_id mismatch"),
    pytest.param({"session_cookie": None}, {"session": MINE}, SessionNotFound, "session not found"),
    pytest.param({"session_cookie": "gone"}, {"session": MINE}, SessionNotFound, "session not found"),
    pytest.param({}, {"session": replace(MINE, uid="another")}, SessionNotFound, "session principal changed"),
    pytest.param(
        {}, {"session": replace(MINE, account_id=UserId("bob"))}, SessionNotFound, "session principal changed"
    ),
]


@pytest.mark.parametrize(("request_", "interaction", "error", "description"), REFUSED)
async def test_a_request_outside_of_its_sign_in_is_refused(
    request_: dict[str, Any], interaction: dict[str, Any], error: type[OAuthError], description: str
) -> None:
    world = World()
    world.signed_in()
    world.interactions["uid"] = an_interaction(**interaction)

    with pytest.raises(error) as caught:
        await current(world, **{"client_id": "spa", "session_cookie": "cookie", **request_})

    assert type(caught.value) is error
    assert caught.value.description == description
