"""What each parameter of an authorization request does on the wire, beyond the checks (oidc.md §8.1, §9)."""

import json
from typing import Any
from urllib.parse import unquote, urlencode

import httpx2
import pytest
from tests.oidc.browsing import page_of, sign_in
from tests.oidc.party import REDIRECT_URI, Party, PartyMaker, query_of
from tests.oidc.world import ALICE, API, World
from tests.support.visitor import ORIGIN, Visitor

from sekisho.applications.models import ApplicationType, CustomClientMetadata
from sekisho.oidc.models import ORGANIZATIONS_RESOURCE, ResourceServer

ONE_TAP = "_logto_google_one_tap_credential"
CREDENTIAL = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"

sqlite_only = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


@sqlite_only
@pytest.mark.parametrize(
    ("extras", "location"),
    [
        ({}, "/sign-in?app_id={app}"),
        ({"first_screen": "register"}, "/register?app_id={app}"),
        ({"interaction_mode": "signUp"}, "/register?app_id={app}"),
        ({"first_screen": "reset_password"}, "/reset-password?app_id={app}"),
        (
            {"first_screen": "identifier:sign_in", "identifier": "email phone"},
            "/identifier-sign-in?app_id={app}&identifier=email+phone",
        ),
        (
            {"first_screen": "single_sign_on", "login_hint": "a@b.io"},
            "/single-sign-on?app_id={app}&login_hint=a%40b.io",
        ),
        ({"direct_sign_in": "sso:abc"}, "/direct/sso/abc?app_id={app}&fallback=sign-in"),
        ({"one_time_token": "t", "login_hint": "a@b.io"}, "/sign-in?app_id={app}&one_time_token=t&login_hint=a%40b.io"),
        ({"first_screen": "nowhere", "login_hint": "a@b.io"}, "/sign-in?app_id={app}"),
    ],
)
async def test_an_extra_chooses_and_prepares_the_page(
    visitor: Visitor, party: Party, extras: dict[str, str], location: str
) -> None:
    answer = await party.authorize(visitor, **extras)

    assert answer.status_code == 303
    assert answer.headers["location"] == location.format(app=party.client_id)


@sqlite_only
async def test_what_nobody_knows_is_ignored(visitor: Visitor, party: Party) -> None:
    answer = await party.authorize(visitor, claims='{"userinfo":{}}', display="popup", claims_locales="ja", unknown="x")

    assert answer.headers["location"] == f"/sign-in?app_id={party.client_id}"


@sqlite_only
async def test_the_page_learns_for_whom_and_in_which_language_it_is(visitor: Visitor, party: Party) -> None:
    await party.authorize(visitor, organization_id="org", ui_locales="ja en")

    assert json.loads(visitor.jar.get("_logto") or "") == {
        "appId": party.client_id,
        "organizationId": "org",
        "uiLocales": "ja en",
    }


@sqlite_only
async def test_a_one_tap_credential_is_handed_to_the_page_for_ten_seconds(visitor: Visitor, party: Party) -> None:
    answer = await party.authorize(visitor, google_one_tap_credential=CREDENTIAL)

    (line,) = [each for each in answer.headers.get_list("set-cookie") if each.startswith(ONE_TAP)]
    assert answer.headers["location"] == f"/direct/social/google?app_id={party.client_id}&fallback=sign-in"
    assert line.startswith(f"{ONE_TAP}={CREDENTIAL}; path=/; expires=")
    assert "httponly" not in line
    (cookie,) = [each for each in visitor.jar.cookies() if each.name == ONE_TAP]
    assert cookie.expires is not None
    assert 9 <= (cookie.expires - party.runtime.clock.now()).total_seconds() <= 10


@sqlite_only
@pytest.mark.parametrize("credential", ["a; path=/", "あ", "x" * 4001])
async def test_what_no_cookie_can_carry_is_not_put_into_one(visitor: Visitor, party: Party, credential: str) -> None:
    """Attack: a value that ends the cookie and begins another."""
    answer = await party.authorize(visitor, google_one_tap_credential=credential)

    assert answer.status_code == 303
    assert ONE_TAP not in str(answer.headers.get_list("set-cookie"))


@sqlite_only
async def test_two_applications_sign_in_side_by_side_in_one_browser(visitor: Visitor, make_party: PartyMaker) -> None:
    first, second = await make_party(), await make_party()
    await first.authorize(visitor)
    await second.authorize(visitor)

    entries = json.loads(unquote(visitor.jar.get("_interaction") or ""))

    assert list(entries) == [first.client_id, second.client_id, "_legacy"]
    assert entries["_legacy"] == entries[second.client_id]
    for party in (first, second):
        answer = await visitor.get("/api/experience/interaction", headers={"logto-app-id": party.client_id})
        assert answer.status_code in {200, 404}, answer.text
        resumed = await visitor.get(f"/oidc/auth/{entries[party.client_id]}")
        assert resumed.headers["location"] == f"/sign-in?app_id={party.client_id}"


@sqlite_only
@pytest.mark.parametrize(
    ("mode", "separator"), [(None, "?"), ("query", "?"), ("fragment", "#"), ("pigeon", "?")], ids=str
)
async def test_a_refusal_travels_as_an_answer_would(
    visitor: Visitor, party: Party, mode: str | None, separator: str
) -> None:
    more = {} if mode is None else {"response_mode": mode}
    answer = await party.authorize(visitor, prompt="none", scope="openid", **more)

    location = answer.headers["location"]
    assert location.startswith(f"{REDIRECT_URI}{separator}error=")
    assert "&state=st-1&iss=http%3A%2F%2Flocalhost%3A3001%2Foidc" in location


@sqlite_only
async def test_a_posted_refusal_is_a_400(visitor: Visitor, party: Party) -> None:
    answer = await party.authorize(visitor, prompt="none", scope="openid", response_mode="form_post")

    assert answer.status_code == 400
    assert 'name="error" value="login_required"' in answer.text


@sqlite_only
async def test_the_redirect_uri_s_own_query_is_kept(visitor: Visitor, make_party: PartyMaker) -> None:
    party = await make_party(ApplicationType.TRADITIONAL)
    await party.tokens(visitor)
    answer = await party.authorize(visitor, prompt="none", scope="openid", state="a b&c")

    members = query_of(answer)
    assert members["state"] == "a b&c"
    assert "state=a+b%26c" in answer.headers["location"]


# Who may be redirected to, precisely (oidc.md §8.2).
STAYS = [
    pytest.param({"client_id": ""}, 400, "invalid_request", id="no client"),
    pytest.param({"client_id": "nope"}, 400, "invalid_client", id="an unknown client"),
    pytest.param({"redirect_uri": "https://evil.example/"}, 400, "invalid_redirect_uri", id="not the client's"),
    pytest.param(
        {"redirect_uri": "https://evil.example/", "response_type": "banana"},
        400,
        "invalid_redirect_uri",
        id="not the client's, whatever else is wrong",
    ),
]


@sqlite_only
@pytest.mark.parametrize(("wrong", "status", "error"), STAYS)
async def test_an_error_stays_here_unless_the_redirect_uri_is_certain(
    visitor: Visitor, party: Party, wrong: dict[str, str], status: int, error: str
) -> None:
    answer = await party.authorize(visitor, **wrong)

    assert answer.status_code == status
    body = answer.json()
    assert (body["error"], body["code"]) == (error, f"oidc.{error}")
    assert (body["state"], body["iss"]) == ("st-1", f"{ORIGIN}/oidc")


REDIRECTED = [
    pytest.param({"response_type": ""}, "invalid_request", id="no response_type"),
    pytest.param({"request_uri": "https://x"}, "request_uri_not_supported", id="request_uri"),
    pytest.param({"request": "ey"}, "request_not_supported", id="request"),
    pytest.param({"redirect_uri": "", "prompt": "none login"}, "invalid_request", id="the only registered URI"),
    pytest.param({"nonce": "1", "scope": "profile"}, "invalid_request", id="a nonce without openid"),
]


@sqlite_only
@pytest.mark.parametrize(("wrong", "error"), REDIRECTED)
async def test_any_other_error_goes_to_the_application(
    visitor: Visitor, party: Party, wrong: dict[str, str], error: str
) -> None:
    members = query_of(await party.authorize(visitor, **wrong))

    assert (members["error"], members["state"]) == (error, "st-1")


@sqlite_only
async def test_a_repeated_parameter_is_told_to_the_application(visitor: Visitor, party: Party) -> None:
    answer = await visitor.get(f"/oidc/auth?{urlencode([*party.query().items(), ('nonce', '1'), ('nonce', '2')])}")

    assert query_of(answer)["error_description"] == "'nonce' parameter must not be provided twice"


@sqlite_only
@pytest.mark.parametrize(
    ("params", "error", "description"),
    [
        ({"redirect_uri": REDIRECT_URI, "response_type": "code"}, "invalid_redirect_uri", None),
        ({"response_type": "code"}, "invalid_request", "requested response_type is not allowed for this client"),
        ({}, "invalid_request", "missing required parameter 'response_type'"),
    ],
)
async def test_devices_and_machines_have_no_business_here(
    visitor: Visitor, make_party: PartyMaker, params: dict[str, str], error: str, description: str | None
) -> None:
    device = await make_party(
        ApplicationType.NATIVE, custom=CustomClientMetadata(is_device_flow=True), redirect_uris=()
    )
    machine = await make_party(ApplicationType.MACHINE_TO_MACHINE, redirect_uris=())
    for party in (device, machine):
        answer = await visitor.get("/oidc/auth", params={"client_id": party.client_id, **params})

        assert (answer.status_code, answer.json()["error"]) == (400, error)
        assert description in {None, answer.json()["error_description"]}


RESOURCES = "https://a.example.com", "https://b.example.com"


@sqlite_only
@pytest.mark.parametrize(
    "sent",
    [
        [("resource", RESOURCES[0]), ("resource", RESOURCES[1])],
        [("resource", ",".join(RESOURCES))],
        [("resource", f"{RESOURCES[0]},"), ("resource", RESOURCES[1])],
    ],
    ids=["repeated", "with a comma", "both"],
)
async def test_resources_may_be_repeated_or_separated_by_commas(
    visitor: Visitor, party: Party, sent: list[tuple[str, str]]
) -> None:
    await _make_apis(party)
    answer = await visitor.get(f"/oidc/auth?{urlencode([*party.query().items(), *sent])}")

    assert await _asked_resources(party, visitor, answer) == list(RESOURCES)


@sqlite_only
@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (urlencode([("resource", each) for each in RESOURCES]), "application/x-www-form-urlencoded"),
        (urlencode({"resource": ",".join(RESOURCES)}), "application/x-www-form-urlencoded"),
        (json.dumps({"resource": RESOURCES}), "application/json"),
    ],
)
async def test_a_posted_request_counts_instead_of_its_query(
    visitor: Visitor, party: Party, content: str, content_type: str
) -> None:
    await _make_apis(party)
    if content_type == "application/json":
        content = json.dumps({**party.query(), **json.loads(content)})
    else:
        content = f"{urlencode(party.query())}&{content}"
    answer = await visitor.post(
        "/oidc/auth?scope=nonsense&prompt=none", content=content, headers={"content-type": content_type}
    )

    assert await _asked_resources(party, visitor, answer) == list(RESOURCES)


@pytest.mark.parametrize(
    ("extras", "granted"),
    [
        ({}, {API: ["read:orders", "write:orders"]}),
        ({"organization_id": "press"}, {API: ["write:orders"]}),
        ({"organization_id": "nowhere"}, {}),
    ],
)
async def test_an_organization_narrows_what_apis_get_from_organizations(
    extras: dict[str, str], granted: dict[str, list[str]]
) -> None:
    """oidc.md §8.1, §20.3."""
    world = World()
    world.organization("books", resource_scopes={(ALICE, API): ["read:orders"]})
    world.organization("press", resource_scopes={(ALICE, API): ["write:orders"]})

    page = page_of(await sign_in(world, scope="openid read:orders write:orders", resource=API, **extras))

    missing = world.interactions[page.interaction.uid].prompt.details.get("missingResourceScopes", {})
    assert {name: sorted(scopes) for name, scopes in missing.items()} == granted


async def test_an_organization_does_not_narrow_the_scopes_of_organizations() -> None:
    world = World()
    world.apis[ORGANIZATIONS_RESOURCE] = ResourceServer(indicator=ORGANIZATIONS_RESOURCE)
    world.organization_scopes = ["invite:member"]
    world.organization("books")

    scope = "openid invite:member"
    page = page_of(await sign_in(world, scope=scope, resource=ORGANIZATIONS_RESOURCE, organization_id="books"))

    details = world.interactions[page.interaction.uid].prompt.details
    assert details["missingResourceScopes"] == {ORGANIZATIONS_RESOURCE: ["invite:member"]}


async def _make_apis(party: Party) -> None:
    async with party.services() as services:
        for indicator in RESOURCES:
            await services.resources.create(name=indicator, indicator=indicator)


async def _asked_resources(party: Party, visitor: Visitor, answer: httpx2.Response) -> Any:
    assert answer.headers["location"] == f"/sign-in?app_id={party.client_id}", answer.text
    uid = json.loads(unquote(visitor.jar.get("_interaction") or ""))["_legacy"]
    async with party.services() as services:
        interaction = await services.interactions.find(uid)
    assert interaction is not None
    return interaction.params["resource"]
