"""What separates people from the Management API, and one tenant from another: tokens, sessions, cookies, names."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, TypeAlias

import httpx2
import pytest
from tests.e2e.conftest import NewJourney
from tests.e2e.journeys import API, CONSOLE, DEMO, MANAGE, SCOPE, Client, Journey
from tests.support.factories import Factory
from tests.support.visitor import ORIGIN, Visitor

from sekisho.administrators.models import USER_ROLE
from sekisho.roles.models import MANAGEMENT_API_ROLE
from sekisho.tenants.models import ADMIN_TENANT

ADMIN_API = "https://admin.logto.app/api"
BOOKS_API = "https://books.example.com"

SignedIn: TypeAlias = tuple[Journey, dict[str, Any]]


@pytest.fixture
async def program(new_visitor: Callable[[], Visitor]) -> AsyncIterator[Visitor]:
    """What calls APIs: no browser, no cookies."""
    async with new_visitor() as program:
        yield program


@pytest.fixture
async def flask_like(make: Factory) -> Client:
    """An application with a server of its own, as the Flask example is."""
    return Client.of(await make.traditional())


@pytest.fixture
async def administrator(new_visitor: Callable[[], Visitor], make: Factory) -> SignedIn:
    """The first administrator, who came by the link, with his tokens for the Management API of `default`."""
    async with make.in_tenant(ADMIN_TENANT).services() as services:
        token = (await services.administrators.issue_first_admin_token()).reveal()
    journey = Journey(new_visitor(), CONSOLE)
    await journey.browser.get(f"/console/welcome?token={token}")
    return journey, await journey.register("okami", scope=f"{SCOPE} all", resource=API)


async def access_token(journey: Journey, tokens: dict[str, Any], resource: str) -> dict[str, Any]:
    """Trade a refresh token for an access token of an API."""
    answer = await journey.refresh(tokens["refresh_token"], resource=resource)
    assert answer.status_code == 200, answer.text
    members: dict[str, Any] = answer.json()
    return members


async def call(program: Visitor, token: str, *, tenant: str = "") -> httpx2.Response:
    """Ask for the users of a tenant."""
    return await program.get(f"{tenant}/api/users", headers={"authorization": f"Bearer {token}"})


async def said(program: Visitor, token: str, *, tenant: str = "") -> tuple[int, str]:
    answer = await call(program, token, tenant=tenant)
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("application", ["demo-app", "flask"])
async def test_users_of_an_application_may_not_call_the_management_api(
    new_journey: NewJourney, flask_like: Client, program: Visitor, application: str
) -> None:
    journey = new_journey(DEMO if application == "demo-app" else flask_like)
    tokens = await journey.register("hokusai", scope=f"{SCOPE} all", resource=API)

    granted = await access_token(journey, tokens, API)

    assert "all" not in granted["scope"].split()
    assert await said(program, granted["access_token"]) == (403, "auth.forbidden")
    assert await said(program, tokens["access_token"]) == (401, "auth.unauthorized")
    assert await said(program, tokens["id_token"]) == (401, "auth.unauthorized")


async def test_a_token_of_another_api_is_refused_whatever_its_scopes_are_called(
    new_journey: NewJourney, make: Factory, program: Visitor
) -> None:
    await give_everybody_all_of(make, BOOKS_API)
    journey = new_journey()
    tokens = await journey.register("hokusai", scope=f"{SCOPE} all", resource=BOOKS_API)

    granted = await access_token(journey, tokens, BOOKS_API)

    assert granted["scope"].split() == ["all"]
    assert await said(program, granted["access_token"]) == (401, "auth.unauthorized")


async def test_a_machine_may_call_the_management_api_only_with_its_role(make: Factory, program: Visitor) -> None:
    machine = await make.machine()
    journey = Journey(program, Client.of(machine))

    without = (await journey.token(MANAGE)).json()
    async with make.services() as services:
        await services.roles.assign_to_application(machine.id, [MANAGEMENT_API_ROLE])
    holding = (await journey.token(MANAGE)).json()

    assert "scope" not in without
    assert await said(program, without["access_token"]) == (403, "auth.forbidden")
    assert (await call(program, holding["access_token"])).status_code == 200


async def test_a_default_tenants_management_token_opens_nothing_of_the_admin_tenant(
    make: Factory, program: Visitor
) -> None:
    machine = Client.of(await make.machine(may_manage=True))
    token = (await Journey(program, machine).token(MANAGE)).json()["access_token"]

    assert await said(program, token, tenant="/t/admin") == (401, "auth.unauthorized")


async def test_a_tenant_cannot_issue_tokens_for_the_admin_tenants_api(
    new_journey: NewJourney, make: Factory, program: Visitor
) -> None:
    """Who manages `default` may name an API as he likes, also like the one of `admin`."""
    await give_everybody_all_of(make, ADMIN_API)
    journey = new_journey()
    tokens = await journey.register("hokusai", scope=f"{SCOPE} all", resource=ADMIN_API)

    granted = await access_token(journey, tokens, ADMIN_API)

    assert granted["scope"].split() == ["all"]
    assert await said(program, granted["access_token"], tenant="/t/admin") == (401, "auth.unauthorized")
    assert await said(program, granted["access_token"]) == (401, "auth.unauthorized")


async def test_nothing_a_tenant_issued_is_good_in_the_other(
    new_journey: NewJourney, spa: Client, administrator: SignedIn
) -> None:
    theirs, their_tokens = administrator
    ours = new_journey()
    our_tokens = await ours.register("hokusai")
    ours.client, theirs.client = replace(spa, base="/t/admin"), replace(CONSOLE, base="")

    for journey, tokens in ((ours, our_tokens), (theirs, their_tokens)):
        assert (await journey.userinfo(tokens["access_token"])).status_code == 401
        refused = await journey.refresh(tokens["refresh_token"])
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client")


async def test_a_refresh_token_is_unknown_in_the_other_tenant_even_to_a_client_of_the_same_name(
    new_journey: NewJourney, administrator: SignedIn
) -> None:
    _, their_tokens = administrator

    refused = await new_journey(DEMO).refresh(their_tokens["refresh_token"])

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


@pytest.mark.usefixtures("administrator")
async def test_an_account_of_one_tenant_does_not_exist_in_the_other(new_journey: NewJourney) -> None:
    await new_journey().register("hokusai")
    here, there = new_journey(), new_journey(CONSOLE)
    await here.begin("SignIn")
    await there.begin("SignIn")

    for journey, stranger in ((here, "okami"), (there, "hokusai")):
        refused = await journey.prove(stranger)
        assert (refused.status_code, refused.json()["code"]) == (422, "session.invalid_credentials")
    assert (await there.prove("okami")).status_code == 200


async def test_an_administrator_may_call_the_management_api_of_default_and_not_that_of_admin(
    administrator: SignedIn, program: Visitor
) -> None:
    journey, tokens = administrator

    granted = await access_token(journey, tokens, API)

    assert granted["scope"].split() == ["all"]
    assert (await call(program, granted["access_token"])).status_code == 200
    assert await said(program, granted["access_token"], tenant="/t/admin") == (401, "auth.unauthorized")
    assert await said(program, tokens["access_token"]) == (401, "auth.unauthorized")


@pytest.mark.usefixtures("administrator")
async def test_a_user_of_the_admin_tenant_without_the_role_may_call_neither(
    new_journey: NewJourney, make: Factory, program: Visitor
) -> None:
    await make.in_tenant(ADMIN_TENANT).user(username="kohai", roles=[USER_ROLE])
    journey = new_journey(CONSOLE)
    tokens = await journey.sign_in("kohai", scope=f"{SCOPE} all", resource=API)

    granted = await access_token(journey, tokens, API)

    assert "all" not in granted["scope"].split()
    assert await said(program, granted["access_token"]) == (403, "auth.forbidden")
    assert await said(program, granted["access_token"], tenant="/t/admin") == (401, "auth.unauthorized")


@pytest.mark.usefixtures("administrator")
async def test_a_user_of_the_admin_tenant_without_the_role_is_refused_by_the_console(
    new_journey: NewJourney, make: Factory
) -> None:
    await make.in_tenant(ADMIN_TENANT).user(username="kohai", roles=[USER_ROLE])
    journey = new_journey(CONSOLE)
    await journey.sign_in("kohai")

    sent = await journey.browser.get("/console")
    refused = await journey.follow(sent.headers["location"])

    assert (refused.status_code, refused.url.path) == (403, "/console/callback")


@pytest.mark.usefixtures("administrator")
async def test_who_is_signed_in_at_default_is_a_stranger_to_the_console(new_journey: NewJourney) -> None:
    journey = new_journey()
    await journey.register("hokusai")

    sent = await journey.browser.get("/console")
    shown = await journey.browser.get(sent.headers["location"])

    assert sent.headers["location"].startswith(f"{ORIGIN}/t/admin/oidc/auth?")
    assert shown.headers["location"].startswith("/t/admin/sign-in")


@pytest.mark.usefixtures("administrator")
async def test_two_tenants_are_signed_in_to_side_by_side_in_one_browser(new_journey: NewJourney, spa: Client) -> None:
    """Interleaved step by step, so that neither can live on a cookie of the other."""
    await new_journey().register("hokusai")
    here = new_journey(spa)
    there = Journey(here.browser, CONSOLE)

    await here.begin("SignIn")
    await there.begin("SignIn")
    our_proof, their_proof = await here.prove("hokusai"), await there.prove("okami")
    await here.identify(our_proof.json()["verificationId"])
    await there.identify(their_proof.json()["verificationId"])
    their_tokens, our_tokens = await there.finish(), await here.finish()

    assert (await here.userinfo(our_tokens["access_token"])).json()["username"] == "hokusai"
    assert (await there.userinfo(their_tokens["access_token"])).json()["username"] == "okami"


@pytest.mark.parametrize("leaves_first", ["default", "admin"])
async def test_each_tenant_is_signed_out_of_alone(spa: Client, administrator: SignedIn, leaves_first: str) -> None:
    there, _ = administrator
    here = Journey(there.browser, spa)
    await here.register("hokusai")
    leaver, stayer = (here, there) if leaves_first == "default" else (there, here)
    assert len(await leaver.silently()) == len(await stayer.silently()) == 43

    await leaver.sign_out()

    assert await leaver.silently() == "login_required"
    assert len(await stayer.silently()) == 43
    await stayer.sign_out()
    assert await stayer.silently() == "login_required"


async def give_everybody_all_of(make: Factory, indicator: str) -> None:
    """Make an API of the tenant `default` whose scope `all` every new user of the tenant has."""
    api = await make.api(indicator=indicator, scopes=["all"])
    await make.role(scopes=api.scopes.values(), is_default=True)
