"""Several requests of one user at once: in one event loop, in several, in threads; and requests that are cut short."""

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from fake_provider import CALLBACK, FakeProvider
from logto import PersistKey, ServerUnavailable
from logto._flow import Driver, Flow, Wait
from logto._memory import MAX_RECENT, ProcessMemory, RecentGrants, TokenGrant, fingerprint
from logto._turnstile import Turnstile
from logto.models.response import TokenResponse
from sdk_harness import Application, DictStorage, new_async, new_sync

API = "https://api.example"


def expired(storage: DictStorage) -> DictStorage:
    return DictStorage({**storage.values, "accessTokenMap": '{"x":{}}'})


async def session_of(application: Application, **config: object) -> DictStorage:
    storage = DictStorage()
    await application.signed_in(storage, **config)
    return storage


class TestOneEventLoop:
    pytestmark = pytest.mark.anyio

    async def test_requests_with_one_storage_refresh_once(self, async_application: Application) -> None:
        storage = expired(await session_of(async_application))
        async_application.provider.delay = 0.02
        client = async_application.client(storage)
        tokens = await asyncio.gather(*(client.getAccessToken() for _ in range(20)))

        assert len(set(tokens)) == 1
        assert len(async_application.provider.requests_to("/oidc/token")) == 1

    async def test_requests_with_a_cookie_each_refresh_once(self, async_application: Application) -> None:
        provider = async_application.provider
        provider.rotates, provider.delay = True, 0.02
        storage = await session_of(async_application)
        cookies = [expired(storage) for _ in range(20)]
        tokens = await asyncio.gather(*(async_application.client(cookie).getAccessToken() for cookie in cookies))

        assert len(set(tokens)) == 1
        assert len(provider.requests_to("/oidc/token")) == 1
        assert {cookie.values["refreshToken"] for cookie in cookies} != {storage.values["refreshToken"]}

    async def test_different_apis_refresh_one_after_the_other(self, async_application: Application) -> None:
        # Both hold the same refresh token; only the first may present it, the second presents its successor.
        provider = async_application.provider
        provider.rotates, provider.delay = True, 0.02
        apis = [f"https://api{number}.example" for number in range(5)]
        storage = await session_of(async_application, resources=apis)
        clients = [async_application.client(expired(storage), resources=apis) for _ in apis]
        tokens = await asyncio.gather(*(client.getAccessToken(api) for client, api in zip(clients, apis, strict=True)))
        presented = [call.form["refresh_token"] for call in provider.requests_to("/oidc/token")]

        assert len(set(tokens)) == 5
        assert len(set(presented)) == len(presented) == 5

    async def test_a_callback_loaded_twice_spends_its_code_once(self, async_application: Application) -> None:
        provider = async_application.provider
        cookie = DictStorage()
        callback = provider.authorize(await async_application.client(cookie).signIn(CALLBACK))
        provider.delay = 0.02
        cookies = [DictStorage(dict(cookie.values)) for _ in range(3)]
        clients = [async_application.client(each) for each in cookies]
        await asyncio.gather(*(client.handleSignInCallback(callback) for client in clients))

        assert [client.isAuthenticated() for client in clients] == [True, True, True]
        assert len(provider.requests_to("/oidc/token")) == 1
        assert (await clients[2].fetchUserInfo()).sub == provider.subject

    async def test_documents_are_fetched_once(self, async_application: Application) -> None:
        provider = async_application.provider
        provider.delay = 0.02
        token = provider.access_token(aud=API)
        await asyncio.gather(*(async_application.client().verifyAccessToken(token, API) for _ in range(20)))

        assert sorted(call.path for call in provider.calls) == ["/oidc/.well-known/openid-configuration", "/oidc/jwks"]

    async def test_waiting_requests_share_an_outage(self, async_application: Application) -> None:
        provider = async_application.provider
        storage = expired(await session_of(async_application))
        provider.delay, provider.outages = 0.02, {"/oidc/token": 503}
        client = async_application.client(storage)
        results = await asyncio.gather(*(client.getAccessToken() for _ in range(10)), return_exceptions=True)

        assert [type(result) for result in results] == [ServerUnavailable] * 10
        assert {result.status for result in results} == {503}  # type: ignore[union-attr]
        assert len(provider.requests_to("/oidc/token")) == 1

    async def test_a_cancelled_request_lets_the_next_one_pass(self, async_application: Application) -> None:
        provider = async_application.provider
        storage = expired(await session_of(async_application))
        provider.delay = 0.05
        client = async_application.client(storage)
        first = asyncio.create_task(client.getAccessToken())
        second = asyncio.create_task(client.getAccessToken())
        third = asyncio.create_task(client.getAccessToken())
        await asyncio.sleep(0.01)
        first.cancel()
        second.cancel()

        assert await asyncio.wait_for(third, 2) is not None
        assert first.cancelled()
        assert second.cancelled()

    async def test_a_waiter_that_gives_up_disturbs_nobody(self, async_application: Application) -> None:
        provider = async_application.provider
        storage = expired(await session_of(async_application))
        provider.delay = 0.05
        client = async_application.client(storage)
        first = asyncio.create_task(client.getAccessToken())
        second = asyncio.create_task(client.getAccessToken())
        third = asyncio.create_task(client.getAccessToken())
        await asyncio.sleep(0.01)
        second.cancel()

        assert await asyncio.wait_for(first, 2) == await asyncio.wait_for(third, 2) is not None
        assert len(provider.requests_to("/oidc/token")) == 1

    async def test_signing_out_while_waiting_leaves_nothing_behind(self, async_application: Application) -> None:
        provider = async_application.provider
        provider.rotates = True
        apis = ["https://a.example", "https://b.example"]
        storage = await session_of(async_application, resources=apis)
        provider.delay = 0.05
        leader, waiter = DictStorage(dict(storage.values)), DictStorage(dict(storage.values))
        first = asyncio.create_task(async_application.client(leader, resources=apis).getAccessToken(apis[0]))
        second = asyncio.create_task(async_application.client(waiter, resources=apis).getAccessToken(apis[1]))
        await asyncio.sleep(0.01)
        waiter.values.clear()

        assert await first is not None
        assert await second is None
        assert waiter.values == {}
        assert len(provider.requests_to("/oidc/token")) == 1


class MeetingStorage(DictStorage):
    """The cookie of a request that goes on only when all the others have begun, whatever the machine's load."""

    def __init__(self, storage: DictStorage, meeting: threading.Barrier) -> None:
        super().__init__(dict(expired(storage).values))
        self._meeting: threading.Barrier | None = meeting

    def get(self, key: PersistKey) -> str | None:
        meeting, self._meeting = self._meeting, None
        if meeting is not None:
            meeting.wait(timeout=30)
        return super().get(key)


def tokens_of_requests_at_once(applications: list[Application], storage: DictStorage) -> set[str]:
    """Return the tokens that requests get which have an event loop and a thread of their own."""
    meeting = threading.Barrier(len(applications))

    def request(application: Application) -> Any:
        return asyncio.run(application.client(MeetingStorage(storage, meeting)).getAccessToken())

    with ThreadPoolExecutor(len(applications)) as pool:
        return set(pool.map(request, applications))


class TestManyEventLoops:
    def test_every_request_has_a_loop_and_a_thread_of_its_own(
        self, provider: FakeProvider, async_application: Application
    ) -> None:
        provider.rotates, provider.delay = True, 0.02
        storage = asyncio.run(session_of(async_application))

        assert len(tokens_of_requests_at_once([async_application] * 8, storage)) == 1
        assert len(provider.requests_to("/oidc/token")) == 1

    def test_one_client_serves_one_loop_after_the_other(self, async_application: Application) -> None:
        storage = asyncio.run(session_of(async_application))
        client = async_application.client(storage)
        for _ in range(3):
            storage.values["accessTokenMap"] = None
            assert asyncio.run(client.getAccessToken()) is not None
        assert asyncio.run(client.fetchUserInfo()).sub == async_application.provider.subject

    def test_both_kinds_of_client_wait_for_each_other(self, provider: FakeProvider) -> None:
        provider.rotates, provider.delay = True, 0.02
        memory = ProcessMemory(provider.clock)
        of_async = Application(provider, memory, lambda *a, **k: new_async(provider, *a, **k))
        of_sync = Application(provider, memory, lambda *a, **k: new_sync(provider, *a, **k))
        storage = asyncio.run(session_of(of_async))

        assert len(tokens_of_requests_at_once([of_async, of_sync] * 4, storage)) == 1
        assert len(provider.requests_to("/oidc/token")) == 1


def outcome_of(flow: Flow[str]) -> str:
    return Driver(lambda: pytest.fail("this flow asks for no request"), timedelta(seconds=1)).run(flow)


def just(value: str) -> Flow[str]:
    return value
    yield


class TestTurnstile:
    def test_a_holder_that_vanished_does_not_block_the_key_for_ever(self) -> None:
        turnstile = Turnstile()
        abandoned = turnstile.alone("key", held_for_ever())
        assert isinstance(next(abandoned), Wait)
        waiting = turnstile.alone("key", just("second"))
        assert isinstance(next(waiting), Wait)

        # The driver resumes a waiter when its patience is over, although the holder is not done.
        with pytest.raises(StopIteration) as end:
            waiting.send(None)
        assert end.value.value == "second"
        abandoned.close()
        assert outcome_of(turnstile.alone("key", just("third"))) == "third"

    def test_a_holder_that_failed_for_its_own_reasons_frees_the_key(self) -> None:
        turnstile = Turnstile()

        def failing() -> Flow[str]:
            raise KeyError("bug")
            yield

        with pytest.raises(KeyError):
            outcome_of(turnstile.alone("key", failing()))
        assert outcome_of(turnstile.alone("key", just("next"))) == "next"

    def test_threads_pass_one_at_a_time(self) -> None:
        turnstile, inside, most = Turnstile(), [0], [0]
        pause = threading.Event()

        def count() -> Flow[str]:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            pause.wait(0.005)
            inside[0] -= 1
            return "done"
            yield

        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(lambda _: outcome_of(turnstile.alone("key", count())), range(24)))

        assert results == ["done"] * 24
        assert most == [1]


def held_for_ever() -> Flow[str]:
    never: Future[ServerUnavailable | None] = Future()
    yield Wait(never)
    return "never"


class TestRecentGrants:
    def grant(self, number: int) -> TokenGrant:
        response = TokenResponse(access_token=f"a{number}", token_type="Bearer", expires_in=1, refresh_token="next")
        return TokenGrant(response, 0)

    def test_it_forgets_after_half_a_minute(self) -> None:
        now = [1000.0]
        recent = RecentGrants(lambda: now[0])
        recent.remember("key", spent="old", resource="", grant=self.grant(1))
        now[0] += 29
        assert recent.find("key", resource="", after=0) is not None
        assert recent.successor("key") == "next"
        now[0] += 1
        assert recent.find("key", resource="", after=0) is None
        assert recent.successor("key") is None

    def test_it_stays_small(self) -> None:
        recent = RecentGrants(lambda: 0.0)
        for number in range(MAX_RECENT + 50):
            recent.remember(f"key{number}", spent="old", resource="", grant=self.grant(number))
        found = [recent.successor(f"key{number}") for number in range(MAX_RECENT + 50)]

        assert len([each for each in found if each]) <= MAX_RECENT
        assert found[0] is None
        assert found[-1] == "next"

    def test_a_token_that_stayed_has_no_successor(self) -> None:
        recent = RecentGrants(lambda: 0.0)
        recent.remember("key", spent="next", resource="", grant=self.grant(1))

        assert recent.successor("key") is None

    def test_parts_of_a_fingerprint_do_not_run_together(self) -> None:
        assert fingerprint("ab", "c") != fingerprint("a", "bc")
