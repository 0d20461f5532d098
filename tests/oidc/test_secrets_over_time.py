"""Several secrets of one client, some of which expire: from the Management API to the token endpoint."""

from datetime import timedelta

import pytest
from tests.oidc.party import Party, PartyMaker, services_over
from tests.support.visitor import Visitor

from sekisho.applications.models import ApplicationType
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import ApplicationId
from sekisho.services import Runtime

EXPIRED = (400, "invalid_request", "client secret has expired")
REFUSED = (401, "invalid_client", "client authentication failed")


@pytest.fixture
async def machine(make_party: PartyMaker) -> Party:
    return await make_party(ApplicationType.MACHINE_TO_MACHINE)


async def add_secret(runtime: Runtime, machine: Party, *, name: str, lives: timedelta | None = None) -> str:
    async with runtime.database.unit_of_work() as uow:
        services = services_over(runtime, uow)
        expires_at = None if lives is None else services.clock.now() + lives
        secret = await services.applications.add_secret(
            ApplicationId(machine.client_id), name=name, expires_at=expires_at
        )
        return secret.value.reveal()


async def ask(visitor: Visitor, machine: Party, secret: str | None) -> tuple[int, str | None, str | None]:
    form = {"grant_type": "client_credentials", "resource": "https://default.logto.app/api"}
    answer = await visitor.post("/oidc/token", data=form, auth=(machine.client_id, secret or ""))
    body = answer.json()
    return answer.status_code, body.get("error"), body.get("error_description")


async def test_each_secret_counts_until_its_own_time(
    runtime: Runtime, visitor: Visitor, machine: Party, clock: ManualClock
) -> None:
    short = await add_secret(runtime, machine, name="short", lives=timedelta(hours=1))
    long = await add_secret(runtime, machine, name="long", lives=timedelta(days=1))
    for secret in (machine.secret, short, long):
        assert (await ask(visitor, machine, secret))[0] == 200
    clock.advance(timedelta(hours=1) - timedelta(milliseconds=1))
    assert (await ask(visitor, machine, short))[0] == 200
    clock.advance(timedelta(milliseconds=1))
    assert await ask(visitor, machine, short) == EXPIRED
    assert (await ask(visitor, machine, long))[0] == 200
    clock.advance(timedelta(days=1))
    assert await ask(visitor, machine, long) == EXPIRED
    assert (await ask(visitor, machine, machine.secret))[0] == 200
    assert await ask(visitor, machine, "wrong") == REFUSED


@pytest.mark.parametrize("endpoint", ["introspection", "revocation"])
async def test_an_expired_secret_opens_no_endpoint(
    runtime: Runtime, visitor: Visitor, machine: Party, clock: ManualClock, endpoint: str
) -> None:
    secret = await add_secret(runtime, machine, name="short", lives=timedelta(hours=1))
    clock.advance(timedelta(hours=1))
    answer = await visitor.post(f"/oidc/token/{endpoint}", data={"token": "x"}, auth=(machine.client_id, secret))
    body = answer.json()
    assert (answer.status_code, body["error"], body["error_description"]) == EXPIRED


async def test_a_secret_that_was_removed_counts_at_once_for_nothing(
    runtime: Runtime, visitor: Visitor, machine: Party
) -> None:
    secret = await add_secret(runtime, machine, name="second")
    assert (await ask(visitor, machine, secret))[0] == 200
    async with runtime.database.unit_of_work() as uow:
        services = services_over(runtime, uow)
        await services.applications.delete_secret(ApplicationId(machine.client_id), "second")
    assert await ask(visitor, machine, secret) == REFUSED
    assert (await ask(visitor, machine, machine.secret))[0] == 200
