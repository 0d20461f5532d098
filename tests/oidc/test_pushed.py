"""Requests that clients push ahead (RFC 9126, oidc.md §25.1)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.oidc.browsing import SOUND, come_back, members_of, page_of
from tests.oidc.device import tv
from tests.oidc.world import ALICE, API, REDIRECT_URI, World

from sekisho.oidc.authorize.answers import Authorized, Refused
from sekisho.oidc.authorize.flow import AuthorizeRequest
from sekisho.oidc.errors import OAuthError
from sekisho.oidc.models import ClientAuthorization
from sekisho.oidc.pushed import PushRequest

WRONG_URN = "urn:ietf:params:oauth:request_uri:" + "x" * 43
INVALID = "request_uri is invalid, expired, or was already used"


async def push(world: World, pairs: Sequence[tuple[str, str]] = (), /, **form: str) -> dict[str, Any]:
    sent = [*{**SOUND, **form}.items(), *pairs]
    return dict((await world.provider.push(PushRequest(form=sent))).members())


async def refused(world: World, pairs: Sequence[tuple[str, str]] = (), /, **form: str) -> OAuthError:
    with pytest.raises(OAuthError) as caught:
        await push(world, pairs, **form)
    return caught.value


async def visit(world: World, *, cookie: str | None = None, **query: str) -> Authorized:
    request = AuthorizeRequest(query=list({"client_id": "spa", **query}.items()), session_cookie=cookie)
    return await world.provider.authorize(request)


def a_known_person(world: World) -> None:
    """Put a session there in which the application needs no page any more."""
    world.granted(scopes=["openid", "profile"])
    world.signed_in(authorizations={"spa": ClientAuthorization(sid="sid", grant_id="grant")})


async def test_a_pushed_request_is_named_by_a_reference_for_a_minute() -> None:
    answer = await push(World())

    assert list(answer) == ["expires_in", "request_uri"]
    assert answer["expires_in"] == 60
    assert answer["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")
    assert len(answer["request_uri"]) == len(WRONG_URN)


async def test_no_secret_is_kept_with_a_request() -> None:
    world = World()
    await push(world, client_id="web", client_secret="s3cret")

    (pushed,) = world.pushed_requests.values()
    assert pushed.params == {**SOUND, "client_id": "web"}


REFUSED = [
    pytest.param({"client_id": "nope"}, "invalid_client", "invalid client nope", id="RFC 9126 §2.3: unknown client"),
    pytest.param(
        {"client_id": "web"}, "invalid_client", "client authentication failed", id="RFC 9126 §2: must authenticate"
    ),
    pytest.param(
        {"request_uri": WRONG_URN},
        "request_uri_not_supported",
        "request_uri parameter provided but not supported",
        id="RFC 9126 §2.1: request_uri",
    ),
    pytest.param(
        {"request": "ey"},
        "request_not_supported",
        "request parameter provided but not supported",
        id="OpenID Connect Core §6.1: request",
    ),
    pytest.param(
        {"redirect_uri": "https://evil.example/"},
        "invalid_request",
        "redirect_uri did not match any of the client's registered redirect_uris",
        id="RFC 9126 §2.3: redirect_uri",
    ),
    pytest.param(
        {"code_challenge": "", "code_challenge_method": ""},
        "invalid_request",
        "Authorization Server policy requires PKCE to be used for this request",
        id="RFC 7636 §4.4.1: PKCE",
    ),
    pytest.param(
        {"response_type": "banana"},
        "unsupported_response_type",
        "unsupported response_type requested",
        id="RFC 6749 §3.1.1: response_type",
    ),
    pytest.param(
        {"prompt": "none login"},
        "invalid_request",
        "prompt none must only be used alone",
        id="OpenID Connect Core §3.1.2.1: prompt",
    ),
    pytest.param(
        {"resource": f"{API},{API}"},
        "invalid_target",
        "resource indicator is missing, or unknown",
        id="§1.3: a body's resource is not split at commas",
    ),
]


@pytest.mark.parametrize(("form", "error", "description"), REFUSED)
async def test_what_the_authorization_endpoint_would_refuse_is_refused_at_once(
    form: dict[str, str], error: str, description: str
) -> None:
    world = World()

    refusal = await refused(world, **form)

    assert (refusal.error, refusal.description) == (error, description)
    assert not world.pushed_requests


async def test_a_repeated_parameter_is_refused() -> None:
    refusal = await refused(World(), [("state", "another")])

    assert refusal.description == "'state' parameter must not be provided twice"


async def test_a_device_has_nothing_to_push() -> None:
    world = World()
    world.all_clients["tv"] = tv()

    refusal = await refused(world, client_id="tv")

    assert refusal.description == "requested response_type is not allowed for this client"


async def test_what_was_pushed_counts_and_nothing_beside_it() -> None:
    world = World()
    uri = (await push(world, [("resource", API)], first_screen="register", login_hint="a@b.io"))["request_uri"]

    page = page_of(
        await visit(
            world,
            request_uri=uri,
            redirect_uri="https://evil.example/",
            scope="openid roles",
            prompt="none",
            state="x",
            first_screen="reset_password",
            resource="https://elsewhere.example",
        )
    )

    assert page.location == "/register?app_id=spa&login_hint=a%40b.io"
    params = world.interactions[page.interaction.uid].params
    assert params == {**SOUND, "resource": [API], "first_screen": "register", "login_hint": "a@b.io"}


async def test_a_reference_buys_one_code() -> None:
    world = World()
    a_known_person(world)
    uri = (await push(world))["request_uri"]

    first = await visit(world, cookie="cookie", request_uri=uri)
    second = await visit(world, cookie="cookie", request_uri=uri, redirect_uri=REDIRECT_URI)

    assert "code" in members_of(first)
    assert members_of(second) == {
        "error": "invalid_request_uri",
        "error_description": INVALID,
        "iss": "https://id.example/oidc",
    }
    assert len(world.codes) == 1


async def test_a_reference_may_be_opened_again_until_a_code_was_issued() -> None:
    """RFC 9126 §4: a person who reloads the page has not used the request."""
    world = World()
    uri = (await push(world))["request_uri"]
    first, second = page_of(await visit(world, request_uri=uri)), page_of(await visit(world, request_uri=uri))

    answers = []
    for page in (first, second):
        uid = page.interaction.uid
        world.interactions[uid] = replace(world.interactions[uid], result={"login": {"accountId": ALICE}})
        world.granted(scopes=["openid", "profile"])
        signed_in = await come_back(world, uid)
        consented = page_of(signed_in).interaction.uid
        world.interactions[consented] = replace(world.interactions[consented], result={"consent": {"grantId": "grant"}})
        assert signed_in.session_cookie is not None
        answers.append(members_of(await come_back(world, consented, cookie=signed_in.session_cookie.value)))

    assert "code" in answers[0]
    assert answers[1]["error"] == "invalid_request_uri"


async def test_a_person_may_take_longer_than_the_reference_lasts() -> None:
    world = World()
    a_known_person(world)
    uri = (await push(world, max_age="0"))["request_uri"]
    page = page_of(await visit(world, cookie="cookie", request_uri=uri))
    uid = page.interaction.uid
    world.clock.advance(timedelta(minutes=30))
    world.interactions[uid] = replace(world.interactions[uid], result={"login": {"accountId": ALICE}})

    assert "code" in members_of(await come_back(world, uid, cookie="cookie"))


UNUSABLE = [
    pytest.param({"request_uri": WRONG_URN}, "invalid_request_uri", INVALID, id="RFC 9126 §4: unknown"),
    pytest.param(
        {"request_uri": "https://spa.example/request"},
        "request_uri_not_supported",
        "request_uri parameter provided but not supported",
        id="RFC 9101 §10.4: one that we would have to fetch",
    ),
]


@pytest.mark.parametrize(("query", "error", "description"), UNUSABLE)
async def test_a_reference_that_names_nothing_is_refused(query: dict[str, str], error: str, description: str) -> None:
    members = members_of(await visit(World(), redirect_uri=REDIRECT_URI, state="s", **query))

    assert members == {
        "error": error,
        "error_description": description,
        "state": "s",
        "iss": "https://id.example/oidc",
    }


async def test_a_reference_lasts_a_minute() -> None:
    world = World()
    uri = (await push(world))["request_uri"]
    world.clock.advance(timedelta(seconds=75))

    assert members_of(await visit(world, request_uri=uri))["error"] == "invalid_request_uri"


async def test_a_reference_of_another_client_is_refused() -> None:
    """RFC 9126 §2.2: bound to the client that pushed it."""
    world = World()
    uri = (await push(world))["request_uri"]

    answer = await visit(world, client_id="native", request_uri=uri)

    assert members_of(answer)["error"] == "invalid_request_uri"


async def test_a_reference_alone_names_no_client() -> None:
    world = World()
    uri = (await push(world))["request_uri"]

    answer = await world.provider.authorize(AuthorizeRequest(query=[("request_uri", uri)]))

    assert isinstance(answer.answer, Refused)
    assert answer.answer.error.description == "missing required parameter 'client_id'"
