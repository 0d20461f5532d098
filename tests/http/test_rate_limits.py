"""How often one may be wrong, by surface, counted in the process and in Redis."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from urllib.parse import urlencode

import httpx2
import pytest
from tests.hosted.conftest import errors_of, form_of
from tests.support.databases import settings_for
from tests.support.factories import Factory
from tests.support.redis_server import running_redis
from tests.support.visitor import ORIGIN, Visitor

from sekisho.app import Application
from sekisho.http.context import RequestContext
from sekisho.http.headers import RequestHeaders
from sekisho.http.rate_limits import Allowance, Counts, CountsInProcess, Guarded, RateLimits, TooManyRequests
from sekisho.http.shared_counts import SharedCounts
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import TenantId
from sekisho.kernel.secret import Secret
from sekisho.settings import Settings
from sekisho.tenants.urls import urls_of

AUTHORIZATION = "/oidc/auth?" + urlencode(
    {
        "client_id": "demo-app",
        "redirect_uri": "http://localhost:3001/demo-app",
        "response_type": "code",
        "scope": "openid",
        "code_challenge": "cIube-o_KnCBL635NXhAjhimfURlWZXhBzRC5S2Dn-Q",
        "code_challenge_method": "S256",
    }
)
MANAGEMENT = {"grant_type": "client_credentials", "resource": "https://default.logto.app/api", "scope": "all"}
WINDOW = timedelta(minutes=10)
ONE = [Allowance(key="a", guesses=2)]
BOTH = [Allowance(key="a", guesses=2), Allowance(key="b", guesses=5)]


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with running_redis() as url:
        yield url


@pytest.fixture(params=["process", pytest.param("redis", marks=pytest.mark.programs)])
async def counts(request: pytest.FixtureRequest, clock: ManualClock) -> AsyncIterator[Counts]:
    alone = CountsInProcess(clock=clock)
    if request.param == "process":
        yield alone
        return
    with running_redis() as url:
        shared = SharedCounts(Secret(url), or_else=alone)
        yield shared
        await shared.close()
        assert len(alone) == 0


@pytest.fixture(params=["process", pytest.param("redis", marks=pytest.mark.programs)])
def settings(request: pytest.FixtureRequest, db_url: str) -> Settings:
    limits: dict[str, object] = {"rate_limit_per_address": 3, "rate_limit_per_account": 2}
    if request.param == "redis":
        limits["redis_url"] = request.getfixturevalue("fresh_redis")
    return settings_for(db_url, **limits)


@pytest.fixture
def fresh_redis() -> Iterator[str]:
    with running_redis() as url:
        yield url


async def test_a_key_that_is_used_up_is_refused_until_its_window_ends(counts: Counts) -> None:
    assert [await counts.take(ONE, window=WINDOW) for _ in range(2)] == [None, None]

    wait = await counts.take(BOTH, window=WINDOW)

    assert wait is not None
    assert timedelta(minutes=9) < wait <= WINDOW


async def test_a_refused_guess_takes_no_place_under_its_other_keys(counts: Counts) -> None:
    for _ in range(9):
        await counts.take(BOTH, window=WINDOW)

    other = [Allowance(key="b", guesses=3)]
    assert await counts.take(other, window=WINDOW) is None
    assert await counts.take(other, window=WINDOW) is not None


async def test_what_is_given_back_may_be_taken_again(counts: Counts) -> None:
    for _ in range(5):
        assert await counts.take(ONE, window=WINDOW) is None
        counts.give_back(ONE)
        await asyncio.sleep(0.05)


async def test_guesses_sent_at_once_are_counted_one_by_one(counts: Counts) -> None:
    answers = await asyncio.gather(*(counts.take(ONE, window=WINDOW) for _ in range(20)))
    assert answers.count(None) == 2


async def test_a_window_ends(clock: ManualClock) -> None:
    counts = CountsInProcess(clock=clock)
    for _ in range(2):
        await counts.take(ONE, window=WINDOW)
    clock.advance(WINDOW - timedelta(seconds=1))
    assert await counts.take(ONE, window=WINDOW) == timedelta(seconds=1)
    clock.advance(timedelta(seconds=1))
    assert await counts.take(ONE, window=WINDOW) is None


@pytest.mark.programs
async def test_a_window_ends_in_redis(redis_url: str, clock: ManualClock) -> None:
    counts = SharedCounts(Secret(redis_url), or_else=CountsInProcess(clock=clock))
    short = timedelta(milliseconds=300)
    for _ in range(2):
        await counts.take(ONE, window=short)
    assert await counts.take(ONE, window=short) is not None
    await asyncio.sleep(0.35)
    assert await counts.take(ONE, window=short) is None
    await counts.close()


@pytest.mark.programs
async def test_processes_share_their_counts_in_redis(redis_url: str, clock: ManualClock) -> None:
    one, other = (SharedCounts(Secret(redis_url), or_else=CountsInProcess(clock=clock)) for _ in range(2))
    shared = [Allowance(key="shared", guesses=2)]
    assert [await each.take(shared, window=WINDOW) for each in (one, other)] == [None, None]
    assert await one.take(shared, window=WINDOW) is not None
    await one.close()
    await other.close()


@pytest.mark.programs
async def test_without_redis_the_process_counts_for_itself(clock: ManualClock) -> None:
    with running_redis() as url:
        counts = SharedCounts(Secret(url), or_else=CountsInProcess(clock=clock))
        await counts.take(ONE, window=WINDOW)
    assert [await counts.take(ONE, window=WINDOW) for _ in range(2)] == [None, None]
    assert await counts.take(ONE, window=WINDOW) == WINDOW
    await counts.close()


async def test_names_without_number_do_not_fill_the_memory(clock: ManualClock) -> None:
    counts = CountsInProcess(clock=clock, most_keys=10)
    for number in range(100):
        await counts.take([Allowance(key=str(number), guesses=1)], window=WINDOW)
    assert len(counts) == 10
    assert await counts.take([Allowance(key="99", guesses=1)], window=WINDOW) is not None


async def test_a_guess_that_is_cut_off_stays_counted(clock: ManualClock, app: Application) -> None:
    counts = CountsInProcess(clock=clock)
    limits = RateLimits(counts=counts, per_address=0, per_account=1)
    urls = urls_of(TenantId("default"), origin=ORIGIN, public=app.runtime.public_urls)
    ctx = RequestContext(
        runtime=app.runtime,
        rate_limits=limits,
        urls=urls,
        headers=RequestHeaders([]),
        scope={"type": "http"},
        request_id="r",
    )
    with pytest.raises(asyncio.CancelledError):
        async with limits.guess(ctx, Guarded.SIGN_IN, account="ada", wrong=()):
            raise asyncio.CancelledError
    with pytest.raises(TooManyRequests):
        async with limits.guess(ctx, Guarded.SIGN_IN, account="ada", wrong=()):
            pass


@pytest.fixture
async def management(make: Factory, visitor: Visitor) -> Visitor:
    """A caller who may do everything in the tenant."""
    machine = await make.machine(may_manage=True)
    answer = await visitor.post("/oidc/token", data=MANAGEMENT, auth=machine.credentials)
    visitor.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
    return visitor


@pytest.fixture
async def browser(make: Factory, visitor: Visitor) -> Visitor:
    """A browser on its way to sign in; `ada` and `bob` have accounts."""
    await make.user(username="ada", password="Corr3ct-horse-9")
    await make.user(username="bob", password="Corr3ct-horse-9")
    await visitor.get(AUTHORIZATION)
    return visitor


async def prove(browser: Visitor, username: str, password: str) -> int:
    body = {"identifier": {"type": "username", "value": username}, "password": password}
    return (await browser.post("/api/experience/verification/password", json=body)).status_code


async def test_an_account_has_so_many_wrong_guesses_and_right_ones_count_nothing(browser: Visitor) -> None:
    await browser.put("/api/experience", json={"interactionEvent": "SignIn"})
    for _ in range(4):
        assert await prove(browser, "ada", "Corr3ct-horse-9") == 200
    assert [await prove(browser, name, "nope") for name in ("ada", "ADA", "ada")] == [422, 422, 429]
    body = {"identifier": {"type": "username", "value": "ada"}, "password": "Corr3ct-horse-9"}
    refused = await browser.post("/api/experience/verification/password", json=body)
    assert (refused.status_code, refused.json()["code"]) == (429, "request.rate_limited")
    assert 590 < int(refused.headers["retry-after"]) <= 600
    # Somebody else at the same address still gets in.
    assert await prove(browser, "bob", "Corr3ct-horse-9") == 200


async def test_an_address_has_so_many_wrong_guesses_over_all_accounts(
    app: Application, browser: Visitor, clock: ManualClock
) -> None:
    await browser.put("/api/experience", json={"interactionEvent": "SignIn"})
    tried = [await prove(browser, f"somebody{number}", "nope") for number in range(4)]
    assert tried == [422, 422, 422, 429]
    async with Visitor(app, clock=clock, address="192.0.2.7") as elsewhere:
        await elsewhere.get(AUTHORIZATION)
        await elsewhere.put("/api/experience", json={"interactionEvent": "SignIn"})
        assert await prove(elsewhere, "ada", "Corr3ct-horse-9") == 200


async def test_the_page_says_so_and_keeps_what_was_typed(browser: Visitor) -> None:
    form = form_of(await browser.get("/sign-in"))

    async def send(number: int) -> httpx2.Response:
        typed = {"identifier": f"somebody{number}", "password": "nope"}
        return await browser.post(form.action, data=form.fields | typed, headers={"origin": ORIGIN})

    assert [(await send(number)).status_code for number in range(3)] == [422, 422, 422]
    page = await send(3)

    assert page.status_code == 429
    assert errors_of(page) == {"": "Too many requests. Try again later."}
    assert form_of(page).fields["identifier"] == "somebody3"
    assert 590 < int(page.headers["retry-after"]) <= 600


async def test_passwords_are_checked_so_often_for_each_user_whatever_the_address(
    make: Factory, management: Visitor
) -> None:
    path = "/api/users/{}/password/verify"
    users = [(await make.user(username=name, password="Corr3ct-horse-9")).id for name in ("ada", "bob")]

    async def check(user: str, password: str) -> int:
        return (await management.post(path.format(user), json={"password": password})).status_code

    assert [await check(users[0], "nope") for _ in range(3)] == [422, 422, 429]
    assert await check(users[0], "Corr3ct-horse-9") == 429
    assert [await check(users[1], "nope") for _ in range(2)] == [422, 422]


async def test_a_client_that_is_wrong_too_often_is_told_to_wait_and_the_right_secret_still_works(
    make: Factory, visitor: Visitor
) -> None:
    machine = await make.machine(may_manage=True)
    for path in ("/oidc/token", "/oidc/token/introspection", "/oidc/token/revocation"):
        assert (await visitor.post(path, data=MANAGEMENT, auth=(machine.id, "wrong"))).status_code == 401

    refused = await visitor.post("/oidc/token", data=MANAGEMENT, auth=(machine.id, "wrong"))

    assert (refused.status_code, refused.json()["error"]) == (429, "temporarily_unavailable")
    assert refused.json()["code"] == "request.rate_limited"
    assert 590 < int(refused.headers["retry-after"]) <= 600
    assert (await visitor.post("/oidc/token", data=MANAGEMENT, auth=machine.credentials)).status_code == 200


@pytest.mark.programs
async def test_redis_is_loaded_where_it_is_configured_only() -> None:
    program = "import sys, sekisho.app; sys.exit('redis' in sys.modules)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    assert await process.wait() == 0
