import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import argon2
import bcrypt
import pytest
from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import UserId
from sekisho.services import Services
from sekisho.sign_in.models import PasswordExpiration

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
        ({"passwordAlgorithm": "Legacy"}, "password.unsupported_encryption_method"),
        ({"passwordDigest": "y", "passwordAlgorithm": "Legacy"}, "password.invalid_legacy_password_format"),
        (
            {"passwordDigest": '["rot13",["@"],"y"]', "passwordAlgorithm": "Legacy"},
            "password.unsupported_legacy_hash_algorithm",
        ),
    ],
)
async def test_contradictory_passwords_are_refused(management: Visitor, body: dict[str, Any], code: str) -> None:
    response = await management.post("/api/users", json={"username": "taro", **body})
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert (await management.get("/api/users?search=taro")).json() == []


@on_sqlite
async def test_a_missing_password_is_refused(management: Visitor) -> None:
    for body in ({}, {"password": ""}, {"password": None}, {"password": 1}):
        for where in ("", "/verify"):
            path = await create(management)
            method = "POST" if where else "PATCH"
            response = await management.request(method, f"{path}/password{where}", json=body)
            assert (response.status_code, response.json()["code"]) == (400, "guard.invalid_input"), (where, body)


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [
        ("MD5", hashlib.md5(b"imp0rted", usedforsecurity=False).hexdigest()),
        ("Bcrypt", bcrypt.hashpw(b"imp0rted", bcrypt.gensalt(4)).decode()),
        ("Legacy", json.dumps(["sha256", ["s", "@"], hashlib.sha256(b"simp0rted").hexdigest()])),
    ],
    ids=count(),
)
async def test_a_digest_of_another_system_is_kept_until_its_password_is_used(
    management: Visitor, algorithm: str, digest: str
) -> None:
    path = await create(management, passwordDigest=digest, passwordAlgorithm=algorithm)

    async def kept() -> tuple[str, str]:
        user = (await management.get(f"{path}?includePasswordHash=true")).json()
        return user["passwordAlgorithm"], user["passwordDigest"]

    assert await verify(management, path, "wrong") == (422, "session.invalid_credentials")
    assert await kept() == (algorithm, digest)
    assert await verify(management, path, "imp0rted") == (204, None)
    assert (await kept())[0] == "Argon2id"
    assert await verify(management, path, "imp0rted") == (204, None)


async def test_taken_identifiers_are_told_before_a_bad_digest(management: Visitor) -> None:
    await create(management, username="taro")
    body = {"username": "taro", "passwordDigest": "y", "passwordAlgorithm": "Legacy"}
    answer = await management.post("/api/users", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "user.username_already_in_use")


async def test_a_password_is_declared_expired_where_passwords_expire(management: Visitor, services: Services) -> None:
    path = await create(management, password="corr3ct")

    async def declare(*, is_expired: bool) -> tuple[int, str | None]:
        answer = await management.patch(f"{path}/password/expiration", json={"isExpired": is_expired})
        return answer.status_code, answer.json().get("code")

    assert await declare(is_expired=True) == (400, "sign_in_experiences.password_expiration_not_enabled")
    assert await declare(is_expired=False) == (200, None)
    expiration = PasswordExpiration(enabled=True, valid_period_days=30)
    await services.sign_in.update(replace(await services.sign_in.read(), password_expiration=expiration))
    await services.uow.commit()
    assert await declare(is_expired=True) == (200, None)
    assert (await services.users.get(UserId(path.rpartition("/")[2]))).is_password_expired
    nobody = await management.patch("/api/users/nobody/password/expiration", json={"isExpired": False})
    assert nobody.status_code == 404
