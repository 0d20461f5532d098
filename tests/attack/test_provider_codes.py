"""Codes and the way they travel: injected, replayed, downgraded, mixed up, sent elsewhere."""

from collections.abc import Sequence
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from tests.api.conftest import on_sqlite
from tests.oidc.party import CHALLENGE, REDIRECT_URI, VERIFIER, Party, PartyMaker, query_of
from tests.support.factories import Factory
from tests.support.visitor import ORIGIN, Visitor

from sekisho.applications.models import ApplicationType

OTHER_VERIFIER = "v" * 43
REGISTERED = "https://app.example.com/a/callback?x=1"


async def test_code_injection_a_code_is_nothing_to_another_client(
    visitor: Visitor, party: Party, make_party: PartyMaker
) -> None:
    """RFC 9700 §4.5: with its verifier, at the same redirect URI, whatever the other client may do."""
    code = await party.code(visitor)
    for other in (await make_party(), await make_party(ApplicationType.TRADITIONAL)):
        refused = await other.exchange(visitor, code)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")

    assert (await party.exchange(visitor, code)).status_code == 200, "who tried may not have used it up"


async def test_code_injection_a_code_of_another_browser_fails_at_the_verifier(visitor: Visitor, party: Party) -> None:
    """RFC 9700 §4.5.3: the victim's code, brought into the attacker's own sign-in at the same client."""
    stolen = await party.code(visitor)

    injected = await party.exchange(visitor, stolen, code_verifier=OTHER_VERIFIER)

    assert injected.json()["error"] == "invalid_grant"


async def test_code_replay_over_the_wire_ends_what_the_code_bought(visitor: Visitor, party: Party) -> None:
    """RFC 6749 §4.1.2."""
    code = await party.code(visitor)
    tokens = (await party.exchange(visitor, code)).json()

    replayed = await party.exchange(visitor, code)

    assert replayed.json()["error"] == "invalid_grant"
    assert (await party.refresh(visitor, tokens["refresh_token"])).json()["error"] == "invalid_grant"
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await visitor.get("/oidc/me", headers=bearer)).status_code == 401


@on_sqlite
async def test_mix_up_every_answer_names_its_issuer(visitor: Visitor, party: Party) -> None:
    """RFC 9207 §2: the code and the refusal, in whatever mode."""
    code = await party.sign_in(visitor, await party.authorize(visitor))
    refused = await party.authorize(visitor, prompt="none", max_age="x")
    posted = await party.authorize(visitor, prompt="none", scope="openid", response_mode="form_post")
    fragment = await party.authorize(visitor, prompt="none", scope="openid", response_mode="fragment")

    assert query_of(code)["iss"] == f"{ORIGIN}/oidc"
    assert query_of(refused) == {**query_of(refused), "error": "invalid_request", "iss": f"{ORIGIN}/oidc"}
    assert f'name="iss" value="{ORIGIN}/oidc"' in posted.text
    assert parse_qs(urlsplit(fragment.headers["location"]).fragment)["iss"] == [f"{ORIGIN}/oidc"]


async def test_mix_up_a_code_of_one_tenant_is_nothing_in_another(
    visitor: Visitor, party: Party, factory: Factory
) -> None:
    """Two applications of one id, one in each tenant: a code goes where it came from, or nowhere."""
    twin = await factory.in_tenant("admin").spa(id=party.client_id)
    code = await party.code(visitor)
    form = {"grant_type": "authorization_code", "code": code, "client_id": twin.id}
    form |= {"redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}

    elsewhere = await visitor.post("/t/admin/oidc/token", data=form)
    answered = await visitor.get(f"/t/admin/oidc/auth?{urlencode(party.query(prompt='none', scope='openid'))}")

    assert elsewhere.json()["error"] == "invalid_grant"
    assert query_of(answered)["iss"] == f"{ORIGIN}/t/admin/oidc"
    assert query_of(answered)["error"] == "login_required", "the session is of one tenant only"
    assert (await visitor.post("/oidc/token", data=form)).status_code == 200


@on_sqlite
@pytest.mark.parametrize("type_", [ApplicationType.SPA, ApplicationType.TRADITIONAL])
async def test_pkce_downgrade_a_challenge_demands_its_verifier(
    visitor: Visitor, make_party: PartyMaker, type_: ApplicationType
) -> None:
    """RFC 9700 §2.1.1: leaving the verifier out, or sending what was read in the address, is not enough."""
    party = await make_party(type_)
    for sent in ({}, {"code_verifier": ""}, {"code_verifier": CHALLENGE}):
        visitor.jar.clear()
        code = await party.code(visitor)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI, **sent}

        assert (await party.post_token(visitor, form)).json()["error"] == "invalid_grant", sent


@on_sqlite
async def test_pkce_downgrade_a_verifier_without_a_challenge_is_refused(
    visitor: Visitor, make_party: PartyMaker
) -> None:
    """RFC 9700 §4.8.2: an attacker strips the challenge from the request of a client that sends verifiers."""
    party = await make_party(ApplicationType.TRADITIONAL)

    code = await party.code(visitor, code_challenge="", code_challenge_method="")

    assert (await party.exchange(visitor, code)).json()["error"] == "invalid_grant"


WITHOUT_S256: Sequence[dict[str, str]] = (
    {"code_challenge": "", "code_challenge_method": ""},
    {"code_challenge_method": "plain", "code_challenge": VERIFIER},
    {"code_challenge_method": ""},
    {"code_challenge": "", "code_challenge_method": "S256"},
    {"code_challenge_method": "s256"},
)


@on_sqlite
async def test_pkce_downgrade_a_public_client_begins_nothing_without_s256(visitor: Visitor, party: Party) -> None:
    for sent in WITHOUT_S256:
        assert query_of(await party.authorize(visitor, **sent))["error"] == "invalid_request", sent
    assert "error" not in query_of(await party.authorize(visitor))


NOT_REGISTERED = (
    *(f"{REGISTERED}#", f"{REGISTERED}#x", f"{REGISTERED}%23x", REGISTERED.replace("?", "#?")),
    *("https://app.example.com@evil.example/a/callback?x=1", "https://evil@app.example.com/a/callback?x=1"),
    *("https://app.example.com:443@evil.example/a/callback?x=1", "https://:@app.example.com/a/callback?x=1"),
    *("https://app.example.com%40evil.example/a/callback?x=1", "https://app.example.com\\@evil.example/"),
    *("https://evil.example\\.app.example.com/a/callback?x=1", "https://evil.example%2F.app.example.com/a/"),
    *("https://app.example.com.evil.example/a/callback?x=1", "https://app.example.com./a/callback?x=1"),
    *("https://app.example.com:444/a/callback?x=1", "http://app.example.com/a/callback?x=1"),
    *("//app.example.com/a/callback?x=1", "https:app.example.com/a/callback?x=1", "https:///app.example.com/a/"),
    *("https://app.example.com/a/../b/callback?x=1", "https://app.example.com/a/%2e%2e/b/callback?x=1"),
    *("https://app.example.com/a/.%2E/callback?x=1", "https://app.example.com/a%2fcallback?x=1"),
    *("https://app.example.com/a/callback/?x=1", "https://app.example.com/a/callback;y?x=1"),
    *("https://app.example.com/a/callback?x=1&x=1", "https://app.example.com/a/callback", f"{REGISTERED}&y=2"),
    *("https://app.example.com/A/callback?x=1", "https://аpp.example.com/a/callback?x=1"),
    *("https://app.example.com\t/a/callback?x=1", "https://app.example.com/a/callback?x=1\n", f" {REGISTERED}"),
    *("javascript://app.example.com/a/callback?x=1", "data:text/html,x", "https://*.example.com/a/callback?x=1"),
    *("https://app。example。com@evil.example/", "https://[::1]/a/callback?x=1", "https://app.example.com:/evil"),
)


@on_sqlite
async def test_redirect_a_code_goes_to_the_registered_address_only(visitor: Visitor, make_party: PartyMaker) -> None:
    """RFC 9700 §4.1.3: fragment, userinfo, encoded dots, host confusion. Neither code nor error leaves."""
    party = await make_party(redirect_uris=[REGISTERED])

    for candidate in NOT_REGISTERED:
        refused = await party.authorize(visitor, redirect_uri=candidate)

        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_redirect_uri"), candidate
        assert "location" not in refused.headers, candidate
    assert (await party.authorize(visitor, redirect_uri=REGISTERED)).status_code == 303


BEYOND_THE_STAR = (
    *("https://evil.example/https://x.example.com/cb", "https://x.example.com.evil.example/cb"),
    *("https://x.y.example.com/cb", "https://.example.com/cb", "https://example.com/cb", "https://x.example.com/"),
    *("https://evil.example#x.example.com/cb", "https://evil.example?x.example.com/cb"),
    *(
        "https://x%2Fexample.com/cb",
        "https://evil.example%23.example.com/cb",
        "https://x.example.com@evil.example/cb",
    ),
    *("https://x.example.com/cb/../evil", "https://x.example.com/cb/%2e%2e/%2e%2e/evil"),
)


@on_sqlite
async def test_redirect_a_star_opens_its_own_label_only(visitor: Visitor, make_party: PartyMaker) -> None:
    party = await make_party(redirect_uris=["https://*.example.com/cb", "https://*.example.com/cb/*"])

    for candidate in BEYOND_THE_STAR:
        refused = await party.authorize(visitor, redirect_uri=candidate)

        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_redirect_uri"), candidate
    assert (await party.authorize(visitor, redirect_uri="https://x.example.com/cb")).status_code == 303


async def test_a_code_is_for_the_address_it_was_sent_to(visitor: Visitor, make_party: PartyMaker) -> None:
    """RFC 6749 §4.1.3: another of the client's own addresses, or none where there is a choice, redeems nothing."""
    other = "https://app.example.com/other"
    party = await make_party(redirect_uris=[REDIRECT_URI, other])
    code = await party.code(visitor)
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}

    assert (await party.exchange(visitor, code, redirect_uri=other)).json()["error"] == "invalid_grant"
    assert (await party.post_token(visitor, form)).json()["error"] == "invalid_grant"
    assert (await party.exchange(visitor, code)).status_code == 200


async def test_who_may_not_redeem_a_code_does_not_learn_whether_it_was_used(
    visitor: Visitor, party: Party, make_party: PartyMaker
) -> None:
    """A replay by another client, or without the verifier, must not end the grant of the one who was robbed."""
    code = await party.code(visitor)
    tokens = (await party.exchange(visitor, code)).json()

    by_another = await (await make_party()).exchange(visitor, code)
    unproven = await party.exchange(visitor, code, code_verifier=OTHER_VERIFIER)

    assert by_another.json() == unproven.json()
    assert (await party.refresh(visitor, tokens["refresh_token"])).status_code == 200


@on_sqlite
async def test_no_other_method_begins_a_sign_in(visitor: Visitor, party: Party) -> None:
    for method in ("PUT", "PATCH", "DELETE", "TRACE"):
        answer = await visitor.request(method, f"/oidc/auth?{urlencode(party.query())}")
        assert (answer.status_code, answer.headers.get_list("set-cookie")) == (404, []), method


@on_sqlite
async def test_a_head_request_gives_no_code_away_in_a_body(visitor: Visitor, party: Party) -> None:
    await party.code(visitor)
    answer = await visitor.head(f"/oidc/auth?{urlencode(party.query(prompt='none', scope='openid'))}")
    assert answer.content == b""


@on_sqlite
async def test_the_method_of_a_request_is_what_its_line_says(visitor: Visitor, party: Party) -> None:
    """Headers and fields that some frameworks obey make no POST out of a GET."""
    code = await party.code(visitor)
    form = {"grant_type": "authorization_code", "code": code, "client_id": party.client_id, "_method": "POST"}
    answer = await visitor.get(f"/oidc/token?{urlencode(form)}", headers={"x-http-method-override": "POST"})
    assert answer.status_code == 404
    in_query = await visitor.post(f"/oidc/token?{urlencode(form)}")
    assert in_query.json()["error"] == "invalid_request"
