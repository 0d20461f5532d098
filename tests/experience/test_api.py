"""The Experience API over HTTP: shapes of its refusals, and random sequences of calls."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.experience.conftest import PASSWORD
from tests.support.databases import START, settings_for
from tests.support.factories import hashed
from tests.support.visitor import Visitor

from sekisho.app import Application, create_app
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import TenantId
from sekisho.services import Runtime
from sekisho.tenants.urls import urls_of
from sekisho.users.models import NewUser

AUTHORIZATION = "/oidc/auth?" + urlencode(
    {
        "client_id": "demo-app",
        "redirect_uri": "http://localhost:3001/demo-app",
        "response_type": "code",
        "scope": "openid profile",
        "code_challenge": "cIube-o_KnCBL635NXhAjhimfURlWZXhBzRC5S2Dn-Q",
        "code_challenge_method": "S256",
    }
)
RIGHT = {"identifier": {"type": "username", "value": "ada"}, "password": PASSWORD}
WRONG = {"identifier": {"type": "username", "value": "ada"}, "password": "nope"}


async def add_user(runtime: Runtime, username: str) -> str:
    kept = await hashed(PASSWORD, hasher=runtime.hasher)
    urls = urls_of(TenantId("default"), origin="http://localhost:3001", public=runtime.public_urls)
    async with runtime.database.unit_of_work() as uow:
        user = await runtime.services(urls=urls, uow=uow).users.create(
            NewUser(username=username, password_encrypted=kept.encoded, password_encryption_method=kept.method)
        )
    return user.id


@pytest.fixture
async def browser(runtime: Runtime, visitor: Visitor) -> Visitor:
    """A browser that was sent to the sign-in page, and one account that exists."""
    await add_user(runtime, "ada")
    await visitor.get(AUTHORIZATION)
    return visitor


async def test_without_an_interaction_every_route_answers_alike(visitor: Visitor) -> None:
    for method, path in (
        ("PUT", ""),
        ("PUT", "/interaction-event"),
        ("GET", "/interaction"),
        ("POST", "/identification"),
        ("POST", "/submit"),
        ("POST", "/verification/password"),
        ("POST", "/profile"),
        ("PUT", "/profile/password"),
        ("GET", "/sso-connectors?email=ada@example.com"),
    ):
        response = await visitor.request(method, f"/api/experience{path}", json={"nonsense": True})
        assert response.status_code == 400, path
        body = response.json()
        assert body["code"] == "session.not_found"
        assert body["error"] == "invalid_request"
        assert body["error_description"] == "interaction session id cookie not found"


async def test_an_interaction_of_another_client_is_not_this_ones(browser: Visitor) -> None:
    response = await browser.put(
        "/api/experience", json={"interactionEvent": "SignIn"}, headers={"logto-app-id": "another"}
    )
    assert response.status_code == 400
    assert response.json()["error_description"] == "interaction client_id mismatch"


async def test_a_script_of_another_site_is_refused(browser: Visitor) -> None:
    response = await browser.put(
        "/api/experience", json={"interactionEvent": "SignIn"}, headers={"sec-fetch-site": "cross-site"}
    )
    assert response.status_code == 403


async def test_an_interaction_is_over_after_an_hour(browser: Visitor, clock: ManualClock) -> None:
    from datetime import timedelta  # noqa: PLC0415

    cookie = browser.jar.header("http://localhost:3001/")
    clock.advance(timedelta(hours=1, minutes=5))
    response = await browser.put("/api/experience", json={"interactionEvent": "SignIn"}, headers={"cookie": cookie})
    assert response.json()["error_description"] == "interaction session not found"


async def test_nothing_goes_before_the_flow_is_begun(browser: Visitor) -> None:
    for method, path, body in (
        ("GET", "/interaction", None),
        ("POST", "/submit", None),
        ("POST", "/verification/password", RIGHT),
        ("POST", "/profile", {"type": "username", "value": "grace"}),
    ):
        response = await browser.request(method, f"/api/experience{path}", json=body)
        assert (response.status_code, response.json()["code"]) == (404, "session.interaction_not_found")


MISFITS: Sequence[tuple[str, Any]] = (
    ("", {}),
    ("", {"interactionEvent": "Nonsense"}),
    ("", {"interactionEvent": 1}),
    ("", []),
    ("/verification/password", {"identifier": {"type": "username", "value": "ada"}, "password": ""}),
    ("/verification/password", {"identifier": {"type": "userId", "value": "ada"}, "password": "x"}),
    ("/verification/password", {"identifier": "ada", "password": "x"}),
    ("/profile", {"type": "username", "value": "1st"}),
    ("/profile", {"type": "nonsense"}),
    ("/profile", {"value": "no type"}),
    ("/profile", {"type": "extraProfile", "values": {"a b": 1}}),
    ("/profile", {"type": "extraProfile", "values": {"nickname": 1}}),
    ("/profile", {"type": "extraProfile", "values": {"avatar": "no url"}}),
    ("/profile", {"type": "extraProfile", "values": {"address": "street"}}),
)


async def test_what_does_not_fit_is_named(browser: Visitor) -> None:
    await browser.put("/api/experience", json={"interactionEvent": "Register"})
    for path, body in MISFITS:
        method = "PUT" if path == "" else "POST"
        response = await browser.request(method, f"/api/experience{path}", json=body)
        assert response.status_code == 400, (path, body)
        assert response.json()["code"] == "guard.invalid_input", (path, body)
        assert response.json()["details"], (path, body)


async def test_identification_without_a_proof_is_named(browser: Visitor) -> None:
    await browser.put("/api/experience", json={"interactionEvent": "SignIn"})
    response = await browser.post("/api/experience/identification", json={})
    assert (response.status_code, response.json()["code"]) == (400, "guard.invalid_input")


@pytest.mark.parametrize("kind", ["email", "phone", "social"])
async def test_proofs_that_cannot_exist_are_not_found(browser: Visitor, kind: str) -> None:
    await browser.put("/api/experience", json={"interactionEvent": "Register"})
    response = await browser.post("/api/experience/profile", json={"type": kind, "verificationId": "x"})
    assert (response.status_code, response.json()["code"]) == (404, "session.verification_session_not_found")


async def test_the_view_of_a_flow_hides_the_password(browser: Visitor) -> None:
    await browser.put("/api/experience", json={"interactionEvent": "Register"})
    for body in (
        {"type": "username", "value": "grace"},
        {"type": "password", "value": PASSWORD},
        {"type": "extraProfile", "values": {"name": "Grace", "nickname": "Amazing", "ship": "Hopper", "avatar": ""}},
    ):
        assert (await browser.post("/api/experience/profile", json=body)).status_code == 204
    view = (await browser.get("/api/experience/interaction")).json()
    assert view == {
        "interactionEvent": "Register",
        "profile": {
            "username": "grace",
            "name": "Grace",
            "profile": {"nickname": "Amazing"},
            "customData": {"ship": "Hopper"},
        },
        "verificationRecords": [],
        "mfa": {},
        "captcha": {"verified": False, "skipped": False},
        "signInContext": {"ip": "127.0.0.1", "userAgent": browser.headers["user-agent"]},
    }


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("preferredUsername", "name_conflict_built_in_prop"),
        ("primaryEmail", "name_conflict_sign_in_identifier"),
        ("defaultTenantId", "name_conflict_custom_data"),
    ],
)
async def test_reserved_names_are_no_profile_fields(browser: Visitor, name: str, code: str) -> None:
    await browser.put("/api/experience", json={"interactionEvent": "Register"})
    response = await browser.post("/api/experience/profile", json={"type": "extraProfile", "values": {name: "x"}})
    assert (response.status_code, response.json()["code"]) == (400, f"custom_profile_fields.{code}")
    assert name in response.json()["message"]


async def test_a_captcha_token_is_refused_while_there_is_no_provider(browser: Visitor) -> None:
    response = await browser.put("/api/experience", json={"interactionEvent": "SignIn", "captchaToken": "x"})
    assert (response.status_code, response.json()["code"]) == (422, "session.captcha_failed")


async def test_operations_that_are_not_built_are_not_found(browser: Visitor) -> None:
    await browser.put("/api/experience", json={"interactionEvent": "SignIn"})
    for path in ("/verification/totp/secret", "/verification/sso/x/authorization-uri", "/profile/mfa"):
        assert (await browser.post(f"/api/experience{path}", json={})).status_code == 404


async def test_public_settings_and_phrases_are_for_everybody(visitor: Visitor) -> None:
    settings_ = (await visitor.get("/api/.well-known/sign-in-exp")).json()
    assert settings_ == (await visitor.get("/api/.well-known/experience")).json()
    assert settings_["signIn"]["methods"][0]["identifier"] == "username"
    assert "forgotPasswordMethods" not in settings_
    phrases = await visitor.get("/api/.well-known/phrases?lng=ja")
    assert phrases.headers["content-language"] == "ja"
    assert phrases.json()["action"]["sign_in"] == "サインイン"
    again = await visitor.get("/api/.well-known/phrases?lng=ja", headers={"if-none-match": phrases.headers["etag"]})
    assert again.status_code == 304


# Random sequences -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    body: Any = None
    content_type: str = "application/json"


EVENTS = st.sampled_from(["SignIn", "Register", "ForgotPassword"])
#: "<proof>" stands for the id of the last proof.
IDS = st.sampled_from(["<proof>", "x", ""])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=6,
)
PATHS = (
    *("", "/interaction-event", "/interaction", "/identification", "/submit", "/verification/password", "/profile"),
    *("/profile/password", "/sso-connectors", "/nope"),
)
CALLS = st.one_of(
    EVENTS.map(lambda event: Call("PUT", "", {"interactionEvent": event})),
    EVENTS.map(lambda event: Call("PUT", "/interaction-event", {"interactionEvent": event})),
    st.sampled_from([RIGHT, WRONG]).map(lambda body: Call("POST", "/verification/password", body)),
    IDS.map(lambda proof: Call("POST", "/identification", {"verificationId": proof})),
    st.just(Call("POST", "/identification", {})),
    st.just(Call("POST", "/submit")),
    st.just(Call("GET", "/interaction")),
    st.sampled_from(["ada", "grace", "mary"]).map(
        lambda name: Call("POST", "/profile", {"type": "username", "value": name})
    ),
    st.sampled_from([PASSWORD, "short"]).map(
        lambda value: Call("POST", "/profile", {"type": "password", "value": value})
    ),
    st.builds(Call, st.sampled_from(["GET", "PUT", "POST", "DELETE", "PATCH"]), st.sampled_from(PATHS), JSON),
    st.builds(
        Call,
        st.sampled_from(["PUT", "POST"]),
        st.sampled_from(PATHS),
        st.binary(max_size=40),
        st.sampled_from(["application/json", "text/plain", "application/x-www-form-urlencoded", "x"]),
    ),
)


class Player:
    """Plays calls in a fresh sign-in each time, and keeps count of what was really proven."""

    def __init__(self, app: Application, clock: ManualClock, ada: str) -> None:
        self._app = app
        self._clock = clock
        self._ada = ada

    async def play(self, calls: list[Call]) -> None:
        visitor = Visitor(self._app, clock=self._clock)
        resume = (await visitor.get(AUTHORIZATION)).headers["location"]
        assert resume.endswith("?app_id=demo-app")
        proof, may_be = "", set[str]()
        for call in calls:
            response = await self._send(visitor, call, proof)
            assert response.status_code < 500, (call, response.text)
            if call.path == "/verification/password" and response.status_code == 200:
                assert call.body == RIGHT
                proof = response.json()["verificationId"]
                may_be.add(self._ada)
            if response.status_code == 201:
                may_be.add((await visitor.get("/api/experience/interaction")).json()["userId"])
            if call.path == "/submit" and response.status_code == 200:
                assert await self._who_comes_in(visitor, response.json()["redirectTo"]) in may_be
                return

    async def _send(self, visitor: Visitor, call: Call, proof: str) -> Any:
        path = f"/api/experience{call.path}"
        if isinstance(call.body, bytes):
            headers = {"content-type": call.content_type}
            return await visitor.request(call.method, path, content=call.body, headers=headers)
        body = call.body
        if isinstance(body, Mapping) and body.get("verificationId") == "<proof>":
            body = {"verificationId": proof}
        return await visitor.request(call.method, path, json=body)

    async def _who_comes_in(self, visitor: Visitor, address: str) -> str | None:
        """Follow to the end, and return whose session the browser has."""
        response = await visitor.get(address)
        while response.has_redirect_location and "code=" not in response.headers["location"]:
            response = await visitor.get(response.headers["location"])
        session_id = visitor.jar.get("_session")
        assert session_id is not None
        runtime = self._app.runtime
        urls = urls_of(TenantId("default"), origin="http://localhost:3001", public=runtime.public_urls)
        async with runtime.database.unit_of_work() as uow:
            session = await runtime.services(urls=urls, uow=uow).sessions.find(session_id)
        return None if session is None else session.account_id


def test_no_sequence_of_calls_lets_anybody_in_unproven_or_breaks_the_server(db_url: str) -> None:
    with asyncio.Runner() as runner:
        clock = ManualClock(START)
        app = create_app(settings_for(db_url), clock=clock)
        runner.run(app.start())
        player = Player(app, clock, runner.run(add_user(app.runtime, "ada")))

        @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
        @given(calls=st.lists(CALLS, min_size=3, max_size=12))
        def play(calls: list[Call]) -> None:
            runner.run(player.play(calls))

        try:
            play()
            # The two ways in, so that the property is known to let somebody pass.
            runner.run(player.play([Call("PUT", "", {"interactionEvent": "SignIn"}), *way_in()]))
        finally:
            runner.run(app.stop())


def way_in() -> list[Call]:
    return [
        Call("POST", "/verification/password", RIGHT),
        Call("POST", "/identification", {"verificationId": "<proof>"}),
        Call("POST", "/submit"),
    ]
