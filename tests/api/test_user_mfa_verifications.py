import base64
import re
from typing import Any

import pytest
from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

from sekisho.kernel.ids import UserId
from sekisho.services import Services
from sekisho.tenants.models import DEFAULT_TENANT
from sekisho.users.mfa_records import place_of

_SECRET = "JBSWY3DPEHPK3PXP"
_CODES = [f"ABCdef000{number}" for number in range(10)]


@pytest.fixture
async def path(management: Visitor) -> str:
    created = await management.post("/api/users", json={"username": "taro"})
    return f"/api/users/{created.json()['id']}/mfa-verifications"


async def add(management: Visitor, path: str, **body: Any) -> tuple[int, Any]:
    response = await management.post(path, json=body)
    return response.status_code, response.json()


async def refusal(management: Visitor, path: str, **body: Any) -> tuple[int, str]:
    status, answer = await add(management, path, **body)
    return status, answer["code"]


async def test_an_authenticator_app_is_bound_once(management: Visitor, path: str) -> None:
    status, made = await add(management, path, type="Totp")
    assert (status, made["type"], len(base64.b32decode(made["secret"]))) == (200, "Totp", 20)
    assert base64.b64decode(made["secretQrCode"].removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")
    (record,) = (await management.get(path)).json()
    assert set(record) == {"id", "createdAt", "type"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["createdAt"])
    assert await refusal(management, path, type="Totp") == (422, "user.totp_already_in_use")


@on_sqlite
@pytest.mark.parametrize(
    "secret", ["", "jbswy3dpehpk3pxp", "JBSWY3DPEHPK3PX", _SECRET[:8], _SECRET * 3, "JBSWY3DPEHPK3PX1"]
)
async def test_a_secret_that_no_app_takes_is_refused(management: Visitor, path: str, secret: str) -> None:
    assert await refusal(management, path, type="Totp", secret=secret) == (422, "user.totp_secret_invalid")


async def test_secrets_are_kept_sealed(management: Visitor, path: str, services: Services) -> None:
    status, made = await add(management, path, type="Totp", secret=_SECRET)
    assert (status, made["secret"]) == (200, _SECRET)
    assert (await add(management, path, type="BackupCode", codes=_CODES))[0] == 200
    totp, backup = (await services.users.get(UserId(path.split("/")[3]))).mfa_verifications
    assert _SECRET not in str(totp)
    assert _CODES[0] not in str(backup)
    sealed = base64.b64decode(totp["key"])
    sealer = services.runtime.sealer
    assert sealer.open_text(sealed, place=place_of(DEFAULT_TENANT, totp["id"])) == _SECRET


async def test_backup_codes_stand_beside_another_factor(management: Visitor, path: str) -> None:
    assert await refusal(management, path, type="BackupCode") == (422, "session.mfa.backup_code_can_not_be_alone")
    await add(management, path, type="Totp")
    status, made = await add(management, path, type="BackupCode")
    assert (status, len(set(made["codes"]))) == (200, 10)
    assert all(re.fullmatch("[0-9a-f]{10}", code) for code in made["codes"])
    assert [each.get("remainCodes") for each in (await management.get(path)).json()] == [None, 10]
    assert await refusal(management, path, type="BackupCode") == (422, "user.backup_code_already_in_use")


@on_sqlite
@pytest.mark.parametrize("codes", [[], _CODES[:9], [*_CODES, "aaaaaaaaaa"], [*_CODES[:9], "xyz0000000"]])
async def test_given_backup_codes_are_ten_of_ten_digits(management: Visitor, path: str, codes: list[str]) -> None:
    await add(management, path, type="Totp")
    assert await refusal(management, path, type="BackupCode", codes=codes) == (422, "user.wrong_backup_code_format")


async def test_a_factor_is_removed(management: Visitor, path: str) -> None:
    await add(management, path, type="Totp")
    (record,) = (await management.get(path)).json()
    assert (await management.delete(f"{path}/{record['id']}")).status_code == 204
    assert (await management.get(path)).json() == []
    gone = await management.delete(f"{path}/{record['id']}")
    assert (gone.status_code, gone.json()["code"]) == (404, "entity.not_found")


@on_sqlite
@pytest.mark.parametrize("body", [{}, {"type": "WebAuthn"}, {"type": "Totp", "secret": 1}])
async def test_other_factors_are_not_made_here(management: Visitor, path: str, body: dict[str, Any]) -> None:
    assert await refusal(management, path, **body) == (400, "guard.invalid_input")


@on_sqlite
async def test_factors_belong_to_somebody(management: Visitor) -> None:
    path = "/api/users/nobody/mfa-verifications"
    assert (await management.get(path)).status_code == 404
    assert await refusal(management, path, type="Totp") == (404, "entity.not_found")
    assert (await management.delete(f"{path}/x")).status_code == 404
