"""The RP-Initiated OP plan (`oidcc-rp-initiated-logout-certification-test-plan`), a test for each module."""

from urllib.parse import urlencode

import httpx2
import pytest
from tests.conformance.conftest import SIGNED_OUT, MakeRelyingParty
from tests.conformance.relying_party import RelyingParty, form_of
from tests.support.visitor import ORIGIN


@pytest.fixture
async def party(relying_party: MakeRelyingParty) -> RelyingParty:
    return await relying_party()


async def leave(party: RelyingParty, **more: str) -> httpx2.Response:
    """Ask to sign out, and confirm as the page does."""
    page = await party.visitor.get(f"/oidc/session/end?{urlencode(more)}")
    if page.status_code != 200:
        return page
    action, fields = form_of(page)
    return await party.visitor.post(action, data=fields)


async def is_signed_in(party: RelyingParty) -> bool:
    return "code" in party.told(await party.arrive(prompt="none"))


async def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(party: RelyingParty) -> None:
    document = (await party.visitor.get("/oidc/.well-known/openid-configuration")).json()

    assert document["end_session_endpoint"] == f"{ORIGIN}/oidc/session/end"


async def test_oidcc_rp_initiated_logout(party: RelyingParty) -> None:
    tokens = await party.tokens()

    left = await leave(party, id_token_hint=tokens.id_token, post_logout_redirect_uri=SIGNED_OUT, state="bye")

    assert left.headers["location"] == f"{SIGNED_OUT}?state=bye"
    assert not await is_signed_in(party)


async def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(party: RelyingParty) -> None:
    tokens = await party.tokens()

    left = await leave(party, id_token_hint=tokens.id_token, post_logout_redirect_uri=f"{SIGNED_OUT}/evil", state="bye")

    assert (left.status_code, left.json()["error"]) == (400, "invalid_request")
    assert await is_signed_in(party)


async def test_oidcc_rp_initiated_logout_modified_id_token_hint(party: RelyingParty) -> None:
    head, body, signature = (await party.tokens()).id_token.split(".")
    swapped = "B" if signature[0] == "A" else "A"

    left = await leave(
        party, id_token_hint=f"{head}.{body}.{swapped}{signature[1:]}", post_logout_redirect_uri=SIGNED_OUT
    )

    assert (left.status_code, left.json()["error"]) == (400, "invalid_request")
    assert await is_signed_in(party)


async def test_oidcc_rp_initiated_logout_bad_id_token_hint(party: RelyingParty) -> None:
    await party.tokens()

    left = await leave(party, id_token_hint="nonsense", post_logout_redirect_uri=SIGNED_OUT)

    assert (left.status_code, left.json()["error"]) == (400, "invalid_request")
    assert await is_signed_in(party)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"post_logout_redirect_uri": SIGNED_OUT}, id="oidcc-rp-initiated-logout-no-id-token-hint"),
        pytest.param({}, id="oidcc-rp-initiated-logout-no-params"),
        pytest.param({"state": "bye"}, id="oidcc-rp-initiated-logout-only-state"),
    ],
)
async def test_without_a_client_the_person_ends_at_our_own_page(party: RelyingParty, more: dict[str, str]) -> None:
    await party.tokens()

    left = await leave(party, **more)

    assert left.headers["location"] == f"{ORIGIN}/oidc/session/end/success"
    assert (await party.visitor.get(left.headers["location"])).status_code == 200
    assert not await is_signed_in(party)


async def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(party: RelyingParty) -> None:
    tokens = await party.tokens()

    left = await leave(party, id_token_hint=tokens.id_token, state="bye")

    assert left.headers["location"] == f"{ORIGIN}/oidc/session/end/success"
    assert not await is_signed_in(party)


async def test_oidcc_rp_initiated_logout_no_state(party: RelyingParty) -> None:
    tokens = await party.tokens()

    left = await leave(party, id_token_hint=tokens.id_token, post_logout_redirect_uri=SIGNED_OUT)

    assert left.headers["location"] == SIGNED_OUT


async def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(party: RelyingParty) -> None:
    tokens = await party.tokens()

    left = await leave(party, id_token_hint=tokens.id_token, post_logout_redirect_uri=f"{SIGNED_OUT}?a=b", state="bye")

    assert (left.status_code, left.json()["error"]) == (400, "invalid_request")
