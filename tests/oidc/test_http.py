"""The provider over HTTP: paths, bodies, CORS, headers, and how an error looks (oidc.md §1, §28)."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from tests.oidc.party import Party, PartyMaker
from tests.support.visitor import Visitor

from sekisho.applications.models import ApplicationType

# Nothing here depends on the kind of database.
pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)

FORM = {"content-type": "application/x-www-form-urlencoded"}
NO_MECHANISM = "no client authentication mechanism provided"


async def test_discovery_names_this_tenants_endpoints(visitor: Visitor) -> None:
    answer = await visitor.get("/oidc/.well-known/openid-configuration")
    same = await visitor.get("/oidc/.well-known/oauth-authorization-server")

    assert answer.json()["issuer"] == "http://localhost:3001/oidc"
    assert answer.json()["id_token_signing_alg_values_supported"] == ["ES384"]
    assert answer.json() == same.json()
    assert "cache-control" not in answer.headers


async def test_a_tenant_behind_a_prefix_has_its_own_issuer_and_keys(visitor: Visitor) -> None:
    document = (await visitor.get("/t/admin/oidc/.well-known/openid-configuration")).json()
    keys, others = (await visitor.get("/t/admin/oidc/jwks")).json(), (await visitor.get("/oidc/jwks")).json()

    assert document["issuer"] == "http://localhost:3001/t/admin/oidc"
    assert document["token_endpoint"] == "http://localhost:3001/t/admin/oidc/token"
    assert keys != others


async def test_the_key_set_shows_public_halves_only(visitor: Visitor) -> None:
    answer = await visitor.get("/oidc/jwks")

    assert answer.headers["content-type"] == "application/jwk-set+json; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache, max-age=0, must-revalidate"
    (key,) = answer.json()["keys"]
    assert set(key) == {"kty", "use", "kid", "alg", "crv", "x", "y"}


@pytest.mark.parametrize("path", ["/oidc/JWKS", "/oidc/jwks/", "/oidc/.Well-Known/OpenID-Configuration/"])
async def test_paths_have_no_case_and_may_end_with_a_slash(visitor: Visitor, path: str) -> None:
    assert (await visitor.get(path)).status_code == 200


async def test_head_answers_like_get_without_a_body(visitor: Visitor) -> None:
    answer = await visitor.head("/oidc/jwks")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "application/jwk-set+json; charset=utf-8"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/token"),
        ("PUT", "/token"),
        ("GET", "/nope"),
        ("POST", "/jwks"),
        ("OPTIONS", "/auth"),
        ("GET", "/auth/:uid"),
        ("DELETE", "/session/end"),
    ],
)
async def test_an_unknown_route_is_a_404_of_the_protocol(visitor: Visitor, method: str, path: str) -> None:
    answer = await visitor.request(method, f"/oidc{path}")

    assert answer.status_code == 404
    assert answer.json() == {
        "code": "oidc.invalid_request",
        "message": answer.json()["message"],
        "error": "invalid_request",
        "error_description": f"unrecognized route or not allowed method ({method} on {path})",
    }


BODIES = [
    pytest.param(b"", {}, 400, NO_MECHANISM, id="§1.3 nothing at all"),
    pytest.param(b"client_id=", FORM, 400, NO_MECHANISM, id="§1.3 empty is absent"),
    pytest.param(b'{"client_id":', {"content-type": "application/json"}, 400, NO_MECHANISM, id="§1.3 broken JSON"),
    pytest.param(b"[1]", {"content-type": "application/json"}, 400, NO_MECHANISM, id="§1.3 JSON, but no object"),
    pytest.param(
        b'{"client_id":{"a":1},"x":null}',
        {"content-type": "application/json"},
        400,
        NO_MECHANISM,
        id="§1.3 nested JSON",
    ),
    pytest.param(
        b'{"client_id":"nope"}', {"content-type": "application/json"}, 400, "invalid client nope", id="§1.3 JSON"
    ),
    pytest.param(
        "client_id=nope".encode("utf-16-le"),
        {"content-type": "application/x-www-form-urlencoded; charset=utf-16le"},
        400,
        "invalid client nope",
        id="§1.3 a charset",
    ),
    pytest.param(
        b"client_id=nope",
        {"content-type": "application/x-www-form-urlencoded; charset=klingon"},
        400,
        "unsupported charset",
        id="§1.3 an unknown charset",
    ),
    pytest.param(
        b"<x/>",
        {"content-type": "text/xml"},
        400,
        "only application/x-www-form-urlencoded content-type bodies are supported on POST /token",
        id="§1.3 another content type",
    ),
    pytest.param(
        b"client_id=a%00b", FORM, 400, "null bytes are not allowed in the request body", id="§1.3 an encoded NUL"
    ),
    pytest.param(b"client_id=a\x00b", FORM, 400, "null bytes are not allowed in the request body", id="§1.3 a NUL"),
    pytest.param(
        b'{"client_id":"a\\u0000"}',
        {"content-type": "application/json"},
        400,
        "null bytes are not allowed in the request body",
        id="§1.3 a NUL in JSON",
    ),
    pytest.param(b"x=" + b"y" * 57_344, FORM, 413, "request entity too large", id="§1.3 more than 56 KiB"),
    pytest.param(b"a=1&" * 501, FORM, 400, "too many parameters", id="too many parameters"),
    pytest.param(b"client_id=%ff%fe", FORM, 400, "invalid client \ufffd\ufffd", id="broken UTF-8"),
    pytest.param(b"client_id=spa&client_id=spa", FORM, 400, NO_MECHANISM, id="a repeated client is no client"),
]


@pytest.mark.parametrize(("body", "headers", "status", "description"), BODIES)
async def test_a_body_is_read_as_it_stands(
    visitor: Visitor, body: bytes, headers: dict[str, str], status: int, description: str
) -> None:
    answer = await visitor.post("/oidc/token", content=body, headers=headers)

    assert answer.status_code == status
    assert answer.json()["error_description"] == description
    assert answer.headers["cache-control"] == "no-store"


async def test_a_json_body_is_a_form(visitor: Visitor, make_party: PartyMaker) -> None:
    machine = await make_party(ApplicationType.MACHINE_TO_MACHINE)
    body = {
        "grant_type": "client_credentials",
        "client_id": machine.client_id,
        "client_secret": machine.secret,
        "resource": ["https://default.logto.app/api"],
    }

    answer = await visitor.post("/oidc/token", json=body)

    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "expires_in", "token_type"}


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
async def test_an_authorization_request_may_be_posted(visitor: Visitor, party: Party, content_type: str) -> None:
    query = party.query()
    body: dict[str, Any] = {"json": query} if content_type == "application/json" else {"data": query}

    answer = await visitor.post("/oidc/auth?client_id=ignored", **body)

    assert answer.headers["location"] == f"/sign-in?app_id={party.client_id}"


@pytest.mark.parametrize(
    "body", [{"resource": ["one"]}, {"resource": []}, {"a": None}, {"a": {"b": 1}}, [1]], ids=json.dumps
)
async def test_a_post_that_is_no_query_is_not_found(visitor: Visitor, body: object) -> None:
    assert (await visitor.post("/oidc/auth", json=body)).status_code == 404


async def test_a_nul_in_a_query_is_refused(visitor: Visitor, party: Party) -> None:
    answer = await visitor.get(f"/oidc/auth?client_id={party.client_id}&state=%00")

    assert answer.status_code == 400
    assert answer.json()["error_description"] == "null bytes are not allowed in the request"


async def test_odd_characters_survive_the_round_trip(visitor: Visitor, party: Party) -> None:
    answer = await party.authorize(visitor, ui_locales='ja;"é\U0001f600', login_hint="a&b=ü", state="ö")

    assert answer.status_code == 303
    assert answer.headers["location"].endswith("login_hint=a%26b%3D%C3%BC")
    assert (visitor.jar.get("_logto") or "").isascii()


# Errors


async def test_an_error_is_told_in_the_callers_language(visitor: Visitor) -> None:
    english = (await visitor.post("/oidc/token")).json()
    japanese = (await visitor.post("/oidc/token", headers={"accept-language": "ja"})).json()
    chosen = (await visitor.post("/oidc/token?locale=ja")).json()

    assert english["error_description"] == japanese["error_description"] == NO_MECHANISM
    assert english["message"] != japanese["message"]
    assert japanese["message"] == chosen["message"]


async def test_an_error_can_be_had_raw(visitor: Visitor) -> None:
    assert (await visitor.post("/oidc/token?parse_error=false")).json() == {
        "error": "invalid_request",
        "error_description": NO_MECHANISM,
    }


async def test_an_invalid_grant_says_where_to_read_more(visitor: Visitor, party: Party) -> None:
    body = (await party.exchange(visitor, "nope")).json()

    assert list(body) == ["code", "message", "error_uri", "error", "error_description"]
    assert body["code"] == "oidc.invalid_grant"
    assert body["error_uri"] == "https://openid.sh/debug/invalid_grant"


async def test_an_authorization_error_names_the_issuer_and_the_state(visitor: Visitor) -> None:
    answer = await visitor.get("/oidc/auth?client_id=nope&state=s")

    assert answer.status_code == 400
    assert {name: answer.json()[name] for name in ("error", "state", "iss")} == {
        "error": "invalid_client",
        "state": "s",
        "iss": "http://localhost:3001/oidc",
    }


async def test_a_failed_client_is_challenged_in_the_header_it_used(visitor: Visitor, make_party: PartyMaker) -> None:
    party = await make_party(ApplicationType.TRADITIONAL)
    in_header = await visitor.post("/oidc/token", auth=(party.client_id, "wrong"))
    in_body = await visitor.post("/oidc/token", data={"client_id": party.client_id, "client_secret": "wrong"})

    assert in_header.status_code == in_body.status_code == 401
    assert in_header.headers["www-authenticate"] == (
        'Basic realm="http://localhost:3001/oidc", error="invalid_client", '
        'error_description="client authentication failed"'
    )
    assert "www-authenticate" not in in_body.headers


async def test_userinfo_challenges(visitor: Visitor) -> None:
    without = await visitor.get("/oidc/me")
    wrong = await visitor.get("/oidc/me", headers={"authorization": "Bearer nope"})

    assert without.headers["www-authenticate"] == 'Bearer realm="http://localhost:3001/oidc"'
    assert wrong.headers["www-authenticate"] == (
        'Bearer realm="http://localhost:3001/oidc", error="invalid_token", error_description="invalid token provided"'
    )


# Pages


async def test_the_sign_out_page_posts_itself_and_works_by_hand(visitor: Visitor) -> None:
    page = await visitor.get("/oidc/session/end")

    assert page.status_code == 200
    assert 'id="op.logoutForm"' in page.text
    assert 'action="http://localhost:3001/oidc/session/end/confirm"' in page.text
    assert 'name="logout" value="yes"' in page.text
    assert page.headers["cache-control"] == "no-store"
    assert visitor.jar.get("_session") is not None


async def test_an_answer_can_be_posted_to_the_application(visitor: Visitor, party: Party) -> None:
    answer = await party.authorize(visitor, prompt="none", scope="openid", response_mode="form_post")

    assert answer.status_code == 400
    assert 'action="https://app.example.com/callback"' in answer.text
    assert 'name="error" value="login_required"' in answer.text


async def test_the_end_of_a_session_has_a_page(visitor: Visitor) -> None:
    page = await visitor.get("/oidc/session/end/success")

    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
async def test_the_process_says_that_it_is_well(visitor: Visitor, path: str) -> None:
    assert (await visitor.get(path)).json() == {"status": "ok"}


async def test_cookies_of_two_tenants_live_side_by_side(visitor: Visitor, party: Party) -> None:
    await party.authorize(visitor)
    admin = {
        "client_id": "admin-console",
        "redirect_uri": "http://localhost:3001/console/callback",
        "response_type": "code",
        "scope": "openid",
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
    }

    answer = await visitor.get("/t/admin/oidc/auth", params=admin)

    assert answer.headers["location"] == "/t/admin/sign-in?app_id=admin-console"
    assert visitor.jar.get("_interaction") is not None
    assert visitor.jar.get("_interaction__admin") is not None
    paths = {cookie.name: cookie.path for cookie in visitor.jar.cookies()}
    uid = visitor.jar.get("_interaction_resume__admin")
    assert paths["_interaction_resume__admin"] == f"/t/admin/oidc/auth/{uid}"


async def test_built_in_clients_follow_the_tenants_address(visitor: Visitor) -> None:
    for client_id, redirect_uri in (
        ("demo-app", "http://localhost:3001/demo-app"),
        ("account-center", "http://localhost:3001/account"),
    ):
        query = f"client_id={client_id}&redirect_uri={quote(redirect_uri)}&response_type=code&scope=openid"
        challenge = f"&code_challenge={'x' * 43}&code_challenge_method=S256"

        assert (await visitor.get(f"/oidc/auth?{query}{challenge}")).headers[
            "location"
        ] == f"/sign-in?app_id={client_id}"
