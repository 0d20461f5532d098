"""Tokens bound to a key, shown without it: downgraded, proved for another place or tenant, laundered by an exchange."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx2
import pytest
from joserfc.jwk import OctKey
from tests.api.conftest import on_sqlite
from tests.oidc.party import REDIRECT_URI, VERIFIER, Party, PartyMaker
from tests.oidc.proving import KEY, OTHER_KEY, proof
from tests.oidc.test_token_exchange import ACCESS_TOKEN, exchange
from tests.support.factories import Factory
from tests.support.visitor import ORIGIN, Visitor

from sekisho.applications.models import ApplicationType, CustomClientMetadata
from sekisho.kernel.clock import ManualClock
from sekisho.oidc.options import DpopMode

TOKEN = f"{ORIGIN}/oidc/token"
ME = f"{ORIGIN}/oidc/me"
MANAGEMENT_API = "https://default.logto.app/api"
Show = Callable[..., Mapping[str, str]]


@pytest.fixture
def show(clock: ManualClock) -> Show:
    """Return the header of a request that proves a key, at the token endpoint unless told otherwise."""

    def make(**more: Any) -> Mapping[str, str]:
        return {"dpop": proof(at=clock.now(), **{"url": TOKEN, **more})}

    return make


@pytest.fixture
async def enabled(factory: Factory) -> None:
    for tenant in ("default", "admin"):
        async with factory.in_tenant(tenant).services() as services:
            await services.provider_options.change({"dpop": DpopMode.ENABLED})


async def bound_tokens(visitor: Visitor, party: Party, show: Show) -> dict[str, Any]:
    form = {"grant_type": "authorization_code", "code": await party.code(visitor), "client_id": party.client_id}
    form |= {"redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER}
    answer = await visitor.post("/oidc/token", data=form, headers=show())
    assert answer.json()["token_type"] == "DPoP", answer.text
    return dict(answer.json())


async def refresh(visitor: Visitor, party: Party, token: str, headers: Mapping[str, str]) -> httpx2.Response:
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": party.client_id}
    return await visitor.post("/oidc/token", data=form, headers=headers)


@pytest.mark.usefixtures("enabled")
async def test_dpop_downgrade_a_bound_token_is_worth_nothing_to_its_bearer(
    visitor: Visitor, party: Party, show: Show
) -> None:
    """RFC 9449 §7.2: in the header, in the body, with a proof of another key, and of the refresh token."""
    tokens = await bound_tokens(visitor, party, show)
    value = tokens["access_token"]
    at_me = {"url": ME, "method": "GET", "token": value}
    shown = [
        {"authorization": f"Bearer {value}"},
        {"authorization": f"Bearer {value}", **show(**at_me)},
        {"authorization": f"DPoP {value}"},
        {"authorization": f"DPoP {value}", **show(**at_me, key=OTHER_KEY)},
        {"authorization": f"DPoP {value}", **show(url=ME, method="GET")},
        {"authorization": f"DPoP {value}", **show(url=ME, method="POST", token=value)},
        {"authorization": f"DPoP {value}", **show(url=TOKEN, method="GET", token=value)},
    ]
    for headers in shown:
        assert (await visitor.get("/oidc/me", headers=headers)).status_code == 401, headers
    assert (await visitor.post("/oidc/me", data={"access_token": value})).status_code == 401
    for stolen in ({}, show(key=OTHER_KEY)):
        refused = await refresh(visitor, party, tokens["refresh_token"], stolen)
        assert refused.json()["error"] == "invalid_grant"

    own = {"authorization": f"DPoP {value}", **show(**at_me)}
    assert (await visitor.get("/oidc/me", headers=own)).status_code == 200
    assert (await visitor.get("/oidc/me", headers=own)).status_code == 401, "the same proof once more"
    assert (await refresh(visitor, party, tokens["refresh_token"], show())).status_code == 200


@pytest.mark.usefixtures("enabled")
async def test_dpop_downgrade_where_it_is_switched_off_bound_tokens_stay_bound(
    visitor: Visitor, party: Party, show: Show, factory: Factory
) -> None:
    tokens = await bound_tokens(visitor, party, show)
    async with factory.services() as services:
        await services.provider_options.change({"dpop": DpopMode.DISABLED})

    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await visitor.get("/oidc/me", headers=bearer)).status_code == 401
    assert (await refresh(visitor, party, tokens["refresh_token"], {})).json()["error"] == "invalid_grant"


@pytest.mark.usefixtures("enabled")
async def test_a_bound_token_opens_no_management_api_to_its_bearer(
    visitor: Visitor, factory: Factory, show: Show
) -> None:
    machine = await factory.machine(may_manage=True)
    form = {"grant_type": "client_credentials", "resource": MANAGEMENT_API, "scope": "all"}
    free = (await visitor.post("/oidc/token", data=form, auth=machine.credentials)).json()
    bound = (await visitor.post("/oidc/token", data=form, auth=machine.credentials, headers=show())).json()

    opened = [
        (await visitor.get("/api/users", headers={"authorization": f"Bearer {each['access_token']}"})).status_code
        for each in (free, bound)
    ]

    assert (free["token_type"], bound["token_type"]) == ("Bearer", "DPoP")
    assert opened == [200, 401]


@pytest.mark.usefixtures("enabled")
async def test_a_bound_token_is_not_laundered_by_an_exchange(
    visitor: Visitor, party: Party, make_party: PartyMaker, show: Show
) -> None:
    """As what is exchanged, and as who acts: without the key it buys nothing, with it only what is bound again."""
    custom = CustomClientMetadata(allow_token_exchange=True)
    exchanger = await make_party(ApplicationType.TRADITIONAL, custom=custom)
    bound = (await bound_tokens(visitor, party, show))["access_token"]
    visitor.jar.clear()
    free = (await exchanger.tokens(visitor))["access_token"]
    acting = {"actor_token": bound, "actor_token_type": ACCESS_TOKEN}

    stolen = await exchange(visitor, exchanger, bound, ACCESS_TOKEN, scope="openid")
    acted = await exchange(visitor, exchanger, free, ACCESS_TOKEN, scope="openid", **acting)
    visitor.headers.update(show(key=OTHER_KEY))
    proved = await exchange(visitor, exchanger, bound, ACCESS_TOKEN, scope="openid")
    visitor.headers.update(show())
    own = await exchange(visitor, exchanger, bound, ACCESS_TOKEN, scope="openid")

    assert [each.json().get("error") for each in (stolen, acted, proved)] == ["invalid_grant"] * 3
    assert own.json()["token_type"] == "DPoP"


ADDRESSES = (
    *("http://localhost:3001/oidc/token#@evil.example", "http://localhost:3001/oidc/token/../token"),
    *("http://localhost:3001/oidc/tok%65n", "HTTP://LOCALHOST:3001/oidc/token?x=1"),
    *(
        "http://localhost:3001@evil.example/oidc/token",
        "http://evil.example/oidc/token",
        "http://localhost/oidc/token",
    ),
    *("https://localhost:3001/oidc/token", "http://localhost:3001/t/admin/oidc/token", "/oidc/token", "", "*"),
    *(
        "http://localhost:3001/oidc/token/",
        "http://localhost:3001//oidc/token",
        "http://localhost:3001/oidc/token\x00",
    ),
)


@on_sqlite
@pytest.mark.usefixtures("enabled")
async def test_htu_a_proof_for_another_address_is_none_here(visitor: Visitor, factory: Factory, show: Show) -> None:
    """RFC 9449 §4.3 (9): compared without query and fragment, in normal form; everything else is another place."""
    machine = await factory.machine()
    form = {"grant_type": "client_credentials", "resource": MANAGEMENT_API}
    for url in ADDRESSES:
        is_ours = url.lower().partition("?")[0].partition("#")[0].replace("/../token", "") == TOKEN

        answer = await visitor.post("/oidc/token", data=form, auth=machine.credentials, headers=show(url=url))

        assert answer.json().get("error") == (None if is_ours else "invalid_dpop_proof"), url


@pytest.mark.usefixtures("enabled")
async def test_a_proof_of_one_tenant_proves_nothing_in_another(visitor: Visitor, factory: Factory, show: Show) -> None:
    """And its id, used in one tenant, is free in the other."""
    machine = await factory.machine()
    twin = await factory.in_tenant("admin").machine(id=machine.id)
    form = {"grant_type": "client_credentials", "resource": MANAGEMENT_API}
    there = {"url": f"{ORIGIN}/t/admin/oidc/token", "jti": "one"}

    here = await visitor.post("/oidc/token", data=form, auth=machine.credentials, headers=show(jti="one"))
    crossed = await visitor.post("/t/admin/oidc/token", data=form, auth=twin.credentials, headers=show(jti="two"))
    own = await visitor.post("/t/admin/oidc/token", data=form, auth=twin.credentials, headers=show(**there))

    assert here.json()["token_type"] == "DPoP"
    assert crossed.json()["error"] == "invalid_dpop_proof"
    assert own.json().get("error") != "invalid_dpop_proof"


ODD_KEYS: Sequence[Any] = (
    *({}, {"kty": "oct", "k": "AAAA"}, {"kty": "EC"}, {"kty": ["EC"]}, {"kty": "RSA", "n": "", "e": ""}),
    {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"},
    {"kty": "EC", "crv": "secp256k1", "x": "AAAA", "y": "AAAA"},
    {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43},
    {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
    {"kty": "RSA", "n": "f" * 900, "e": "f" * 60},
    {"kty": "RSA", "n": "f" * 20_000, "e": "AQAB"},
    {"kty": "OKP", "crv": "X25519", "x": "A" * 43},
    {"kty": "EC", "crv": "P-256\x00", "x": "\ud800", "y": "\u3042"},
    KEY.as_dict(private=True),
    OctKey.generate_key(256).as_dict(),
    {**KEY.as_dict(private=False), "use": "enc"},
    {**KEY.as_dict(private=False), "alg": "none"},
    {**KEY.as_dict(private=False), "key_ops": []},
    {**KEY.as_dict(private=False), "key_ops": "verify"},
)


@on_sqlite
@pytest.mark.usefixtures("enabled")
async def test_an_odd_key_in_a_proof_proves_nothing(visitor: Visitor, factory: Factory, show: Show) -> None:
    machine = await factory.machine()
    form = {"grant_type": "client_credentials", "resource": MANAGEMENT_API}
    for jwk in ODD_KEYS:
        shown = show(header={"jwk": jwk})
        answer = await visitor.post("/oidc/token", data=form, auth=machine.credentials, headers=shown)

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof"), str(jwk)[:80]
    sound = await visitor.post("/oidc/token", data=form, auth=machine.credentials, headers=show())
    assert sound.json()["token_type"] == "DPoP"
