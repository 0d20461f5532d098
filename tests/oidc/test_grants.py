"""The grants of the token endpoint: what each accepts, and every way to be refused (oidc.md §12)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.oidc.world import ALICE, API, REDIRECT_URI, World, machine, native, signing_key, spa, web

from sekisho.oidc.errors import OAuthError
from sekisho.oidc.grants.refresh_token import rotates, successor_expiry
from sekisho.oidc.models import Account, Client, ClientAuthorization, ResourceServer
from sekisho.oidc.token_endpoint import TokenRequest
from sekisho.oidc.tokens import jwt

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
CODE_FORM = {
    "grant_type": "authorization_code",
    "client_id": "spa",
    "code": "code",
    "code_verifier": VERIFIER,
    "redirect_uri": REDIRECT_URI,
}
REFRESH_FORM = {"grant_type": "refresh_token", "client_id": "spa", "refresh_token": "rt"}
MACHINE_FORM = {"grant_type": "client_credentials", "client_id": "m2m", "client_secret": "s3cret"}
OTHER_API = "https://invoices.example.com"


@pytest.fixture
def world() -> World:
    return World()


async def ask(world: World, form: dict[str, str], *, resources: tuple[str, ...] = ()) -> dict[str, Any]:
    pairs = [*form.items(), *(("resource", each) for each in resources)]
    return dict((await world.provider.token(TokenRequest(form=pairs))).members())


async def refused(world: World, form: dict[str, str], *, resources: tuple[str, ...] = ()) -> OAuthError:
    with pytest.raises(OAuthError) as caught:
        await ask(world, form, resources=resources)
    return caught.value


def claims_of(token: str) -> dict[str, Any]:
    return dict(jwt.verify(token, keys=[signing_key()]))


# Common


@pytest.mark.parametrize(
    ("form", "error", "description"),
    [
        ({"client_id": "spa"}, "invalid_request", "missing required parameter 'grant_type'"),
        ({"client_id": "spa", "grant_type": ""}, "invalid_request", "missing required parameter 'grant_type'"),
        ({"client_id": "spa", "grant_type": "password"}, "unsupported_grant_type", "unsupported grant_type requested"),
        ({"client_id": "spa", "grant_type": "implicit"}, "unsupported_grant_type", "unsupported grant_type requested"),
        (
            {"client_id": "spa", "grant_type": "client_credentials"},
            "invalid_request",
            "requested grant type is not allowed for this client",
        ),
    ],
)
async def test_the_grant_type_is_known_and_allowed(
    world: World, form: dict[str, str], error: str, description: str
) -> None:
    refusal = await refused(world, form)

    assert (refusal.error, refusal.description) == (error, description)


async def test_a_repeated_parameter_is_refused_after_the_client_is_known(world: World) -> None:
    pairs = [*REFRESH_FORM.items(), ("refresh_token", "rt")]

    with pytest.raises(OAuthError) as caught:
        await world.provider.token(TokenRequest(form=pairs))

    assert caught.value.description == "'refresh_token' parameter must not be provided twice"


# Authorization code


async def test_a_code_buys_the_tokens_its_scopes_stand_for(world: World) -> None:
    world.code(code_challenge=CHALLENGE)

    answer = await ask(world, CODE_FORM)

    assert list(answer) == ["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"]
    assert answer["scope"] == "openid offline_access profile"
    assert (answer["expires_in"], answer["token_type"]) == (3600, "Bearer")
    assert world.codes["code"].is_consumed
    assert world.refresh_tokens[answer["refresh_token"]].expires_at - world.clock.now() == timedelta(days=14)


@pytest.mark.parametrize(
    ("client", "scopes", "issued"),
    [
        pytest.param(web(), ["openid", "offline_access"], True, id="offline_access"),
        pytest.param(web(), ["openid"], False, id="without it"),
        pytest.param(web(always_issues_refresh_token=True), ["openid"], True, id="always, for web"),
        pytest.param(native(id="web", always_issues_refresh_token=True), ["openid"], False, id="not for native"),
        pytest.param(web(grant_types=frozenset({"authorization_code"})), ["offline_access"], False, id="not allowed"),
    ],
)
async def test_a_refresh_token_comes_only_where_it_should(
    world: World, client: Client, scopes: list[str], *, issued: bool
) -> None:
    world.all_clients["web"] = client
    world.code(authorization=world.authorization(grant=world.granted(client_id="web"), scopes=scopes))
    secret = {} if client.is_public else {"client_secret": "s3cret"}
    answer = await ask(world, {"grant_type": "authorization_code", "client_id": "web", "code": "code", **secret})

    assert ("refresh_token" in answer) is issued
    assert ("id_token" in answer) is ("openid" in scopes)


@pytest.mark.parametrize(
    ("form", "description"),
    [
        ({"code": ""}, "missing required parameter 'code'"),
        ({"code_verifier": "x" * 42}, "code_verifier must be a string with a minimum length of 43 characters"),
        ({"code_verifier": "x" * 129}, "code_verifier must be a string with a maximum length of 128 characters"),
        ({"code_verifier": "é" * 43}, "code_verifier contains invalid characters"),
    ],
)
async def test_a_malformed_code_request_is_invalid(world: World, form: dict[str, str], description: str) -> None:
    world.code(code_challenge=CHALLENGE)
    refusal = await refused(world, {**CODE_FORM, **form})

    assert (refusal.error, refusal.description) == ("invalid_request", description)


def _expired(world: World) -> None:
    world.clock.advance(timedelta(seconds=75))


def _grant_expired(world: World) -> None:
    code = world.codes["code"]
    grant = replace(code.authorization.grant, expires_at=world.clock.now() - timedelta(seconds=15))
    world.codes["code"] = replace(code, authorization=replace(code.authorization, grant=grant))


def _session_gone(world: World) -> None:
    code = world.codes["code"]
    bound = replace(code.authorization, expires_with_session=True, session_uid="session")
    world.codes["code"] = replace(code, authorization=bound)


def _suspended(world: World) -> None:
    world.accounts[ALICE] = Account(id=ALICE, is_suspended=True)


def _no_challenge(world: World) -> None:
    world.codes["code"] = replace(world.codes["code"], code_challenge=None)


@pytest.mark.parametrize(
    ("form", "change", "detail"),
    [
        pytest.param({"code": "nope"}, None, "code unknown", id="RFC 6749 §5.2: unknown"),
        pytest.param({"client_id": "native"}, None, "code of another client", id="RFC 9700 §4.5: code injection"),
        pytest.param({}, _expired, "code, grant or session expired", id="RFC 6749 §4.1.2: expired"),
        pytest.param({}, _grant_expired, "code, grant or session expired", id="§11: grant expired"),
        pytest.param({}, _session_gone, "code, grant or session expired", id="§11.2: session gone"),
        pytest.param(
            {"code_verifier": ""}, None, "code_verifier missing or unexpected", id="RFC 7636 §4.6: no verifier"
        ),
        pytest.param({"code_verifier": "x" * 43}, None, "code_verifier does not match", id="RFC 7636 §4.6: wrong"),
        pytest.param({}, _no_challenge, "code_verifier missing or unexpected", id="RFC 9700 §4.8.2: PKCE downgrade"),
        pytest.param(
            {"redirect_uri": "https://app.example.com/other"},
            None,
            "redirect_uri does not match",
            id="RFC 6749 §4.1.3: redirect_uri",
        ),
        pytest.param({}, _suspended, "account is gone or suspended", id="§12.1: suspended"),
        pytest.param({}, lambda world: world.accounts.clear(), "account is gone or suspended", id="§12.1: deleted"),
    ],
)
async def test_every_refused_code_looks_the_same(world: World, form: dict[str, str], change: Any, detail: str) -> None:
    world.code(code_challenge=CHALLENGE)
    if change is not None:
        change(world)

    refusal = await refused(world, {**CODE_FORM, **form})

    assert (refusal.error, refusal.description) == ("invalid_grant", "grant request is invalid")
    assert refusal.detail == detail
    assert world.revoked == []


async def test_a_code_is_good_within_the_clock_tolerance(world: World) -> None:
    world.code(code_challenge=CHALLENGE)
    world.clock.advance(timedelta(seconds=74))

    assert "access_token" in await ask(world, CODE_FORM)


async def test_a_replayed_code_revokes_its_grant(world: World) -> None:
    world.code(code_challenge=CHALLENGE)
    answer = await ask(world, CODE_FORM)

    assert (await refused(world, CODE_FORM)).error == "invalid_grant"
    assert world.revoked == ["grant"]
    assert answer["refresh_token"] not in world.refresh_tokens


async def test_the_redirect_uri_may_be_left_out_when_there_is_one(world: World) -> None:
    world.code(code_challenge=CHALLENGE)

    assert "access_token" in await ask(world, {**CODE_FORM, "redirect_uri": ""})


async def test_a_session_bound_code_needs_its_session_and_grant(world: World) -> None:
    bound = world.authorization(expires_with_session=True, session_uid="session")
    world.code(code_challenge=CHALLENGE, authorization=bound)
    world.signed_in(authorizations={"spa": ClientAuthorization(sid="sid", grant_id="grant")})

    assert "access_token" in await ask(world, CODE_FORM)


async def test_a_session_bound_code_is_void_once_the_session_has_another_grant(world: World) -> None:
    bound = world.authorization(expires_with_session=True, session_uid="session")
    world.code(code_challenge=CHALLENGE, authorization=bound)
    world.signed_in(authorizations={"spa": ClientAuthorization(sid="sid", grant_id="newer")})

    assert (await refused(world, CODE_FORM)).error == "invalid_grant"


# Resources


RESOURCES = [
    pytest.param(["openid"], [API], (API,), API, id="§20.2: one that was authorized"),
    pytest.param(["openid"], [API], (), None, id="§20.2: none, with openid"),
    pytest.param(["read"], [API], (), API, id="§20.2: none, the only one"),
    pytest.param(["read"], [API, OTHER_API], (), None, id="§20.2: none of several, no default"),
    pytest.param(["read"], [], (), None, id="§20.2: none was authorized"),
    pytest.param(["read"], [API, OTHER_API], (API, OTHER_API), None, id="§20.2: several, no default"),
    pytest.param(["openid"], [API], (API, API), API, id="the same one twice"),
]


@pytest.mark.parametrize(("scopes", "authorized", "wanted", "audience"), RESOURCES)
async def test_the_access_token_is_for_the_resource_that_is_meant(
    world: World, scopes: list[str], authorized: list[str], wanted: tuple[str, ...], audience: str | None
) -> None:
    world.apis[OTHER_API] = ResourceServer(indicator=OTHER_API)
    grant = world.granted(scopes=["openid"], resources={API: ["read"], OTHER_API: ["read"]})
    world.code(
        code_challenge=CHALLENGE,
        authorization=world.authorization(grant=grant, scopes=scopes, resources=authorized),
    )

    token = (await ask(world, CODE_FORM, resources=wanted))["access_token"]

    assert (claims_of(token)["aud"] if jwt.looks_like_jwt(token) else None) == audience


async def test_several_resources_mean_the_default_one(world: World) -> None:
    world.apis[OTHER_API] = ResourceServer(indicator=OTHER_API, access_token_lifetime=timedelta(seconds=60))
    world.default_api = world.apis[OTHER_API]
    grant = world.granted(scopes=[], resources={API: ["read"], OTHER_API: ["read"]})
    world.code(
        code_challenge=CHALLENGE,
        authorization=world.authorization(grant=grant, scopes=["read"], resources=[API, OTHER_API]),
    )

    answer = await ask(world, CODE_FORM)

    assert claims_of(answer["access_token"])["aud"] == OTHER_API
    assert (answer["expires_in"], answer["scope"]) == (60, "read")


@pytest.mark.parametrize("wanted", [(OTHER_API,), ("https://gone.example",)], ids=["not authorized", "gone"])
async def test_an_unauthorized_resource_is_refused(world: World, wanted: tuple[str, ...]) -> None:
    world.apis[OTHER_API] = ResourceServer(indicator=OTHER_API)
    authorization = world.authorization(resources=[API, "https://gone.example"])
    world.code(code_challenge=CHALLENGE, authorization=authorization)

    refusal = await refused(world, CODE_FORM, resources=wanted)

    assert refusal.error == "invalid_target"
    assert refusal.description == "resource indicator is missing, or unknown"
    assert not world.codes["code"].is_consumed


async def test_a_resource_token_has_exactly_the_claims_of_its_kind(world: World) -> None:
    grant = world.granted(scopes=["openid"], resources={API: ["read", "write"]})
    authorization = world.authorization(grant=grant, scopes=["openid", "read"], resources=[API])
    world.code(code_challenge=CHALLENGE, authorization=authorization)

    answer = await ask(world, CODE_FORM, resources=(API,))

    claims = claims_of(answer["access_token"])
    assert list(claims) == ["jti", "sub", "iat", "exp", "scope", "client_id", "iss", "aud"]
    assert claims["scope"] == answer["scope"] == "read"
    assert (claims["sub"], claims["client_id"]) == (ALICE, "spa")
    assert claims["exp"] - claims["iat"] == 3600
    assert world.access_tokens == {}


async def test_an_empty_scope_is_said_aloud(world: World) -> None:
    authorization = world.authorization(scopes=["openid"], resources=[API])
    world.code(code_challenge=CHALLENGE, authorization=authorization)

    answer = await ask(world, CODE_FORM, resources=(API,))

    assert answer["scope"] == ""
    assert claims_of(answer["access_token"])["scope"] == ""


# Refresh token


async def test_a_refresh_token_of_a_browser_rotates_without_living_longer(world: World) -> None:
    world.refresh_token()
    before = world.refresh_tokens["rt"]
    world.clock.advance(timedelta(days=3))

    answer = await ask(world, REFRESH_FORM)

    successor = world.refresh_tokens[answer["refresh_token"]]
    assert answer["refresh_token"] != "rt"
    assert successor.expires_at == before.expires_at
    assert (successor.rotations, successor.grant_history) == (1, "authorization_code refresh_token")
    assert list(answer) == ["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"]


DAYS = timedelta(days=1)
ROTATION = [
    pytest.param(spa(rotates_refresh_tokens=False), 0 * DAYS, 0 * DAYS, False, id="§12.2: switched off"),
    pytest.param(spa(), 0 * DAYS, 0 * DAYS, True, id="RFC 9700 §2.2.2: public, every use"),
    pytest.param(native(), 0 * DAYS, 0 * DAYS, True, id="RFC 9700 §2.2.2: native, every use"),
    pytest.param(web(), 9 * DAYS, 9 * DAYS, False, id="§12.2: confidential before 70 %"),
    pytest.param(web(), 10 * DAYS, 10 * DAYS, True, id="§12.2: confidential after 70 %"),
    pytest.param(spa(), 0 * DAYS, 366 * DAYS, False, id="§12.2: a chain of more than a year"),
    pytest.param(spa(), 0 * DAYS, 365 * DAYS, True, id="§12.2: a chain of less than a year"),
]


@pytest.mark.parametrize(("client", "age", "chain", "expected"), ROTATION)
def test_a_refresh_token_rotates_by_the_rules_of_its_client(
    world: World, client: Client, age: timedelta, chain: timedelta, *, expected: bool
) -> None:
    world.refresh_token()
    start = world.refresh_tokens["rt"].created_at
    token = replace(world.refresh_tokens["rt"], chain_started_at=start + age - chain)

    assert rotates(client, token, now=start + age) is expected


def test_only_a_browser_chain_keeps_its_end(world: World) -> None:
    world.refresh_token()
    token = world.refresh_tokens["rt"]
    later = token.created_at + 3 * DAYS

    assert successor_expiry(spa(), token, now=later) == token.expires_at
    for client in (native(), web()):
        assert successor_expiry(client, token, now=later) == later + 14 * DAYS


async def test_a_token_that_does_not_rotate_is_given_back(world: World) -> None:
    world.all_clients["spa"] = spa(rotates_refresh_tokens=False)
    world.refresh_token()

    assert (await ask(world, REFRESH_FORM))["refresh_token"] == "rt"
    assert (await ask(world, REFRESH_FORM))["refresh_token"] == "rt"


@pytest.mark.parametrize(
    ("form", "change"),
    [
        pytest.param({"refresh_token": "nope"}, None, id="unknown"),
        pytest.param({"client_id": "native"}, None, id="RFC 6749 §6: of another client"),
        pytest.param({}, lambda world: world.clock.advance(timedelta(days=14, seconds=15)), id="expired"),
        pytest.param({}, _suspended, id="suspended account"),
        pytest.param({}, lambda world: world.accounts.clear(), id="deleted account"),
    ],
)
async def test_every_refused_refresh_looks_the_same(world: World, form: dict[str, str], change: Any) -> None:
    world.refresh_token()
    if change is not None:
        change(world)

    refusal = await refused(world, {**REFRESH_FORM, **form})

    assert (refusal.error, refusal.description) == ("invalid_grant", "grant request is invalid")
    assert world.refresh_tokens["rt"].consumed_at is None
    assert world.revoked == []


async def test_reuse_within_the_grace_yields_another_successor(world: World) -> None:
    world.refresh_token()
    first = await ask(world, REFRESH_FORM)
    world.clock.advance(timedelta(seconds=3))
    second = await ask(world, REFRESH_FORM)

    assert first["refresh_token"] != second["refresh_token"]
    assert world.revoked == []


async def test_each_reuse_moves_the_grace(world: World) -> None:
    world.refresh_token()
    for _ in range(3):
        await ask(world, REFRESH_FORM)
        world.clock.advance(timedelta(seconds=3))

    assert "refresh_token" in await ask(world, REFRESH_FORM)


async def test_reuse_after_the_grace_revokes_the_grant(world: World) -> None:
    world.refresh_token()
    child = await ask(world, REFRESH_FORM)
    world.clock.advance(timedelta(seconds=3, milliseconds=1))

    assert (await refused(world, REFRESH_FORM)).error == "invalid_grant"
    assert world.revoked == ["grant"]
    assert child["refresh_token"] not in world.refresh_tokens


async def test_a_rotated_token_is_reused_even_when_rotation_is_switched_off_later(world: World) -> None:
    world.refresh_token()
    await ask(world, REFRESH_FORM)
    world.all_clients["spa"] = spa(rotates_refresh_tokens=False)
    world.clock.advance(timedelta(seconds=4))

    assert (await refused(world, REFRESH_FORM)).error == "invalid_grant"
    assert world.revoked == ["grant"]


async def test_scopes_may_be_narrowed_but_not_widened(world: World) -> None:
    world.refresh_token()
    narrowed = await ask(world, {**REFRESH_FORM, "scope": "openid"})
    refusal = await refused(world, {**REFRESH_FORM, "scope": "openid email phone"})

    assert narrowed["scope"] == "openid"
    assert "username" not in claims_of(narrowed["id_token"])
    assert (refusal.error, refusal.scope) == ("invalid_scope", "email phone")
    assert refusal.description == "refresh token missing requested scope(s)"
    # The chain keeps its scopes: narrowing is for one access token.
    assert world.refresh_tokens[narrowed["refresh_token"]].authorization.scopes == [
        "openid",
        "offline_access",
        "profile",
    ]


async def test_without_openid_there_is_no_id_token(world: World) -> None:
    world.refresh_token()

    assert "id_token" not in await ask(world, {**REFRESH_FORM, "scope": "profile"})


async def test_a_scope_lost_since_is_not_in_the_new_token(world: World) -> None:
    grant = world.granted(scopes=["openid", "offline_access"], resources={API: ["read", "write"]})
    scopes = ["openid", "offline_access", "read", "write"]
    world.refresh_token(authorization=world.authorization(grant=grant, scopes=scopes, resources=[API]))
    world.held[ALICE, API] = ["read"]

    answer = await ask(world, REFRESH_FORM, resources=(API,))

    assert answer["scope"] == claims_of(answer["access_token"])["scope"] == "read"


async def test_an_unknown_resource_does_not_use_the_token_up(world: World) -> None:
    world.refresh_token()

    assert (await refused(world, REFRESH_FORM, resources=("https://nope.example",))).error == "invalid_target"
    assert world.refresh_tokens["rt"].consumed_at is None


async def test_nobody_is_a_member_of_an_unknown_organization(world: World) -> None:
    world.refresh_token()
    refusal = await refused(world, {**REFRESH_FORM, "organization_id": "nope"})

    assert (refusal.error, refusal.answer_status) == ("access_denied", 403)
    assert refusal.description == "user is not a member of the organization"


async def test_the_nonce_is_repeated(world: World) -> None:
    world.refresh_token(authorization=world.authorization(nonce="n-1"))

    assert claims_of((await ask(world, REFRESH_FORM))["id_token"])["nonce"] == "n-1"


# Client credentials


@pytest.mark.parametrize(
    ("scope", "held", "expected"),
    [
        pytest.param("all", ["all"], "all", id="§12.3: granted"),
        pytest.param("all other", ["all", "more"], "all", id="§12.3: requested and held"),
        pytest.param("all", [], None, id="§12.3: none held"),
        pytest.param("", ["all"], None, id="§12.3: none requested"),
    ],
)
async def test_a_machine_gets_the_scopes_it_asks_for_and_has(
    world: World, scope: str, held: list[str], expected: str | None
) -> None:
    world.held["m2m", API] = held
    answer = await ask(world, {**MACHINE_FORM, "scope": scope}, resources=(API,))

    claims = claims_of(answer["access_token"])
    assert answer.get("scope") == claims.get("scope") == expected
    assert set(answer) - {"scope"} == {"access_token", "expires_in", "token_type"}
    assert claims["sub"] == claims["client_id"] == "m2m"
    assert claims["aud"] == API


@pytest.mark.parametrize(
    ("form", "resources", "status", "error", "description"),
    [
        ({}, (), 400, "invalid_target", "both `resource` and `organization_id` are not provided"),
        ({}, ("https://nope.example",), 400, "invalid_target", "resource indicator is missing, or unknown"),
        (
            {},
            (API, OTHER_API),
            400,
            "invalid_target",
            "only a single resource indicator value is supported for this grant type",
        ),
        (
            {"organization_id": "org"},
            (),
            403,
            "access_denied",
            "app has not associated with the organization",
        ),
    ],
)
async def test_a_machine_must_name_one_resource(
    world: World, form: dict[str, str], resources: tuple[str, ...], status: int, error: str, description: str
) -> None:
    world.apis[OTHER_API] = ResourceServer(indicator=OTHER_API)
    refusal = await refused(world, {**MACHINE_FORM, **form}, resources=resources)

    assert (refusal.answer_status, refusal.error, refusal.description) == (status, error, description)


async def test_a_machine_may_leave_the_default_resource_out(world: World) -> None:
    world.default_api = world.apis[API]

    assert claims_of((await ask(world, MACHINE_FORM))["access_token"])["aud"] == API


async def test_a_machine_has_no_other_grant(world: World) -> None:
    world.all_clients["m2m"] = machine()
    world.refresh_token()
    refusal = await refused(world, {**REFRESH_FORM, "client_id": "m2m", "client_secret": "s3cret"})

    assert refusal.description == "requested grant type is not allowed for this client"
