import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from tests.support.visitor import Visitor

from sekisho.crypto.sealing import CannotOpen
from sekisho.kernel.clock import ManualClock, epoch_milliseconds
from sekisho.one_time_tokens.models import OneTimeTokenId, TokenStatus
from sekisho.one_time_tokens.tables import OneTimeTokenTable
from sekisho.services import Services

PATH = "/api/one-time-tokens"
ADA = "ada@example.com"


async def add(management: Visitor, **body: Any) -> dict[str, Any]:
    answer = await management.post(PATH, json={"email": ADA, **body})
    assert answer.status_code == 201
    made: dict[str, Any] = answer.json()
    return made


async def verify(management: Visitor, token: str, email: str = ADA) -> tuple[int, str]:
    answer = await management.post(f"{PATH}/verify", json={"token": token, "email": email})
    return answer.status_code, answer.json().get("code") or answer.json()["status"]


async def test_a_token_is_made_shown_used_once_and_deleted(management: Visitor, clock: ManualClock) -> None:
    context = {"jitOrganizationIds": ["o1"], "interactionEvent": "SignIn"}
    made = await add(management, context={**context, "unknown": 1}, expiresIn=60)

    now = epoch_milliseconds(clock.now())
    assert len(made["token"]) == 32
    assert made == {
        "tenantId": "default",
        "id": made["id"],
        "email": ADA,
        "token": made["token"],
        "context": context,
        "status": "active",
        "createdAt": now,
        "expiresAt": now + 60_000,
    }
    assert (await management.get(f"{PATH}/{made['id']}")).json() == made
    used = await management.post(f"{PATH}/verify", json={"token": made["token"], "email": ADA})
    assert (used.status_code, used.json()) == (200, {**made, "status": "consumed"})
    assert await verify(management, made["token"]) == (400, "one_time_token.token_consumed")
    assert (await management.get(f"{PATH}/{made['id']}")).json()["status"] == "consumed"
    assert (await management.delete(f"{PATH}/{made['id']}")).status_code == 204
    assert (await management.get(f"{PATH}/{made['id']}")).status_code == 404


async def test_a_token_is_good_for_ten_minutes_unless_told_otherwise(management: Visitor, clock: ManualClock) -> None:
    made = await add(management)
    assert made["expiresAt"] - made["createdAt"] == 600_000
    assert made["context"] == {}

    clock.advance(timedelta(minutes=10))

    assert await verify(management, made["token"]) == (400, "one_time_token.token_expired")
    assert (await management.get(f"{PATH}/{made['id']}")).json()["status"] == "expired"


async def test_that_a_token_is_over_is_written_down_though_its_use_is_refused(
    management: Visitor, clock: ManualClock, services: Services
) -> None:
    made = await add(management, expiresIn=1)
    clock.advance(timedelta(seconds=1))
    await verify(management, made["token"])
    kept = (await services.uow.execute(select(OneTimeTokenTable.status))).scalar_one()
    assert kept == "expired"


async def test_a_new_token_of_an_address_writes_down_what_is_over(
    management: Visitor, clock: ManualClock, services: Services
) -> None:
    for email in (ADA, "bob@example.com"):
        await add(management, email=email, expiresIn=1)
    clock.advance(timedelta(seconds=1))
    await add(management)
    rows = await services.uow.execute(select(OneTimeTokenTable.email, OneTimeTokenTable.status))
    assert sorted(tuple(row) for row in rows) == [
        (ADA, "active"),
        (ADA, "expired"),
        ("bob@example.com", "active"),
    ]


async def test_of_those_who_use_a_token_at_once_one_succeeds(management: Visitor) -> None:
    made = await add(management)
    answers = await asyncio.gather(*(verify(management, made["token"]) for _ in range(8)))
    assert sorted(answers) == [(200, "consumed"), *[(400, "one_time_token.token_consumed")] * 7]


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("consumed", (400, "one_time_token.token_consumed")),
        ("revoked", (400, "one_time_token.token_revoked")),
        ("expired", (400, "one_time_token.token_expired")),
    ],
)
async def test_a_status_is_set_and_what_is_not_active_cannot_be_used(
    management: Visitor, status: str, answer: tuple[int, str]
) -> None:
    made = await add(management)

    changed = await management.put(f"{PATH}/{made['id']}/status", json={"status": status})

    assert (changed.status_code, changed.json()) == (200, {**made, "status": status})
    assert await verify(management, made["token"]) == answer
    back = await management.put(f"{PATH}/{made['id']}/status", json={"status": "active"})
    assert (back.status_code, back.json()["code"]) == (400, "one_time_token.cannot_reactivate_token")


async def test_a_token_is_nothing_with_another_address_and_stays_good(management: Visitor) -> None:
    made = await add(management)
    assert await verify(management, made["token"], "bob@example.com") == (400, "one_time_token.email_mismatch")
    assert await verify(management, "x" * 32) == (404, "one_time_token.token_not_found")
    assert await verify(management, made["token"]) == (200, "consumed")


REFUSALS: Sequence[tuple[str, str, Any, int, str]] = (
    ("GET", "/nope", None, 404, "entity.not_exists_with_id"),
    ("DELETE", "/nope", None, 404, "entity.not_found"),
    ("PUT", "/nope/status", {"status": "revoked"}, 404, "entity.not_exists_with_id"),
    ("PUT", "/nope/status", {"status": "gone"}, 400, "guard.invalid_input"),
    ("PUT", "/nope/status", {}, 400, "guard.invalid_input"),
    ("POST", "", {}, 400, "guard.invalid_input"),
    ("POST", "", {"email": ""}, 400, "guard.invalid_input"),
    ("POST", "", {"email": "x" * 129}, 400, "guard.invalid_input"),
    ("POST", "", {"email": ADA, "expiresIn": 0}, 400, "guard.invalid_input"),
    ("POST", "", {"email": ADA, "expiresIn": "1"}, 400, "guard.invalid_input"),
    ("POST", "", {"email": ADA, "expiresIn": 1e300}, 400, "request.invalid_input"),
    ("POST", "", {"email": ADA, "expiresIn": 1e12}, 400, "request.invalid_input"),
    ("POST", "", {"email": ADA, "context": {"interactionEvent": "Walk"}}, 400, "guard.invalid_input"),
    ("POST", "", {"email": ADA, "context": {"jitOrganizationIds": "o"}}, 400, "guard.invalid_input"),
    ("POST", "/verify", {"token": "", "email": ADA}, 400, "guard.invalid_input"),
    ("POST", "/verify", {"token": "x"}, 400, "guard.invalid_input"),
    ("GET", "?status=gone", None, 400, "guard.invalid_input"),
    ("GET", "?email=ada", None, 400, "guard.invalid_input"),
    ("GET", "?page=0", None, 400, "guard.invalid_pagination"),
)


async def test_what_cannot_be_done_is_refused(management: Visitor) -> None:
    for method, where, body, status, code in REFUSALS:
        response = await management.request(method, PATH + where, json=body)
        assert (response.status_code, response.json()["code"]) == (status, code), (method, where, body)


async def test_lists_are_newest_first_and_filtered_and_the_total_is_of_all(
    management: Visitor, clock: ManualClock
) -> None:
    made: list[dict[str, Any]] = []
    for email in (ADA, "bob@example.com", ADA):
        made.append(await add(management, email=email, expiresIn=60 if made else 1))
        clock.advance(timedelta(seconds=1))
    await verify(management, made[2]["token"])

    async def ids(query: str) -> list[str]:
        return [row["id"] for row in (await management.get(f"{PATH}{query}")).json()]

    first, second, third = (each["id"] for each in made)
    assert await ids("") == [third, second, first]
    assert await ids(f"?email={ADA}") == [third, first]
    assert await ids("?status=active") == [second]
    assert await ids("?status=expired") == [first]
    assert await ids("?status=consumed") == [third]
    assert await ids("?status=revoked") == []
    everything = await management.get(PATH)
    assert "total-number" not in everything.headers
    page = await management.get(f"{PATH}?email={ADA}&page=2&page_size=1")
    assert ([row["id"] for row in page.json()], page.headers["total-number"]) == ([first], "3")


async def test_values_are_sealed_for_their_row(management: Visitor, services: Services) -> None:
    mine, other = [await add(management), await add(management)]
    kept = select(OneTimeTokenTable.value, OneTimeTokenTable.fingerprint).where(OneTimeTokenTable.id == mine["id"])
    row = (await services.uow.execute(kept)).one()
    assert mine["token"].encode() not in row.value + row.fingerprint

    await services.uow.execute(
        update(OneTimeTokenTable).where(OneTimeTokenTable.id == other["id"]).values(value=row.value)
    )

    with pytest.raises(CannotOpen):
        await services.one_time_tokens.set_status(OneTimeTokenId(other["id"]), TokenStatus.REVOKED)


async def test_tokens_of_another_tenant_are_unknown(management: Visitor, admin_management: Visitor) -> None:
    made = (await admin_management.post(f"/t/admin{PATH}", json={"email": ADA})).json()

    assert (await management.get(PATH)).json() == []
    assert (await management.get(f"{PATH}/{made['id']}")).status_code == 404
    assert (await management.delete(f"{PATH}/{made['id']}")).status_code == 404
    revoked = await management.put(f"{PATH}/{made['id']}/status", json={"status": "revoked"})
    assert revoked.status_code == 404
    assert await verify(management, made["token"]) == (404, "one_time_token.token_not_found")
    shown = await admin_management.get(f"/t/admin{PATH}/{made['id']}")
    assert (shown.json(), made["tenantId"]) == (made, "admin")
