"""The Back-Channel OP plan (`oidcc-backchannel-rp-initiated-logout-certification-test-plan`), module by module."""

import json
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jws
from joserfc.jwk import KeySet
from tests.conformance.conftest import SIGNED_OUT, MakeRelyingParty
from tests.conformance.relying_party import RelyingParty, form_of
from tests.support.factories import Factory
from tests.support.receiver import Receiver, receiving

from sekisho.applications.models import OidcClientMetadata

EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture
async def ear() -> AsyncIterator[Receiver]:
    """Where the application hears of sign-outs."""
    async with receiving(200) as receiver:
        yield receiver


@pytest.fixture
async def party(relying_party: MakeRelyingParty, make: Factory, ear: Receiver) -> RelyingParty:
    party = await relying_party()
    metadata = OidcClientMetadata(
        redirect_uris=(party.redirect_uri,),
        post_logout_redirect_uris=(SIGNED_OUT,),
        backchannel_logout_uri=f"{ear.url}/backchannel_logout",
        backchannel_logout_session_required=True,
    )
    async with make.services() as services:
        await services.applications.update(party.application.id, {"oidc_client_metadata": metadata})
    return party


async def test_oidcc_backchannel_logout_discovery_endpoint_verification(party: RelyingParty) -> None:
    document = (await party.visitor.get("/oidc/.well-known/openid-configuration")).json()

    assert document["backchannel_logout_supported"] is True
    assert document["backchannel_logout_session_supported"] is True


async def test_oidcc_backchannel_rp_initiated_logout(party: RelyingParty, ear: Receiver) -> None:
    tokens = await party.tokens()
    query = {"id_token_hint": tokens.id_token, "post_logout_redirect_uri": SIGNED_OUT, "state": "bye"}
    action, fields = form_of(await party.visitor.get(f"/oidc/session/end?{urlencode(query)}"))
    left = await party.visitor.post(action, data=fields)
    (request,) = await ear.at_least(1)

    # Back-Channel Logout §2.5: a form with the token and nothing else.
    assert (request.method, request.path) == ("POST", "/backchannel_logout")
    assert list(request.form) == ["logout_token"]
    logout_token = request.form["logout_token"]
    # §2.4 and §2.6: signed as ID tokens are, for this application, about this person and session.
    keys = KeySet.import_key_set((await party.visitor.get("/oidc/jwks")).json())
    signed = jws.extract_compact(logout_token.encode())
    (key,) = [each for each in keys.keys if each.kid == signed.headers()["kid"]]
    jws.deserialize_compact(logout_token, key, algorithms=["ES384"])
    claims = json.loads(signed.payload)
    for name in ("iss", "aud", "sub", "sid"):
        assert claims[name] == tokens.claims[name]
    assert claims["events"] == {EVENT: {}}
    assert claims["iat"] < claims["exp"] <= claims["iat"] + 120
    assert claims["jti"]
    assert "nonce" not in claims
    # RP-Initiated Logout §3: back at the application, with its state, and signed out.
    target = urlsplit(left.headers["location"])
    assert f"{target.scheme}://{target.netloc}{target.path}" == SIGNED_OUT
    assert parse_qs(target.query) == {"state": ["bye"]}
    assert party.told(await party.arrive(prompt="none"))["error"] == "login_required"
