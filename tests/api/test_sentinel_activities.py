from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from tests.support.visitor import Visitor

from sekisho.kernel.ids import UserId
from sekisho.security.errors import TooManyAttempts
from sekisho.security.models import Action, Limits
from sekisho.services import Services
from sekisho.users.models import Identifier, IdentifierType

PATH = "/api/sentinel-activities/delete"
ADA = Identifier(type=IdentifierType.EMAIL, value="ada@example.com")
BOB = UserId("bob")
LIMITS = Limits(attempts=1, lockout=timedelta(hours=1))


async def lock_out(services: Services, target: Identifier | UserId) -> None:
    attempt = await services.sentinel.admit(target, action=Action.PASSWORD, limits=LIMITS)
    with pytest.raises(TooManyAttempts):
        await services.sentinel.failed(attempt)


async def is_locked_out(services: Services, target: Identifier | UserId) -> bool:
    try:
        attempt = await services.sentinel.admit(target, action=Action.PASSWORD, limits=LIMITS)
    except TooManyAttempts:
        return True
    await services.sentinel.withdraw(attempt)
    return False


async def test_who_was_locked_out_may_try_again(management: Visitor, services: Services) -> None:
    for target in (ADA, BOB):
        await lock_out(services, target)

    answer = await management.post(PATH, json={"targetType": "User", "targets": ["Ada@Example.com"]})

    assert (answer.status_code, answer.text) == (204, "")
    assert not await is_locked_out(services, ADA)
    assert await is_locked_out(services, BOB)


@pytest.mark.parametrize("body", [{"targetType": "App", "targets": ["bob"]}, {"targetType": "User", "targets": []}])
async def test_applications_and_nobody_unlock_no_user(
    management: Visitor, services: Services, body: dict[str, Any]
) -> None:
    await lock_out(services, BOB)
    assert (await management.post(PATH, json=body)).status_code == 204
    assert await is_locked_out(services, BOB)


async def test_another_tenant_unlocks_nobody_here(admin_management: Visitor, services: Services) -> None:
    await lock_out(services, BOB)
    answer = await admin_management.post(f"/t/admin{PATH}", json={"targetType": "User", "targets": ["bob"]})
    assert answer.status_code == 204
    assert await is_locked_out(services, BOB)


MALFORMED: Sequence[dict[str, Any]] = (
    {},
    {"targetType": "User"},
    {"targets": ["x"]},
    {"targetType": "Robot", "targets": []},
    {"targetType": "User", "targets": "x"},
    {"targetType": "User", "targets": [1]},
)


async def test_a_malformed_request_is_refused(management: Visitor) -> None:
    for body in MALFORMED:
        response = await management.post(PATH, json=body)
        assert (response.status_code, response.json()["code"]) == (400, "guard.invalid_input"), body
