"""Claims that a tenant's script adds to access tokens, over HTTP (oidc.md §26)."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select
from tests.oidc.party import Party, PartyMaker, services_over
from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.applications.models import ApplicationType, CustomClientMetadata
from sekisho.claim_scripts.context import ScriptContext
from sekisho.claim_scripts.models import ClaimScript, ScriptKind
from sekisho.grants.tables import AuthorizationCodeTable
from sekisho.oidc.custom_claims import TokenDraft
from sekisho.oidc.tokens import jwt
from sekisho.roles.models import MANAGEMENT_API_ROLE
from sekisho.services import Runtime

API = "https://orders.example.com"
MANAGEMENT_API = "https://default.logto.app/api"
MACHINE_FORM = {"grant_type": "client_credentials", "resource": MANAGEMENT_API, "scope": "all"}
on_sqlite = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
SetScript = Callable[..., Awaitable[None]]

SHOWS_ALL = "const getCustomJwtClaims = async ({ api, ...given }) => ({ given })"

WAITS = """async function getCustomJwtClaims() {
  await new Promise((go) => setTimeout(go, 20));
  return { plan: 'pro' };
}"""


@pytest.fixture
def set_script(runtime: Runtime) -> SetScript:
    """Give the tenant a script for tokens of people, or of machines."""

    async def set_script(script: str, kind: ScriptKind = ScriptKind.ACCESS_TOKEN, **more: Any) -> None:
        async with runtime.database.unit_of_work() as uow:
            await services_over(runtime, uow).claim_scripts.put(kind, ClaimScript(script=script, **more))

    return set_script


@pytest.fixture
async def api(make: Factory) -> str:
    """An API with a scope, which a default role gives to everybody who comes after."""
    made = await make.api(indicator=API, scopes=["read"])
    await make.role(name="Clerk", scopes=made.scopes.values(), is_default=True)
    return API


@pytest.fixture
async def web(api: str, make_party: PartyMaker) -> Party:  # noqa: ARG001 — the role comes before its user
    """A server-side application and its user."""
    return await make_party(ApplicationType.TRADITIONAL, custom=CustomClientMetadata(allow_token_exchange=True))


@pytest.fixture
async def machine(make_party: PartyMaker, make: Factory) -> Party:
    machine = await make_party(ApplicationType.MACHINE_TO_MACHINE)
    async with make.services() as services:
        await services.roles.assign_to_application(machine.client_id, [MANAGEMENT_API_ROLE])  # type: ignore[arg-type]
    return machine


def claims_of(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return dict(jwt.peek(answer.json()["access_token"]))


async def introspected(visitor: Visitor, party: Party, token: str) -> dict[str, Any]:
    assert party.secret is not None
    auth = (party.client_id, party.secret)
    return dict((await visitor.post("/oidc/token/introspection", data={"token": token}, auth=auth)).json())


async def test_an_access_token_for_an_api_carries_them(visitor: Visitor, web: Party, set_script: SetScript) -> None:
    await set_script("function getCustomJwtClaims({ context }) { return { plan: context.user.username }; }")
    code = await web.code(visitor, resource=API, scope="openid offline_access read")
    first = await web.exchange(visitor, code, resource=API)
    assert claims_of(first)["plan"] == web.user.username
    again = await web.refresh(visitor, first.json()["refresh_token"], resource=API)
    assert claims_of(again)["plan"] == web.user.username


async def test_an_opaque_token_shows_them_when_it_is_introspected(
    visitor: Visitor, web: Party, set_script: SetScript
) -> None:
    await set_script(
        "const getCustomJwtClaims = ({ token }) => ({ plan: 'pro', active: false, sub: 'root', jti: token.jti })"
    )
    tokens = await web.tokens(visitor)
    for value in (tokens["access_token"], (await web.refresh(visitor, tokens["refresh_token"])).json()["access_token"]):
        shown = await introspected(visitor, web, value)
        assert (shown["active"], shown["sub"], shown["plan"]) == (True, web.user.id, "pro")
        # A script that writes the id down must not have written the token down.
        assert value not in str(shown)
    assert "plan" not in await introspected(visitor, web, tokens["refresh_token"])


async def test_a_token_of_a_machine_carries_those_of_the_other_script(
    visitor: Visitor, machine: Party, set_script: SetScript
) -> None:
    await set_script("const getCustomJwtClaims = () => ({ wrong: true })")
    assert "wrong" not in claims_of(await machine.post_token(visitor, MACHINE_FORM))
    await set_script(SHOWS_ALL, ScriptKind.CLIENT_CREDENTIALS, environment_variables={"REGION": "east"})
    claims = claims_of(await machine.post_token(visitor, MACHINE_FORM))
    given = claims["given"]
    assert given["token"] == {
        "jti": claims["jti"],
        "kind": "ClientCredentials",
        "clientId": machine.client_id,
        "aud": MANAGEMENT_API,
        "scope": "all",
    }
    assert given["environmentVariables"] == {"REGION": "east"}
    assert list(given["context"]) == ["application"]
    assert given["context"]["application"]["id"] == machine.client_id
    assert machine.secret is not None
    assert machine.secret not in str(given)


async def test_a_script_is_told_of_the_token_the_person_the_sign_in_and_the_application(
    visitor: Visitor, web: Party, set_script: SetScript
) -> None:
    await set_script(SHOWS_ALL)
    code = await web.code(visitor, resource=API, scope="openid read")
    claims = claims_of(await web.exchange(visitor, code, resource=API))
    token, context = claims["given"]["token"], claims["given"]["context"]
    known = {name: token.pop(name) for name in ("grantId", "sessionUid")}
    assert all(known.values())
    token.pop("sid", None)
    assert token == {
        "jti": claims["jti"],
        "kind": "AccessToken",
        "clientId": web.client_id,
        "aud": API,
        "scope": "read",
        "accountId": web.user.id,
        "gty": "authorization_code",
        "expiresWithSession": True,
    }
    user = context["user"]
    assert (user["id"], user["username"], user["hasPassword"]) == (web.user.id, web.user.username, False)
    assert (user["organizations"], user["organizationRoles"], user["ssoIdentities"]) == ([], [], [])
    (role,) = user["roles"]
    (scope,) = role["scopes"]
    assert (role["name"], scope["name"], scope["resource"]["indicator"]) == ("Clerk", "read", API)
    assert scope["resource"]["id"] == scope["resourceId"]
    assert context["interaction"] == {
        "interactionEvent": "SignIn",
        "userId": web.user.id,
        "verificationRecords": [],
    }
    assert context["application"]["id"] == web.client_id
    assert "secret" not in str(context).lower()
    assert "grant" not in context


async def test_an_exchanged_token_tells_what_its_subject_token_was_made_for(
    visitor: Visitor, runtime: Runtime, web: Party, set_script: SetScript
) -> None:
    await set_script(SHOWS_ALL)
    async with runtime.database.unit_of_work() as uow:
        made = await services_over(runtime, uow).subject_tokens.create(
            web.user.id, context={"ticket": 7}, creator_id="administrator"
        )
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": made.reveal(),
        "subject_token_type": "urn:logto:token-type:impersonation_token",
        "resource": API,
        "scope": "read",
    }
    given = claims_of(await web.post_token(visitor, form))["given"]
    assert given["context"]["grant"] == {"type": form["grant_type"], "subjectTokenContext": {"ticket": 7}}
    assert given["token"]["gty"] == form["grant_type"]


@on_sqlite
async def test_no_script_overrides_what_the_protocol_says(
    visitor: Visitor, machine: Party, set_script: SetScript
) -> None:
    script = """const getCustomJwtClaims = () => ({
      sub: 'root', aud: 'https://evil.example', iss: 'evil', iat: 0, exp: 9e9, jti: 'x', scope: 'everything',
      client_id: 'other', authorization_details: [], cnf: { jkt: 'mine' }, nbf: 0, plan: 'pro' })"""
    await set_script(script, ScriptKind.CLIENT_CREDENTIALS)
    claims = claims_of(await machine.post_token(visitor, MACHINE_FORM))
    assert (claims["sub"], claims["aud"], claims["scope"]) == (machine.client_id, MANAGEMENT_API, "all")
    assert set(claims) == {"jti", "sub", "iat", "exp", "scope", "client_id", "iss", "aud", "plan"}
    without_scope = claims_of(await machine.post_token(visitor, {**MACHINE_FORM, "scope": ""}))
    assert "scope" not in without_scope


async def test_a_script_denies_access_before_anything_is_used_up(
    visitor: Visitor, web: Party, set_script: SetScript
) -> None:
    await set_script("function getCustomJwtClaims({ api }) { api.denyAccess('not on a Sunday'); }")
    code = await web.code(visitor)
    refused = await web.exchange(visitor, code)
    assert refused.status_code == 400
    assert (refused.json()["error"], refused.json()["error_description"]) == ("access_denied", "not on a Sunday")
    await set_script("const getCustomJwtClaims = () => ({})")
    assert (await web.exchange(visitor, code)).status_code == 200


@on_sqlite
@pytest.mark.parametrize(
    "script",
    [
        "function getCustomJwtClaims() { throw new Error('broken'); }",
        "function getCustomJwtClaims() { return 'broken'; }",
        "function getCustomJwtClaims( {",
        "function getCustomJwtClaims() { return { a: '\\ud800' }; }",
        "function getCustomJwtClaims() { const all = []; while (true) all.push(new Uint8Array(1e5)); }",
    ],
)
async def test_a_failing_script_costs_the_claims_only_unless_it_shall_block(
    visitor: Visitor, machine: Party, set_script: SetScript, script: str
) -> None:
    await set_script(script, ScriptKind.CLIENT_CREDENTIALS)
    assert "a" not in claims_of(await machine.post_token(visitor, MACHINE_FORM))
    await set_script(script, ScriptKind.CLIENT_CREDENTIALS, block_issuance_on_error=False)
    assert (await machine.post_token(visitor, MACHINE_FORM)).status_code == 200
    await set_script(script, ScriptKind.CLIENT_CREDENTIALS, block_issuance_on_error=True)
    blocked = await machine.post_token(visitor, MACHINE_FORM)
    assert (blocked.status_code, blocked.json()["error"]) == (400, "invalid_request")
    assert blocked.json()["error_description"].startswith("An error occurred in the custom claims script: ")


async def test_a_script_that_loops_holds_up_nobody_else(
    visitor: Visitor, web: Party, machine: Party, set_script: SetScript
) -> None:
    await set_script("function getCustomJwtClaims() { while (true) {} }")
    code = await web.code(visitor)
    looping = asyncio.create_task(web.exchange(visitor, code))
    await asyncio.sleep(1)
    began = time.monotonic()
    for _ in range(5):
        assert (await machine.post_token(visitor, MACHINE_FORM)).status_code == 200
    # Who writes waits for nobody either: the script runs before the transaction begins.
    await web.code(visitor)
    assert time.monotonic() - began < 3
    assert not looping.done()
    assert (await looping).status_code == 200


async def test_a_child_that_dies_in_the_middle_of_a_token_request_costs_nothing(
    visitor: Visitor, runtime: Runtime, make: Factory, web: Party, set_script: SetScript
) -> None:
    await set_script(WAITS.replace("20", "700"))
    code = await web.code(visitor, resource=API, scope="read")
    async with make.services() as services:
        # The child is there, so that it is the run which it dies in.
        await services.claim_scripts.try_out(ClaimScript(script=SHOWS_ALL), {})
    asked = asyncio.create_task(web.exchange(visitor, code, resource=API))
    await asyncio.sleep(0.4)
    assert runtime.scripts.worker is not None
    assert runtime.scripts.worker.runs == 2
    os.kill(runtime.scripts.worker.pid, signal.SIGKILL)
    assert claims_of(await asked)["plan"] == "pro"


async def test_of_twenty_exchanges_of_a_code_one_wins_whatever_the_script_takes(
    visitor: Visitor, runtime: Runtime, web: Party, set_script: SetScript
) -> None:
    await set_script(WAITS)
    code = await web.code(visitor, resource=API, scope="read")
    answers = await asyncio.gather(*(web.exchange(visitor, code, resource=API) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200, *[400] * 19]
    async with runtime.database.unit_of_work() as uow:
        assert (await uow.execute(select(AuthorizationCodeTable.digest))).all() == []


async def test_without_a_script_nothing_is_started(visitor: Visitor, runtime: Runtime, machine: Party) -> None:
    assert (await machine.post_token(visitor, MACHINE_FORM)).status_code == 200
    assert runtime.scripts.worker is None


async def test_a_sign_in_is_told_without_its_secrets_and_only_of_the_person_himself(
    visitor: Visitor, runtime: Runtime, make: Factory, web: Party, set_script: SetScript
) -> None:
    await set_script(SHOWS_ALL)
    code = await web.code(visitor, resource=API, scope="openid offline_access read")
    first = await web.exchange(visitor, code, resource=API)
    uid = claims_of(first)["given"]["token"]["sessionUid"]
    shown = {"id": "v1", "type": "Password", "identifier": {"type": "username", "value": "x"}, "verified": True}
    record = {**shown, "userId": web.user.id, "passwordSetAt": 1}
    submission = {"interactionEvent": "SignIn", "verificationRecords": [record], "signInContext": {"ip": "10.0.0.1"}}
    other = await make.user()
    told = []
    for account_id in (web.user.id, other.id):
        async with runtime.database.unit_of_work() as uow:
            sessions = services_over(runtime, uow).sessions
            await sessions.extend(uid, account_id=account_id, client_id=web.client_id, last_submission=submission)
        first = await web.refresh(visitor, first.json()["refresh_token"], resource=API)
        told.append(claims_of(first)["given"]["context"].get("interaction"))
    assert told == [
        {
            "interactionEvent": "SignIn",
            "userId": web.user.id,
            "verificationRecords": [shown],
            "signInContext": {"ip": "10.0.0.1"},
        },
        None,
    ]


@on_sqlite
@pytest.mark.parametrize("client_id", ["demo-app", "admin-console", "nobody"])
async def test_a_built_in_application_is_told_like_any_other(runtime: Runtime, client_id: str) -> None:
    async with runtime.database.unit_of_work() as uow:
        services = services_over(runtime, uow)
        context = ScriptContext(
            tenant_id=services.tenant_id,
            users=services.users,
            roles=services.roles,
            applications=services.applications,
            sessions=services.sessions,
        )
        draft = TokenDraft(jti="x", client_id=client_id, audience=None, scope=None, authorization=None)
        told = await context.of(draft)
    if client_id == "demo-app":
        application = json.loads(json.dumps(told))["application"]
        assert (application["id"], application["tenantId"], application["type"]) == (client_id, "default", "SPA")
    else:
        assert told == {}
