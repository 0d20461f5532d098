from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.api.conftest import CALLER
from tests.support.visitor import Visitor

from sekisho.crypto.digests import digest
from sekisho.jobs.housekeeping import Housekeeper
from sekisho.kernel.clock import ManualClock
from sekisho.services import Services
from sekisho.subject_tokens.jobs import SWEEPS
from sekisho.subject_tokens.tables import SubjectTokenTable


@pytest.fixture
async def user_id(management: Visitor) -> str:
    return str((await management.post("/api/users", json={"username": "alice"})).json()["id"])


@pytest.mark.parametrize("context", [None, {}, {"ticket": "T-1", "nested": {"deep": [1, None]}}])
async def test_a_subject_token_is_made_for_ten_minutes(
    management: Visitor, user_id: str, services: Services, clock: ManualClock, context: Any
) -> None:
    body = {"userId": user_id} if context is None else {"userId": user_id, "context": context}

    made = await management.post("/api/subject-tokens", json=body)

    assert (made.status_code, made.json()["expiresIn"]) == (201, 600)
    value = made.json()["subjectToken"]
    assert (value[:4], len(value)) == ("sub_", 25)
    token = await services.subject_tokens.find(value)
    assert token is not None
    assert (token.account_id, token.context) == (user_id, context or {})
    assert (token.expires_at, token.is_consumed) == (clock.now() + timedelta(seconds=600), False)


async def test_a_subject_token_is_kept_as_a_hash_with_who_had_it_made(
    management: Visitor, user_id: str, services: Services
) -> None:
    value = (await management.post("/api/subject-tokens", json={"userId": user_id})).json()["subjectToken"]

    (row,) = await services.uow.execute(select(SubjectTokenTable.digest, SubjectTokenTable.creator_id))
    assert (row.digest, row.creator_id) == (digest(value), CALLER)


async def test_a_subject_token_is_used_once(
    management: Visitor, user_id: str, services: Services, clock: ManualClock
) -> None:
    value = (await management.post("/api/subject-tokens", json={"userId": user_id})).json()["subjectToken"]

    first = await services.subject_tokens.consume(value, at=clock.now())
    second = await services.subject_tokens.consume(value, at=clock.now())

    found = await services.subject_tokens.find(value)
    assert (first, second, found is not None and found.is_consumed) == (True, False, True)


WRONG: Sequence[tuple[Any, int, str]] = (
    ({"userId": "nobody"}, 404, "entity.relation_foreign_key_not_found"),
    ({"userId": "x" * 50}, 422, "entity.value_too_long"),
    ({}, 400, "guard.invalid_input"),
    ({"userId": 7}, 400, "guard.invalid_input"),
    ({"userId": "u", "context": "text"}, 400, "guard.invalid_input"),
    ({"userId": "u", "context": None}, 400, "guard.invalid_input"),
    ({"userId": "u", "context": {"a": "\x00"}}, 400, "request.invalid_input"),
)


async def test_no_subject_token_is_made_of_a_wrong_request(management: Visitor) -> None:
    for body, status, code in WRONG:
        response = await management.post("/api/subject-tokens", json=body)

        assert (response.status_code, response.json()["code"]) == (status, code), body


async def test_subject_tokens_go_with_their_user(management: Visitor, user_id: str, services: Services) -> None:
    value = (await management.post("/api/subject-tokens", json={"userId": user_id})).json()["subjectToken"]

    await management.delete(f"/api/users/{user_id}")

    assert await services.subject_tokens.find(value) is None


async def test_subject_tokens_are_swept_an_hour_after_their_end(
    management: Visitor, user_id: str, services: Services, clock: ManualClock
) -> None:
    await management.post("/api/subject-tokens", json={"userId": user_id})
    housekeeper = Housekeeper(database=services.runtime.database, clock=clock, sweeps=SWEEPS)

    clock.advance(timedelta(hours=1, seconds=600))
    early = await housekeeper.sweep()
    clock.advance(timedelta(milliseconds=1))

    assert (early, await housekeeper.sweep()) == (0, 1)
