"""Machine tokens over HTTP: the hot path of the whole product (oidc.md §12.3)."""

import asyncio
from collections.abc import Iterator

import pytest
from tests.oidc.party import Party, PartyMaker, services_over
from tests.support.visitor import Visitor

from sekisho.applications.models import ApplicationType
from sekisho.kernel.ids import ApplicationId
from sekisho.roles.models import MANAGEMENT_API_ROLE
from sekisho.services import Runtime

# Looking whether configuration changed, and what is written in groups for many requests at once.
_BESIDES = ("config_version", "INSERT INTO logs", "INSERT INTO daily_token_usage")
FORM = {"grant_type": "client_credentials", "resource": "https://default.logto.app/api", "scope": "all"}


@pytest.fixture
async def machine(make_party: PartyMaker, runtime: Runtime) -> Party:
    """A machine that may use the Management API."""
    machine = await make_party(ApplicationType.MACHINE_TO_MACHINE)
    async with runtime.database.unit_of_work() as uow:
        roles = services_over(runtime, uow).roles
        await roles.assign_to_application(ApplicationId(machine.client_id), [MANAGEMENT_API_ROLE])
    return machine


@pytest.fixture
def statements(runtime: Runtime) -> Iterator[list[str]]:
    """Every statement that reaches the database from here on."""
    seen: list[str] = []

    runtime.database.observer = seen.append
    yield seen
    runtime.database.observer = None


async def test_a_machine_gets_a_token_for_the_management_api(visitor: Visitor, machine: Party) -> None:
    answer = await machine.post_token(visitor, FORM)

    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in ("expires_in", "scope", "token_type")} == {
        "expires_in": 3600,
        "scope": "all",
        "token_type": "Bearer",
    }


async def _cost(visitor: Visitor, machine: Party, statements: list[str]) -> list[str]:
    """Return the statements of one token, but for its trace."""
    statements.clear()
    assert (await machine.post_token(visitor, FORM)).status_code == 200
    return [each for each in statements if not any(name in each for name in _BESIDES)]


async def test_a_warm_machine_token_costs_no_statement_but_its_trace(
    visitor: Visitor, machine: Party, statements: list[str]
) -> None:
    async with asyncio.timeout(10):
        # PostgreSQL tells of the changes that made the application when it comes to it: what was read is read again.
        while await _cost(visitor, machine, statements):
            pass

    assert [await _cost(visitor, machine, statements) for _ in range(5)] == [[]] * 5


async def test_a_new_secret_counts_at_once(visitor: Visitor, machine: Party, runtime: Runtime) -> None:
    await machine.post_token(visitor, FORM)
    async with runtime.database.unit_of_work() as uow:
        await services_over(runtime, uow).applications.delete_secret(ApplicationId(machine.client_id), "Default secret")

    assert (await machine.post_token(visitor, FORM)).status_code == 401
