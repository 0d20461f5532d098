"""Logout tokens on their way to a real receiver: the outbox tries until one arrives (oidc.md §24.2)."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.oidc.party import LOGGED_OUT_URI, REDIRECT_URI, Party, PartyMaker, services_over
from tests.support.receiver import SILENCE, Receiver, receiving
from tests.support.visitor import ORIGIN, Visitor

from sekisho.applications.models import OidcClientMetadata
from sekisho.jobs.models import DeadJob, Patience
from sekisho.jobs.store import JobStore
from sekisho.jobs.tables import JobTable
from sekisho.kernel.clock import ManualClock, epoch_seconds
from sekisho.kernel.ids import ApplicationId
from sekisho.oidc.tokens import jwt
from sekisho.services import Runtime

EVENT = "http://schemas.openid.net/event/backchannel-logout"
PATIENCE = Patience()
on_sqlite = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


@dataclass(frozen=True, kw_only=True)
class Outbox:
    """What waits to be delivered, and the time that must pass before it is tried again."""

    runtime: Runtime
    clock: ManualClock

    async def waiting(self) -> Sequence[Any]:
        async with self.runtime.database.unit_of_work() as uow:
            columns = (JobTable.name, JobTable.attempts, JobTable.last_error, JobTable.run_at)
            return list(await uow.execute(select(*columns).where(JobTable.died_at.is_(None))))

    async def dead(self) -> Sequence[DeadJob]:
        async with self.runtime.database.unit_of_work() as uow:
            return await JobStore(uow=uow).list_dead()

    async def until(self, is_so: Callable[[], Awaitable[bool]]) -> None:
        deadline = time.monotonic() + 20
        while not await is_so():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)

    async def emptied(self) -> None:
        async def is_empty() -> bool:
            return not await self.waiting()

        await self.until(is_empty)

    async def failed(self, times: int) -> Any:
        """Wait until an attempt has ended badly, and return what is kept of it."""
        due = self.clock.now() + PATIENCE.pause_after(times)

        async def has_failed() -> bool:
            return any(job.attempts == times and job.run_at == due for job in await self.waiting())

        await self.until(has_failed)
        (job,) = await self.waiting()
        return job

    def later(self, by: timedelta) -> None:
        self.clock.advance(by)
        self.runtime.has_jobs.set()


@pytest.fixture
def outbox(runtime: Runtime, clock: ManualClock) -> Outbox:
    return Outbox(runtime=runtime, clock=clock)


async def told_at(party: Party, receiver: Receiver, **more: Any) -> None:
    """Register the receiver as the application's ear."""
    metadata = OidcClientMetadata(
        redirect_uris=(REDIRECT_URI,),
        post_logout_redirect_uris=(LOGGED_OUT_URI,),
        backchannel_logout_uri=f"{receiver.url}/backchannel",
        **more,
    )
    async with party.runtime.database.unit_of_work() as uow:
        applications = services_over(party.runtime, uow).applications
        await applications.update(ApplicationId(party.client_id), {"oidc_client_metadata": metadata})


async def sign_out(visitor: Visitor, **form: str) -> None:
    page = await visitor.get("/oidc/session/end")
    xsrf = page.text.split('name="xsrf" value="')[1].split('"')[0]
    out = await visitor.post("/oidc/session/end/confirm", data={"xsrf": xsrf, **form})
    assert out.status_code == 303


async def claims_of(party: Party, token: str) -> dict[str, Any]:
    async with party.runtime.database.unit_of_work() as uow:
        keys = await services_over(party.runtime, uow).signing_keys.published()
    return dict(jwt.verify(token, keys=keys))


async def test_an_application_hears_of_the_sign_out(
    visitor: Visitor, party: Party, outbox: Outbox, clock: ManualClock
) -> None:
    async with receiving(200) as receiver:
        await told_at(party, receiver, backchannel_logout_session_required=True)
        id_token = jwt.peek((await party.tokens(visitor))["id_token"])
        clock.advance(timedelta(minutes=5))
        await sign_out(visitor, logout="yes")
        (heard,) = await receiver.at_least(1)
        await outbox.emptied()

    said = await claims_of(party, heard.form["logout_token"])
    assert (heard.method, heard.path) == ("POST", "/backchannel")
    assert heard.headers["content-type"] == "application/x-www-form-urlencoded"
    assert heard.headers["user-agent"] == ""
    assert list(heard.form) == ["logout_token"]
    # Back-Channel Logout §2.6: what a receiver compares with the ID token it has.
    assert {name: said[name] for name in ("iss", "aud", "sub", "sid")} == {
        name: id_token[name] for name in ("iss", "aud", "sub", "sid")
    }
    assert said["iat"] == epoch_seconds(clock.now())
    assert said["events"] == {EVENT: {}}
    assert len(receiver.received) == 1


async def test_every_application_of_the_session_hears(visitor: Visitor, make_party: PartyMaker, outbox: Outbox) -> None:
    first, second, deaf = [await make_party() for _ in range(3)]
    async with receiving(200) as one, receiving(204) as other:
        await told_at(first, one)
        await told_at(second, other)
        for party in (first, second, deaf):
            await replace(party, user=first.user).tokens(visitor)
        await sign_out(visitor, logout="yes")
        await one.at_least(1)
        await other.at_least(1)
        await outbox.emptied()

        assert (len(one.received), len(other.received)) == (1, 1)
        audiences = [
            (await claims_of(first, receiver.received[0].form["logout_token"]))["aud"] for receiver in (one, other)
        ]
        assert audiences == [first.client_id, second.client_id]


async def test_a_receiver_that_fails_is_tried_again_with_a_fresh_token(
    visitor: Visitor, party: Party, outbox: Outbox
) -> None:
    async with receiving(500, 200) as receiver:
        await told_at(party, receiver)
        await party.tokens(visitor)
        await sign_out(visitor, logout="yes")
        await receiver.at_least(1)
        job = await outbox.failed(1)
        assert (job.name, job.last_error) == (
            "backchannel_logout.notify",
            f"LogoutNotHeard: {party.client_id} answered 500",
        )
        outbox.later(PATIENCE.pause_after(1))
        first, second = [await claims_of(party, each.form["logout_token"]) for each in await receiver.at_least(2)]
        await outbox.emptied()

    assert second["iat"] - first["iat"] == 5
    assert second["exp"] - second["iat"] == 120
    assert second["jti"] != first["jti"]


@on_sqlite
async def test_a_receiver_that_says_nothing_is_given_up_after_seconds_and_tried_again(
    visitor: Visitor, party: Party, outbox: Outbox
) -> None:
    async with receiving(SILENCE, 204) as receiver:
        await told_at(party, receiver)
        await party.tokens(visitor)
        # Nobody who signs out waits for another application.
        async with asyncio.timeout(2):
            await sign_out(visitor, logout="yes")
        await receiver.at_least(1)
        job = await outbox.failed(1)
        assert job.last_error == "OutboundFailed: 127.0.0.1 took longer than 2.5 s"
        outbox.later(PATIENCE.pause_after(1))
        await receiver.at_least(2)
        await outbox.emptied()


@on_sqlite
async def test_a_redirect_is_not_followed(visitor: Visitor, party: Party, outbox: Outbox) -> None:
    """Attack: a logout token sent on to whomever the receiver names."""
    async with receiving(200) as elsewhere, receiving(f"{elsewhere.url}/stolen") as receiver:
        await told_at(party, receiver)
        await party.tokens(visitor)
        await sign_out(visitor, logout="yes")
        job = await outbox.failed(1)

        assert job.last_error == f"LogoutNotHeard: {party.client_id} answered 302"
        assert elsewhere.received == []


@on_sqlite
async def test_what_never_arrives_is_kept_with_its_reason(visitor: Visitor, party: Party, outbox: Outbox) -> None:
    async with receiving(503) as receiver:
        await told_at(party, receiver)
        await party.tokens(visitor)
        await sign_out(visitor, logout="yes")
        for attempt in range(1, PATIENCE.attempts):
            await outbox.failed(attempt)
            outbox.later(PATIENCE.pause_after(attempt))
        await outbox.emptied()

        (dead,) = await outbox.dead()
        assert (len(receiver.received), dead.job.attempt) == (PATIENCE.attempts, PATIENCE.attempts)
        assert dead.last_error == f"LogoutNotHeard: {party.client_id} answered 503"
        assert dead.job.payload["clientId"] == party.client_id


async def test_a_sign_out_that_is_refused_tells_nobody(visitor: Visitor, party: Party, outbox: Outbox) -> None:
    async with receiving(200) as receiver:
        await told_at(party, receiver)
        await party.tokens(visitor)
        await visitor.get("/oidc/session/end")
        refused = await visitor.post("/oidc/session/end/confirm", data={"xsrf": "guess", "logout": "yes"})

        assert refused.status_code == 400
        assert await outbox.waiting() == []


@on_sqlite
async def test_an_application_that_only_leaves_is_told_nothing(visitor: Visitor, party: Party, outbox: Outbox) -> None:
    async with receiving(200) as receiver:
        await told_at(party, receiver)
        await party.tokens(visitor)
        await sign_out(visitor)

        assert await outbox.waiting() == []


async def test_a_form_that_is_sent_many_times_at_once_tells_each_application_once(
    visitor: Visitor, party: Party, outbox: Outbox
) -> None:
    async with receiving(200) as receiver:
        await told_at(party, receiver)
        await party.tokens(visitor)
        page = await visitor.get("/oidc/session/end")
        xsrf = page.text.split('name="xsrf" value="')[1].split('"')[0]
        form = {"xsrf": xsrf, "logout": "yes"}
        sent = {"cookie": visitor.jar.header(f"{ORIGIN}/oidc/session/end/confirm")}
        answers = await asyncio.gather(
            *(visitor.post("/oidc/session/end/confirm", data=form, headers=sent) for _ in range(20))
        )
        await outbox.emptied()

        # Who came when all was over finds nothing to confirm.
        assert {answer.status_code for answer in answers} <= {303, 400}
        assert len(receiver.received) == 1


@on_sqlite
async def test_what_must_not_be_called_is_not(visitor: Visitor, party: Party, outbox: Outbox) -> None:
    """Attack: an address that leads into the machine itself (server-side request forgery)."""
    async with receiving(200) as receiver:
        receiver.url = receiver.url.replace("127.0.0.1", "0.0.0.0")  # noqa: S104 — somebody else's address
        await told_at(party, receiver)
        await party.tokens(visitor)
        await sign_out(visitor, logout="yes")
        job = await outbox.failed(1)

        assert receiver.received == []
    assert job.last_error == "OutboundRefused: 0.0.0.0 leads to 0.0.0.0, which is never called"
