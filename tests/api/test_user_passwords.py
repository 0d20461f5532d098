from datetime import timedelta
from typing import Any

import argon2
import pytest
from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import UserId
from sekisho.services import Services

_IMPORTED = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1, type=argon2.Type.I)


async def create(management: Visitor, **body: Any) -> str:
    created = await management.post("/api/users", json=body)
    assert created.status_code == 200, created.text
    return f"/api/users/{created.json()['id']}"


async def verify(management: Visitor, path: str, password: str) -> tuple[int, str | None]:
    response = await management.post(f"{path}/password/verify", json={"password": password})
    return response.status_code, response.json()["code"] if response.text else None


async def test_the_right_password_is_told_from_others(management: Visitor) -> None:
    path = await create(management, password="corr3ct")
    assert await verify(management, path, "corr3ct") == (204, None)
    assert await verify(management, path, "wrong") == (422, "session.invalid_credentials")


async def test_a_user_without_a_password_matches_none(management: Visitor) -> None:
    path = await create(management)
    assert (await management.get(f"{path}/has-password")).json() == {"hasPassword": False}
    assert await verify(management, path, "anything") == (422, "session.invalid_credentials")


async def test_a_password_is_set_and_renews_its_age(
    management: Visitor, services: Services, clock: ManualClock
) -> None:
    path = await create(management)
    user_id = UserId(path.rpartition("/")[2])
    await services.users.update(user_id, {"is_password_expired": True})
    await services.uow.commit()
    clock.advance(timedelta(minutes=30))
    response = await management.patch(f"{path}/password", json={"password": "n3w"})
    assert (response.status_code, response.json()["hasPassword"]) == (200, True)
    assert (await management.get(f"{path}/has-password")).json() == {"hasPassword": True}
    assert await verify(management, path, "n3w") == (204, None)
    user = await services.users.get(user_id)
    assert (user.password_updated_at, user.is_password_expired) == (clock.now(), False)


async def test_an_imported_digest_is_checked_and_hashed_anew(
    management: Visitor, services: Services, clock: ManualClock
) -> None:
    digest = _IMPORTED.hash("imp0rted")
    imported_at = clock.now()
    path = await create(management, passwordDigest=digest, passwordAlgorithm="Argon2i")
    clock.advance(timedelta(minutes=1))
    assert await verify(management, path, "wrong") == (422, "session.invalid_credentials")
    shown = (await management.get(f"{path}?includePasswordHash=true")).json()
    assert (shown["passwordDigest"], shown["passwordAlgorithm"]) == (digest, "Argon2i")
    assert await verify(management, path, "imp0rted") == (204, None)
    shown = (await management.get(f"{path}?includePasswordHash=true")).json()
    assert shown["passwordAlgorithm"] == "Argon2id"
    assert await verify(management, path, "imp0rted") == (204, None)
    assert (await services.users.get(UserId(path.rpartition("/")[2]))).password_updated_at == imported_at


@on_sqlite
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"password": "x", "passwordDigest": "y", "passwordAlgorithm": "MD5"}, "user.password_and_digest"),
        ({"passwordDigest": "y"}, "user.password_algorithm_required"),
        ({"passwordDigest": "y", "passwordAlgorithm": "MD5"}, "password.unsupported_encryption_method"),
    ],
)
async def test_contradictory_passwords_are_refused(management: Visitor, body: dict[str, Any], code: str) -> None:
    response = await management.post("/api/users", json={"username": "taro", **body})
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert (await management.get("/api/users?search=taro")).json() == []


@on_sqlite
@pytest.mark.parametrize("where", ["", "/verify"])
@pytest.mark.parametrize("body", [{}, {"password": ""}, {"password": None}, {"password": 1}])
async def test_a_missing_password_is_refused(management: Visitor, where: str, body: Any) -> None:
    path = await create(management)
    method = "POST" if where else "PATCH"
    response = await management.request(method, f"{path}/password{where}", json=body)
    assert (response.status_code, response.json()["code"]) == (400, "guard.invalid_input")
