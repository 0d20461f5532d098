"""Token exchange: what may be exchanged, for what, and every refusal (RFC 8693, oidc.md §12.4)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.oidc.asking import OTHER_API, ask, claims_of, refused, suspend
from tests.oidc.world import ALICE, API, ISSUER, Key, World, machine, signing_key, spa, web

from sekisho.crypto.jwk import SigningAlgorithm, generate_key, public_jwk
from sekisho.kernel.clock import epoch_seconds
from sekisho.kernel.ids import UserId
from sekisho.oidc.models import ORGANIZATIONS_RESOURCE, Account, GrantType, ResourceServer
from sekisho.oidc.tokens import jwt

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
IMPERSONATION = "urn:logto:token-type:impersonation_token"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
PAT = "urn:logto:token-type:personal_access_token"
BOB = UserId("bob000000000")
CLIENT_FORM = {"grant_type": EXCHANGE, "client_id": "web", "client_secret": "s3cret"}
SUBJECT_FORM = {**CLIENT_FORM, "subject_token": "sub_alice", "subject_token_type": IMPERSONATION}
OPAQUE_FORM = {**CLIENT_FORM, "subject_token": "at", "subject_token_type": ACCESS_TOKEN}
PAT_FORM = {**CLIENT_FORM, "subject_token": "pat_alice", "subject_token_type": PAT}
ACTOR = {"actor_token": "actor", "actor_token_type": ACCESS_TOKEN}


@pytest.fixture
def world() -> World:
    """Alice in an organization, with one of each kind of token; Bob may act for her."""
    world = World()
    world.all_clients["web"] = web(grant_types=frozenset({GrantType.AUTHORIZATION_CODE, GrantType.TOKEN_EXCHANGE}))
    world.accounts[BOB] = Account(id=BOB)
    world.apis[OTHER_API] = ResourceServer(indicator=OTHER_API)
    world.organization(scopes={ALICE: ["invite"]}, resource_scopes={(ALICE, API): ["write"]})
    world.held[ALICE, API] = ["read"]
    world.subject_token()
    world.personal_access_tokens["pat_alice"] = ALICE
    world.access_token()
    of_bob = replace(world.granted(id_="of bob"), account_id=BOB)
    world.grants["of bob"] = of_bob
    world.access_token("actor", authorization=world.authorization(grant=of_bob, scopes=["openid"]))
    return world


def jwt_form(world: World, *, typ: str | None = "at+jwt", key: Any = None, **claims: Any) -> dict[str, str]:
    """Return a request with a JWT access token of Alice's; None leaves a claim out."""
    now = epoch_seconds(world.clock.now())
    typical = {
        "jti": "jti",
        "sub": ALICE,
        "iat": now,
        "exp": now + 3600,
        "scope": "read",
        "client_id": "spa",
        "iss": ISSUER,
        "aud": API,
    }
    said = {name: value for name, value in (typical | claims).items() if value is not None}
    return {**OPAQUE_FORM, "subject_token": jwt.sign(said, key=key or signing_key(), typ=typ)}


SUBJECTS = [
    pytest.param(SUBJECT_FORM, id="§12.4: impersonation"),
    pytest.param({**SUBJECT_FORM, "subject_token_type": ACCESS_TOKEN}, id="§12.4: impersonation by its older name"),
    pytest.param(PAT_FORM, id="§12.4: personal access token"),
    pytest.param(OPAQUE_FORM, id="§12.4: opaque access token"),
    pytest.param({}, id="§12.4: JWT access token"),
]


@pytest.mark.parametrize("form", SUBJECTS)
async def test_each_kind_of_subject_token_is_exchanged(world: World, form: dict[str, str]) -> None:
    answer = await ask(world, {**(form or jwt_form(world)), "scope": "openid profile unknown read"})

    assert list(answer) == ["access_token", "expires_in", "scope", "token_type"]
    assert (answer["scope"], answer["expires_in"], answer["token_type"]) == ("openid profile", 3600, "Bearer")
    token = world.access_tokens[answer["access_token"]]
    assert token.authorization.grant.account_id == ALICE
    assert (token.grant_history, token.extra) == (EXCHANGE, {})


@pytest.mark.parametrize("form", SUBJECTS)
async def test_only_a_subject_token_is_used_up(world: World, form: dict[str, str]) -> None:
    form = form or jwt_form(world)
    await ask(world, form)

    if form["subject_token"].startswith("sub_"):
        assert (await refused(world, form)).error == "invalid_grant"
    else:
        await ask(world, form)


OUTCOMES = [
    pytest.param("openid read", (), None, None, "openid", {}, id="§12.4: neither"),
    pytest.param("read", (), None, None, "", {}, id="§12.4: neither, no OIDC scope"),
    pytest.param(None, (), None, None, "", {}, id="§12.4: neither, no scope"),
    pytest.param("openid read write other", (API,), None, API, "read write", {}, id="§12.4: resource"),
    pytest.param(None, (API,), None, API, "", {}, id="§12.4: resource, no scope"),
    pytest.param("read", (API, API), None, API, "read", {}, id="the same resource twice"),
    pytest.param(
        "read write", (API,), "org", API, "read write", {"organization_id": "org"}, id="§12.4: resource in organization"
    ),
    pytest.param(
        "read write", (API,), "other", API, "read", {"organization_id": "other"}, id="§20.3: another gives nothing"
    ),
    pytest.param("invite read openid", (), "org", "urn:logto:organization:org", "invite", {}, id="§12.4: organization"),
    pytest.param(None, (), "org", "urn:logto:organization:org", "", {}, id="organizations.md §12.6: no scope"),
]


@pytest.mark.parametrize(("scope", "resources", "organization", "audience", "granted", "extra"), OUTCOMES)
async def test_an_exchange_yields_the_token_that_is_asked_for(
    world: World,
    scope: str | None,
    resources: tuple[str, ...],
    organization: str | None,
    audience: str | None,
    granted: str,
    extra: dict[str, str],
) -> None:
    world.organization("other")
    more = {"scope": scope, "organization_id": organization}
    form = {**SUBJECT_FORM, **{name: value for name, value in more.items() if value is not None}}

    answer = await ask(world, form, resources=resources)

    assert answer["scope"] == granted
    if audience is None:
        assert world.access_tokens[answer["access_token"]].authorization.resources == ()
        return
    claims = claims_of(answer["access_token"])
    core = ["jti", "sub", "iat", "exp", "scope", "client_id", "iss", "aud"]
    assert {name: value for name, value in claims.items() if name not in core} == extra
    assert (claims["aud"], claims["sub"], claims["client_id"], claims["scope"]) == (audience, ALICE, "web", granted)


async def test_the_default_api_is_not_meant(world: World) -> None:
    world.default_api = world.apis[API]

    assert not jwt.looks_like_jwt((await ask(world, SUBJECT_FORM))["access_token"])


async def test_a_token_lives_as_long_as_its_api_says(world: World) -> None:
    world.apis[API] = ResourceServer(indicator=API, access_token_lifetime=timedelta(seconds=60))

    assert (await ask(world, SUBJECT_FORM, resources=(API,)))["expires_in"] == 60


@pytest.mark.parametrize(
    ("resources", "organization", "scopes", "at"),
    [
        ((), None, ["openid"], {}),
        ((API,), None, (), {API: ["read"]}),
        ((), "org", (), {"urn:logto:organization:org": ["invite"]}),
    ],
    ids=["userinfo", "resource", "organization"],
)
async def test_an_exchange_leaves_a_grant_of_its_own(
    world: World, resources: tuple[str, ...], organization: str | None, scopes: list[str], at: dict[str, list[str]]
) -> None:
    before = set(world.grants)
    form = {**PAT_FORM, "scope": "openid read invite"}

    sent = {**form, "organization_id": organization} if organization else form
    answer = await ask(world, sent, resources=resources)

    (id_,) = set(world.grants) - before
    grant = world.grants[id_]
    assert len(id_) == 21
    assert (grant.account_id, grant.client_id) == (ALICE, "web")
    assert (list(grant.scopes), dict(grant.resources)) == (list(scopes), at)
    # It ends with its only token: nothing can be refreshed under it.
    assert grant.expires_at == world.clock.now() + timedelta(seconds=answer["expires_in"])


@pytest.mark.parametrize("resources", [(), (API,)], ids=["opaque", "JWT"])
async def test_who_acts_is_named_in_the_token(world: World, resources: tuple[str, ...]) -> None:
    token = (await ask(world, {**SUBJECT_FORM, **ACTOR}, resources=resources))["access_token"]

    said = claims_of(token) if resources else world.access_tokens[token].extra
    assert said["act"] == {"sub": BOB}
    # RFC 8693 §4.1: the token stays the subject's.
    assert (said.get("sub", ALICE), "actor" in world.access_tokens) == (ALICE, True)


async def test_the_context_of_a_subject_token_reaches_the_tenants_script(world: World) -> None:
    world.subject_token(context={"ticket": "T-1"})

    await ask(world, {**SUBJECT_FORM, "organization_id": "org"}, resources=(API,))
    await ask(world, PAT_FORM)

    first, second = world.drafts
    assert (first.subject_token_context, first.organization_id, first.grant_history) == (
        {"ticket": "T-1"},
        "org",
        EXCHANGE,
    )
    assert second.subject_token_context is None


async def test_a_script_sees_who_acts_but_not_the_claim_of_the_organization(world: World) -> None:
    token = (await ask(world, {**PAT_FORM, **ACTOR, "organization_id": "org"}, resources=(API,)))["access_token"]

    (draft,) = world.drafts
    assert draft.members()["extra"] == {"act": {"sub": BOB}}
    assert claims_of(token)["organization_id"] == "org"


async def test_a_refused_exchange_leaves_the_subject_token_as_it_was(world: World) -> None:
    await refused(world, SUBJECT_FORM, resources=("https://nope.example",))
    await refused(world, {**SUBJECT_FORM, "organization_id": "nope"})
    await refused(world, {**SUBJECT_FORM, **ACTOR, "actor_token": "nope"})

    assert (await ask(world, SUBJECT_FORM))["token_type"] == "Bearer"


# Refusals


def expire(world: World) -> None:
    world.clock.advance(timedelta(seconds=600))


def delete(world: World) -> None:
    del world.accounts[ALICE]


def end_session(world: World) -> None:
    world.access_token(authorization=world.authorization(session_uid="gone", expires_with_session=True))


def revoke(world: World) -> None:
    world.drop_grant("grant")


def third_party(world: World) -> None:
    world.all_clients["spa"] = spa(is_third_party=True)


def lose_client(world: World) -> None:
    del world.all_clients["spa"]


def bind(world: World) -> None:
    world.access_token(authorization=world.authorization(proof_key="thumbprint"))


INVALID_GRANTS = [
    pytest.param({**SUBJECT_FORM, "subject_token_type": "urn:nope"}, None, id="§12.4: unknown type"),
    pytest.param(
        {**SUBJECT_FORM, "subject_token_type": "urn:ietf:params:oauth:token-type:id_token"}, None, id="RFC 8693 §3: id"
    ),
    pytest.param({**SUBJECT_FORM, "subject_token": "sub_nobody"}, None, id="subject token: unknown"),
    pytest.param({**SUBJECT_FORM, "subject_token": "at"}, None, id="subject token: an access token"),
    pytest.param({**SUBJECT_FORM, "subject_token": "pat_alice"}, None, id="subject token: a personal access token"),
    pytest.param(SUBJECT_FORM, expire, id="subject token: expired"),
    pytest.param(SUBJECT_FORM, suspend, id="subject token: of a suspended person"),
    pytest.param(SUBJECT_FORM, delete, id="subject token: of a deleted person"),
    pytest.param({**PAT_FORM, "subject_token": "pat_nobody"}, None, id="personal access token: unknown or expired"),
    pytest.param({**PAT_FORM, "subject_token": "sub_alice"}, None, id="personal access token: a subject token"),
    pytest.param(PAT_FORM, suspend, id="personal access token: of a suspended person"),
    pytest.param(PAT_FORM, delete, id="personal access token: of a deleted person"),
    pytest.param({**OPAQUE_FORM, "subject_token": "nope"}, None, id="access token: unknown"),
    pytest.param({**OPAQUE_FORM, "subject_token": "pat_alice"}, None, id="access token: a personal access token"),
    pytest.param(OPAQUE_FORM, lambda world: world.clock.advance(timedelta(seconds=3615)), id="access token: expired"),
    pytest.param(OPAQUE_FORM, revoke, id="access token: revoked"),
    pytest.param(OPAQUE_FORM, end_session, id="§11.2: access token of a session that ended"),
    pytest.param(OPAQUE_FORM, third_party, id="access token: third-party token exchanged for more scope"),
    pytest.param(OPAQUE_FORM, lose_client, id="access token: of a client that is gone"),
    pytest.param(OPAQUE_FORM, bind, id="RFC 9449 §1: bound to a key that the request does not prove"),
    pytest.param(OPAQUE_FORM, suspend, id="access token: of a suspended person"),
    pytest.param(OPAQUE_FORM, delete, id="access token: of a deleted person"),
]


@pytest.mark.parametrize(("form", "change"), INVALID_GRANTS)
async def test_every_refused_subject_looks_the_same(world: World, form: dict[str, str], change: Any) -> None:
    if change is not None:
        change(world)
    grants = set(world.grants)

    refusal = await refused(world, {**form, "scope": "openid"}, resources=(API,))

    assert (refusal.error, refusal.description) == ("invalid_grant", "grant request is invalid")
    assert set(world.grants) == grants
    assert not world.subject_tokens["sub_alice"].is_consumed


JWTS = [
    pytest.param({"typ": None, "client_id": None, "aud": "spa"}, None, id="an ID token as subject token"),
    pytest.param({"typ": "JWT"}, None, id="RFC 9068 §4: another typ"),
    pytest.param({"typ": "logout+jwt"}, None, id="RFC 9068 §4: a logout token"),
    pytest.param({"client_id": None}, None, id="§12.4: without client_id"),
    pytest.param({"client_id": 7}, None, id="§12.4: client_id is no text"),
    pytest.param({"sub": None}, None, id="§12.4: without sub"),
    pytest.param({"iss": "https://evil.example/oidc"}, None, id="§12.4: another issuer"),
    pytest.param({"exp": 1}, None, id="RFC 7519 §4.1.4: expired"),
    pytest.param({"exp": None}, None, id="RFC 9068 §2.2: without exp"),
    pytest.param({"exp": "never"}, None, id="RFC 7519 §2: exp is no number"),
    pytest.param({"sub": "m2m", "client_id": "m2m"}, None, id="an application's own token"),
    pytest.param({"client_id": "nope"}, None, id="of a client that is gone"),
    pytest.param({"cnf": {"jkt": "thumbprint"}}, None, id="RFC 9449 §6.1: bound to a key"),
    pytest.param({"sub": "nobody000000"}, None, id="of nobody"),
    pytest.param({}, third_party, id="third-party token exchanged for more scope"),
    pytest.param({}, suspend, id="of a suspended person"),
    pytest.param({}, delete, id="of a deleted person"),
]


@pytest.mark.parametrize(("claims", "change"), JWTS)
async def test_a_jwt_that_is_no_access_token_of_ours_is_refused(
    world: World, claims: dict[str, Any], change: Any
) -> None:
    world.all_clients["m2m"] = machine()
    world.accounts["m2m"] = Account(id=UserId("m2m"))
    if change is not None:
        change(world)

    assert (await refused(world, jwt_form(world, **claims))).error == "invalid_grant"


async def test_a_jwt_that_we_did_not_sign_is_refused(world: World) -> None:
    theirs = generate_key(SigningAlgorithm.ES384)
    # Attack: the key of somebody else under the name of ours.
    forged = Key(kid=signing_key().kid, algorithm="ES384", key=theirs, jwk=public_jwk(theirs))
    head, body, signature = jwt_form(world)["subject_token"].split(".")
    other_body = jwt_form(world, sub=BOB)["subject_token"].split(".")[1]
    tokens = [
        jwt_form(world, key=forged)["subject_token"],
        jwt_form(world, key=replace(forged, kid="theirs"))["subject_token"],
        f"{head}.{other_body}.{signature}",
        f"{head}.{body}.",
        "a.b.c",
    ]

    for token in tokens:
        assert (await refused(world, {**OPAQUE_FORM, "subject_token": token})).error == "invalid_grant"


async def test_the_type_of_an_access_token_may_be_spelt_as_a_media_type(world: World) -> None:
    assert await ask(world, jwt_form(world, typ="application/at+JWT"))


async def test_whoever_proves_the_key_may_exchange_a_bound_token(world: World) -> None:
    bind(world)
    world.all_clients["web"] = replace(world.all_clients["web"], proof_key="thumbprint")

    assert await ask(world, OPAQUE_FORM)
    assert await ask(world, jwt_form(world, cnf={"jkt": "thumbprint"}))


def actor(world: World, **more: Any) -> None:
    authorization = world.authorization(grant=world.grants["of bob"], **{"scopes": ["openid"], **more})
    world.access_token("actor", authorization=authorization)


ACTORS = [
    pytest.param({**ACTOR, "actor_token_type": ""}, None, id="RFC 8693 §2.1: no actor_token_type"),
    pytest.param({**ACTOR, "actor_token_type": IMPERSONATION}, None, id="§12.4: another actor_token_type"),
    pytest.param({**ACTOR, "actor_token": "nope"}, None, id="§12.4: unknown"),
    pytest.param({**ACTOR, "actor_token": "sub_alice"}, None, id="§12.4: a subject token"),
    pytest.param(ACTOR, lambda world: actor(world, scopes=["profile"]), id="§12.4: without openid"),
    pytest.param(
        ACTOR, lambda world: actor(world, session_uid="gone", expires_with_session=True), id="of an ended session"
    ),
    pytest.param(ACTOR, lambda world: actor(world, proof_key="thumbprint"), id="RFC 9449 §1: bound to a key"),
    pytest.param(
        ACTOR, lambda world: world.accounts.update({BOB: Account(id=BOB, is_suspended=True)}), id="of a suspended actor"
    ),
    pytest.param(ACTOR, lambda world: world.accounts.pop(BOB), id="of a deleted actor"),
]


@pytest.mark.parametrize(("form", "change"), ACTORS)
async def test_whoever_cannot_act_is_refused(world: World, form: dict[str, str], change: Any) -> None:
    if change is not None:
        change(world)

    refusal = await refused(world, {**SUBJECT_FORM, **form})

    assert (refusal.error, refusal.description) == ("invalid_grant", "grant request is invalid")
    assert not world.subject_tokens["sub_alice"].is_consumed


async def test_a_jwt_does_not_say_who_acts(world: World) -> None:
    token = jwt_form(world, sub=BOB, scope="openid")["subject_token"]

    assert (await refused(world, {**SUBJECT_FORM, **ACTOR, "actor_token": token})).error == "invalid_grant"


async def test_a_type_of_actor_without_an_actor_means_nothing(world: World) -> None:
    token = (await ask(world, {**SUBJECT_FORM, "actor_token_type": ACCESS_TOKEN}, resources=(API,)))["access_token"]

    assert "act" not in claims_of(token)


def require_mfa(world: World) -> None:
    world.all_organizations["org"].requires_mfa = True


def asked_by_third_party(world: World) -> None:
    world.all_clients["web"] = replace(world.all_clients["web"], is_third_party=True)


OTHERS = [
    pytest.param(
        {"subject_token": ""}, (), None, 400, "invalid_request", "missing required parameter 'subject_token'", id="§2.1"
    ),
    pytest.param(
        {"subject_token_type": ""},
        (),
        None,
        400,
        "invalid_request",
        "missing required parameter 'subject_token_type'",
        id="RFC 8693 §2.1: no type",
    ),
    pytest.param(
        {},
        ("https://nope.example",),
        None,
        400,
        "invalid_target",
        "resource indicator is missing, or unknown",
        id="RFC 8707 §2: unknown resource",
    ),
    pytest.param(
        {},
        (API, OTHER_API),
        None,
        400,
        "invalid_target",
        "only a single resource indicator value is supported for this grant type",
        id="several resources",
    ),
    pytest.param(
        {"organization_id": "nope"},
        (),
        None,
        403,
        "access_denied",
        "user is not a member of the organization",
        id="§21.1: unknown organization",
    ),
    pytest.param(
        {"organization_id": "org"},
        (),
        lambda world: world.all_organizations["org"].members.clear(),
        403,
        "access_denied",
        "user is not a member of the organization",
        id="§21.1: not a member",
    ),
    pytest.param(
        {"organization_id": "org"},
        (),
        asked_by_third_party,
        403,
        "access_denied",
        "organization access is not granted to the application",
        id="§21.2: a third party that was not let in",
    ),
    pytest.param(
        {"organization_id": "org"},
        (API,),
        require_mfa,
        403,
        "access_denied",
        "organization requires MFA but user has no MFA configured",
        id="§21.3: without a second factor",
    ),
    pytest.param(
        {"organization_id": "nope"},
        ("https://nope.example",),
        None,
        403,
        "access_denied",
        "user is not a member of the organization",
        id="§12.4: the organization before the resource",
    ),
    pytest.param(
        {"client_id": "spa", "client_secret": ""},
        (),
        None,
        400,
        "invalid_request",
        "requested grant type is not allowed for this client",
        id="RFC 6749 §5.2: a client that may not",
    ),
]


@pytest.mark.parametrize(("form", "resources", "change", "status", "error", "description"), OTHERS)
async def test_an_exchange_that_is_asked_for_wrongly_says_how(
    world: World,
    form: dict[str, str],
    resources: tuple[str, ...],
    change: Any,
    status: int,
    error: str,
    description: str,
) -> None:
    if change is not None:
        change(world)

    refusal = await refused(world, {**SUBJECT_FORM, **form}, resources=resources)

    assert (refusal.answer_status, refusal.error, refusal.description) == (status, error, description)
    assert not world.subject_tokens["sub_alice"].is_consumed


async def test_an_exchange_needs_no_organizations_scope(world: World) -> None:
    # oidc.md §21.4 is about refresh tokens only.
    assert (await ask(world, {**OPAQUE_FORM, "organization_id": "org", "scope": "invite"}))["scope"] == "invite"


async def test_a_third_party_gets_no_more_by_exchange_than_otherwise(world: World) -> None:
    world.all_clients["web"] = replace(
        world.all_clients["web"],
        is_third_party=True,
        allowed_scopes=frozenset({"openid"}),
        allowed_resource_scopes={API: frozenset({"write"}), ORGANIZATIONS_RESOURCE: frozenset()},
    )
    world.all_organizations["org"].let_in.add(("web", ALICE))
    form = {**PAT_FORM, "scope": "openid profile read write invite"}

    assert (await ask(world, form))["scope"] == "openid"
    assert (await ask(world, form, resources=(API,)))["scope"] == "write"
    assert (await ask(world, {**form, "organization_id": "org"}))["scope"] == ""
