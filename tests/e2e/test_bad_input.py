"""Whatever is sent, wherever: the server answers, and never that it failed."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import islice

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from tests.e2e.journeys import MANAGE, Client, Journey, form_in
from tests.e2e.odd_input import Draft, Ground, mixtures, one_fault_each
from tests.e2e.places import everywhere
from tests.e2e.wire import Request, send
from tests.support.databases import settings_for
from tests.support.factories import PASSWORD, Factory
from tests.support.visitor import ORIGIN, Visitor

from sekisho.app import Application
from sekisho.settings import Settings
from sekisho.sign_in.models import SentinelPolicy
from sekisho.users.models import NewUser

#: Number of mixtures to try, others at every run. Without it a few, the same at every run.
_EXPLORE = os.environ.get("EXPLORE")
_BOUNDS = bounds(
    max_examples=int(_EXPLORE or 150),
    derandomize=_EXPLORE is None,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)

NewGround = Callable[[], Awaitable[Ground]]


@pytest.fixture
def settings(db_url: str) -> Settings:
    """A development server: it has the most places."""
    return settings_for(db_url, development=True)


@pytest.fixture
async def new_ground(make: Factory, new_visitor: Callable[[], Visitor], spa: Client, visitor: Visitor) -> NewGround:
    """Return what makes a user, an application, and a browser in the middle of a registration."""
    async with make.services() as services:
        # Most of the time would go into comparing wrong passwords.
        few = SentinelPolicy(max_attempts=5)
        await services.sign_in.update(replace(await services.sign_in.read(), sentinel_policy=few))
    machine = Client.of(await make.machine(may_manage=True))
    token = (await Journey(visitor, machine).token(MANAGE)).json()["access_token"]

    async def prepare() -> Ground:
        async with make.services() as services:
            user = await services.users.create(NewUser())
        application, guest = await make.traditional(), await make.traditional(is_third_party=True)
        browser = new_visitor()
        await Journey(browser, spa).begin("Register")
        page = form_in((await browser.get("/register")).text)
        names = {
            "id": application.id,
            "applicationId": guest.id,
            "scopeType": "resource-scopes",
            "scopeId": "management-api-all",
            "userId": user.id,
            "sessionId": "a-session-that-is-not",
            "grantId": "a-grant-that-is-not",
            "tokenTypePath": "access-token",
            "keyType": "cookie-keys",
            "keyId": "a-key-that-is-not",
            "resourceId": "management-api",
            "roleId": "a-role-that-is-not",
            "letterId": "a-letter-that-is-not",
            "connectorId": "a-connector-that-is-not",
            "factoryId": "simple-mail-transfer-protocol",
            "key:path": "default/a-file-that-is-not",
            "verificationId": "a-proof-that-is-not",
            "languageTag": "ja",
            "target": "github",
            "name": "Default secret",
            "uid": "an-interaction-that-is-not",
            "path": "no-such-file.css",
        }
        fields = {**page.fields, "identifier": "kunisada", "password": "x", "newPassword": PASSWORD}
        headers = (
            (b"host", b"localhost:3001"),
            (b"authorization", f"Bearer {token}".encode()),
            (b"cookie", browser.jar.header(f"{ORIGIN}/").encode()),
        )
        return Ground(names=names, headers=headers, fields=fields)

    return prepare


async def check(app: Application, request: Request) -> None:
    """Send a request, and look at no more of the answer than that it is one."""
    answer = await send(app, request)
    shown = f"{request.method} {request.target[:200]!r} {request.headers[-1]!r:.200} {request.body[:300]!r}"
    assert answer.status < 500 or answer.status == 501, f"{answer.status} to {shown}"
    for _, value in answer.headers:
        assert b"\n" not in value, f"a header split in two by {shown}"
        assert b"\r" not in value, f"a header split in two by {shown}"


async def test_no_single_fault_makes_the_server_fail(app: Application, new_ground: NewGround, db_url: str) -> None:
    """Every second fault at a place over each kind of database; at the next place it is the other half."""
    half = int(db_url.startswith("sqlite"))
    for turn, place in enumerate(everywhere()):
        ground = await new_ground()
        for draft in islice(one_fault_each(place, turn=turn), (turn + half) % 2, None, 2):
            await check(app, draft.on(ground))


@_BOUNDS
@given(draft=mixtures())
async def test_no_mixture_of_faults_makes_the_server_fail(
    app: Application, new_ground: NewGround, draft: Draft
) -> None:
    await check(app, draft.on(await new_ground()))
