"""Pushed requests: references of others, used again, changed on their way, or crossing into another tenant."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import httpx2
from tests.api.conftest import on_sqlite
from tests.oidc.party import REDIRECT_URI, Party, PartyMaker, query_of, resume_uid
from tests.oidc.test_pushed_http import push, visit
from tests.support.factories import Factory
from tests.support.interactions import save_result
from tests.support.visitor import Visitor

from sekisho.applications.models import ApplicationType, OidcClientMetadata
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import ApplicationId


async def reference(visitor: Visitor, party: Party, **more: str) -> str:
    answer = await push(visitor, party, **more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["request_uri"])


async def test_a_reference_is_nothing_to_another_client(visitor: Visitor, party: Party, make_party: PartyMaker) -> None:
    """RFC 9126 §2.2: nor without a client; and who tried has not used it up."""
    uri, other = await reference(visitor, party), await make_party()

    crossed = await visit(visitor, other, uri)
    nameless = await visitor.get("/oidc/auth", params={"request_uri": uri})
    twice = await visitor.get(f"/oidc/auth?{urlencode([('client_id', party.client_id)] * 2 + [('request_uri', uri)])}")
    own = await visit(visitor, party, uri)

    assert query_of(crossed)["error"] == "invalid_request_uri"
    assert nameless.status_code == twice.status_code == 400
    assert own.headers["location"].startswith("/sign-in")


async def test_parameters_of_the_address_change_nothing_that_was_pushed(
    visitor: Visitor, make_party: PartyMaker
) -> None:
    """RFC 9126 §4. Attack: whoever gives the link away adds scopes and takes the challenge out."""
    elsewhere = "https://app.example.com/elsewhere"
    party = await make_party(redirect_uris=[REDIRECT_URI, elsewhere])
    uri = await reference(visitor, party, scope="openid", state="pushed", nonce="pushed")
    changed = {"scope": "openid profile email", "redirect_uri": elsewhere, "state": "x", "code_challenge": "y" * 43}
    changed |= {"response_mode": "fragment", "prompt": "none", "nonce": "x", "code_challenge_method": "plain"}

    landed = await party.sign_in(visitor, await visit(visitor, party, uri, **changed))
    tokens = await party.exchange(visitor, query_of(landed)["code"])

    assert landed.headers["location"].startswith(f"{REDIRECT_URI}?")
    assert query_of(landed)["state"] == "pushed"
    assert tokens.json()["scope"] == "openid"


async def test_twenty_sign_ins_by_one_reference_end_with_one_code(
    new_visitor: Callable[[], Visitor], party: Party
) -> None:
    """Opened many times before anybody has signed in, it still buys one code (RFC 9126 §7.3)."""
    visitors = [new_visitor() for _ in range(20)]
    uri = await reference(visitors[0], party)
    for each in visitors:
        started = await visit(each, party, uri)
        assert started.status_code == 303
        async with party.services() as services:
            await save_result(
                services.interactions,
                resume_uid(each),
                {"login": {"accountId": party.user.id}, "interactionEvent": "SignIn"},
            )

    async def finish(each: Visitor) -> str:
        answer = await each.get(f"/oidc/auth/{resume_uid(each)}")
        while answer.is_redirect and not answer.headers["location"].startswith(REDIRECT_URI):
            answer = await each.get(answer.headers["location"])
        members = query_of(answer)
        return "code" if "code" in members else members["error"]

    outcomes = Counter(await asyncio.gather(*(finish(each) for each in visitors)))

    assert outcomes == {"code": 1, "invalid_request_uri": 19}
    for each in visitors:
        await each.aclose()


async def test_a_reference_of_one_tenant_is_nothing_in_another(
    visitor: Visitor, party: Party, factory: Factory
) -> None:
    twin = await factory.in_tenant("admin").spa(id=party.client_id)
    query = {"client_id": twin.id, "request_uri": await reference(visitor, party)}

    answer = await visitor.get("/t/admin/oidc/auth", params=query)

    assert query_of(answer)["error"] == "invalid_request_uri"


ADDRESSES = (
    *("https://evil.example/request", "urn:ietf:params:oauth:request_uri:", "urn:ietf:params:oauth:request_uri:x"),
    *(
        "URN:IETF:PARAMS:OAUTH:REQUEST_URI:x",
        "urn:ietf:params:oauth:request_uri:%",
        "file:///etc/passwd",
        "x" * 5000,
    ),
    "http://169.254.169.254/latest",
)


@on_sqlite
async def test_no_address_is_fetched_for_a_request(visitor: Visitor, party: Party) -> None:
    """RFC 9101 §10.4: only what was pushed here counts."""
    for uri in ADDRESSES:
        answer = await visit(visitor, party, uri)
        assert query_of(answer)["error"] in {"request_uri_not_supported", "invalid_request_uri"}, uri[:80]
        pushed = await push(visitor, party, request_uri=uri)
        assert (pushed.status_code, pushed.json()["error"]) == (400, "request_uri_not_supported"), uri[:80]


@on_sqlite
async def test_nobody_pushes_in_the_name_of_a_client_with_a_secret(visitor: Visitor, make_party: PartyMaker) -> None:
    party = await make_party(ApplicationType.TRADITIONAL)
    for more in ({}, {"client_secret": ""}, {"client_secret": "x"}):
        refused = await visitor.post("/oidc/request", data={**party.query(), **more})
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


async def test_what_was_allowed_when_it_was_pushed_must_be_allowed_when_it_is_used(
    visitor: Visitor, party: Party
) -> None:
    """Attack: a redirect URI is taken from the client between the two."""
    uri = await reference(visitor, party)
    async with party.services() as services:
        metadata = OidcClientMetadata(redirect_uris=("https://app.example.com/new",), post_logout_redirect_uris=())
        await services.applications.update(ApplicationId(party.client_id), {"oidc_client_metadata": metadata})

    refused = await visit(visitor, party, uri)

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_redirect_uri")


async def test_a_reference_that_expired_while_its_page_was_open_is_not_opened_again(
    visitor: Visitor, party: Party, clock: ManualClock
) -> None:
    uri = await reference(visitor, party)
    clock.advance(timedelta(seconds=76))
    assert query_of(await visit(visitor, party, uri))["error"] == "invalid_request_uri"


async def test_null_bytes_and_oversized_parameters_are_refused_or_carried(visitor: Visitor, party: Party) -> None:
    """In the address, posted, and pushed."""
    for name in ("state", "nonce", "scope", "redirect_uri", "resource", "acr_values", "login_hint"):
        for value in ("a\x00b", "\x00"):
            answers = [
                await visitor.post("/oidc/request", data=party.query(**{name: value})),
                await visitor.post("/oidc/auth", data=party.query(**{name: value})),
                await visitor.get("/oidc/auth", params=party.query(**{name: value})),
            ]
            assert [(each.status_code, each.json()["error"]) for each in answers] == [(400, "invalid_request")] * 3, (
                name
            )
        for size in (4_000, 50_000):
            big = party.query(**{name: "x" * size})
            assert (await visitor.post("/oidc/request", data=big)).status_code in {201, 400}, name
            assert (await visitor.post("/oidc/auth", data=big)).status_code in {303, 400}, name
        huge = party.query(**{name: "x" * 60_000})
        for path in ("/oidc/request", "/oidc/auth", "/oidc/token", "/oidc/me", "/oidc/session/end/confirm"):
            assert (await visitor.post(path, data=huge)).status_code == 413, path
        many = [(f"a{number}", "x") for number in range(501)]
        refused: httpx2.Response = await visitor.post("/oidc/request", data=dict([*party.query().items(), *many]))
        assert refused.json()["error_description"] == "too many parameters", name
