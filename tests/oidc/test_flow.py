"""A whole sign-in over HTTP, from the authorization request to the end of the session."""

from tests.oidc.party import LOGGED_OUT_URI, REDIRECT_URI, Party, PartyMaker, query_of
from tests.support.visitor import Visitor

from sekisho.applications.models import ApplicationType


async def test_a_person_without_a_session_is_sent_to_the_sign_in_page(visitor: Visitor, party: Party) -> None:
    answer = await party.authorize(visitor)

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?app_id={party.client_id}"
    assert answer.headers["cache-control"] == "no-store"
    assert visitor.jar.get("_session") is None
    assert visitor.jar.get("_logto") == f'{{"appId":"{party.client_id}"}}'


async def test_a_sign_in_ends_with_a_code_for_the_application(visitor: Visitor, party: Party) -> None:
    landed = await party.sign_in(visitor, await party.authorize(visitor))

    assert landed.headers["location"].startswith(f"{REDIRECT_URI}?code=")
    members = query_of(landed)
    assert members["state"] == "st-1"
    assert members["iss"] == "http://localhost:3001/oidc"
    assert len(members["code"]) == 43


async def test_a_code_buys_tokens_and_the_token_reads_userinfo(visitor: Visitor, party: Party) -> None:
    tokens = await party.tokens(visitor)
    claims = await visitor.get("/oidc/me", headers={"authorization": f"Bearer {tokens['access_token']}"})

    assert list(tokens) == ["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"]
    assert tokens["scope"] == "openid offline_access profile"
    assert claims.json()["sub"] == party.user.id
    assert claims.json()["username"] == party.user.username
    assert "email" not in claims.json()


async def test_a_second_authorization_in_the_session_needs_no_page(visitor: Visitor, make_party: PartyMaker) -> None:
    party = await make_party(ApplicationType.TRADITIONAL)
    await party.tokens(visitor)

    again = await party.authorize(visitor, prompt="none", scope="openid", state="s2")

    assert query_of(again)["state"] == "s2"
    assert "code" in query_of(again)


async def test_prompt_none_without_a_session_is_login_required(visitor: Visitor, party: Party) -> None:
    members = query_of(await party.authorize(visitor, prompt="none", scope="openid"))

    assert members["error"] == "login_required"
    assert members["error_description"] == "End-User authentication is required"
    assert members["iss"] == "http://localhost:3001/oidc"


async def test_a_signed_out_session_is_over(visitor: Visitor, party: Party) -> None:
    tokens = await party.tokens(visitor)
    form = await visitor.get(
        "/oidc/session/end",
        params={"client_id": party.client_id, "post_logout_redirect_uri": LOGGED_OUT_URI, "state": "x"},
    )
    xsrf = form.text.split('name="xsrf" value="')[1].split('"')[0]

    out = await visitor.post("/oidc/session/end/confirm", data={"xsrf": xsrf, "logout": "yes"})

    assert out.headers["location"] == f"{LOGGED_OUT_URI}?state=x"
    assert visitor.jar.get("_session") is None
    assert query_of(await party.authorize(visitor, prompt="none", scope="openid"))["error"] == "login_required"
    # Offline access was granted, so the refresh token outlives the session.
    assert (await party.refresh(visitor, tokens["refresh_token"])).status_code == 200


async def test_going_back_to_a_finished_step_is_refused(visitor: Visitor, party: Party) -> None:
    await party.authorize(visitor)
    uid = visitor.jar.get("_interaction_resume")
    await party.sign_in(visitor, await party.authorize(visitor))
    visitor.jar.clear()

    answer = await visitor.get(f"/oidc/auth/{uid}")

    assert answer.status_code == 400
    assert answer.json()["code"] == "session.not_found"
    assert answer.json()["error_description"] == "authorization request has expired"
