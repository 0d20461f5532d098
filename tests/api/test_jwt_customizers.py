from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select
from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

from sekisho.claim_scripts.models import ScriptKind
from sekisho.crypto.sealing import CannotOpen, Place
from sekisho.services import Services
from sekisho.tenants.tables import ConfigTable

PATH = "/api/configs/jwt-customizer"
KINDS = ("access-token", "client-credentials")
SCRIPT: dict[str, Any] = {
    "script": "const getCustomJwtClaims = () => ({});",
    "environmentVariables": {"KEY": "hush"},
    "contextSample": {"user": {"id": "alice"}},
    "tokenSample": {"jti": "x"},
    "blockIssuanceOnError": True,
}
TRIAL: dict[str, Any] = {"tokenType": "access-token", "token": {"jti": "x"}, "context": {"user": {"id": "alice"}}}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_script_is_set_read_changed_and_deleted(management: Visitor, kind: str) -> None:
    path = f"{PATH}/{kind}"
    created = await management.put(path, json=SCRIPT)
    assert (created.status_code, created.json()) == (201, SCRIPT)
    assert (await management.get(path)).json() == SCRIPT

    changed = await management.patch(path, json={"script": "other", "blockIssuanceOnError": False})
    assert (changed.status_code, changed.json()) == (200, {**SCRIPT, "script": "other", "blockIssuanceOnError": False})

    replaced = await management.put(path, json={"script": "third"})
    assert (replaced.status_code, replaced.json()) == (200, {"script": "third"})
    assert (await management.get(path)).json() == {"script": "third"}

    deleted = await management.delete(path)
    assert (deleted.status_code, deleted.text) == (204, "")
    assert (await management.get(path)).status_code == 404


async def test_scripts_are_listed_with_the_names_of_their_values(management: Visitor) -> None:
    assert (await management.get(PATH)).json() == []
    for kind in reversed(KINDS):
        await management.put(f"{PATH}/{kind}", json={"script": kind})
    assert (await management.get(PATH)).json() == [
        {"key": "jwt.accessToken", "value": {"script": "access-token"}},
        {"key": "jwt.clientCredentials", "value": {"script": "client-credentials"}},
    ]


REFUSALS: Sequence[tuple[str, str, Any, int, str]] = (
    ("GET", "/access-token", None, 404, "entity.not_exists_with_id"),
    ("PATCH", "/access-token", {"script": "x"}, 404, "entity.not_exists_with_id"),
    ("DELETE", "/access-token", None, 404, "entity.not_found"),
    ("GET", "/id-token", None, 400, "guard.invalid_input"),
    ("PUT", "/id-token", {"script": "x"}, 400, "guard.invalid_input"),
    ("PUT", "/access-token", {}, 400, "guard.invalid_input"),
    ("PATCH", "/access-token", {"blockIssuanceOnError": True}, 400, "guard.invalid_input"),
    ("PUT", "/access-token", {"script": None}, 400, "guard.invalid_input"),
    ("PUT", "/access-token", {"script": "x", "unknown": 1}, 400, "guard.invalid_input"),
    ("PUT", "/access-token", {"script": "x", "environmentVariables": {"A": 1}}, 400, "guard.invalid_input"),
    ("PUT", "/access-token", {"script": "x", "environmentVariables": []}, 400, "guard.invalid_input"),
    ("PUT", "/access-token", {"script": "x", "contextSample": "y"}, 400, "guard.invalid_input"),
    ("PUT", "/access-token", {"script": "x", "blockIssuanceOnError": "yes"}, 400, "guard.invalid_input"),
    ("POST", "/test", {**TRIAL}, 400, "guard.invalid_input"),
    ("POST", "/test", {**TRIAL, "script": "x", "tokenType": "id-token"}, 400, "guard.invalid_input"),
    ("POST", "/test", {**TRIAL, "script": "x", "token": None}, 400, "guard.invalid_input"),
)


@on_sqlite
async def test_what_cannot_be_done_says_why(management: Visitor) -> None:
    for method, path, body, status, code in REFUSALS:
        answer = await management.request(method, PATH + path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (method, path, body)


async def test_a_script_is_tried_out_on_what_is_given(management: Visitor) -> None:
    script = """
        let runs = 0;
        async function getCustomJwtClaims({ token, context, environmentVariables }) {
          const { user = null } = context;
          return { runs: ++runs, jti: token.jti, user: user?.id ?? null, key: environmentVariables?.KEY ?? null };
        }
    """
    trial = {**TRIAL, "script": script, "environmentVariables": {"KEY": "hush"}}
    for _ in range(2):
        tried = await management.post(f"{PATH}/test", json=trial)
        assert (tried.status_code, tried.json()) == (200, {"runs": 1, "jti": "x", "user": "alice", "key": "hush"})
    machine = {"tokenType": "client-credentials", "script": script, "token": {}}
    assert (await management.post(f"{PATH}/test", json=machine)).json() == {"runs": 1, "user": None, "key": None}
    assert (await management.get(PATH)).json() == []


@on_sqlite
@pytest.mark.parametrize(
    ("script", "status", "data"),
    [
        (
            "function getCustomJwtClaims() { throw new RangeError('too far'); }",
            422,
            {"message": "too far", "error": {"name": "RangeError", "message": "too far"}},
        ),
        (
            "function getCustomJwtClaims() { return 5; }",
            422,
            {
                "message": "getCustomJwtClaims must return an object",
                "error": {"name": "TypeError", "message": "getCustomJwtClaims must return an object"},
            },
        ),
        ("function getCustomJwtClaims({ api }) { api.denyAccess('no'); }", 403, {"message": "no"}),
    ],
)
async def test_a_trial_that_goes_wrong_says_so(management: Visitor, script: str, status: int, data: Any) -> None:
    tried = await management.post(f"{PATH}/test", json={**TRIAL, "script": script})
    refusal = tried.json()
    assert (tried.status_code, refusal["code"], refusal["data"]) == (status, "jwt_customizer.general", data)


async def test_a_script_and_its_environment_are_sealed_at_rest(management: Visitor, services: Services) -> None:
    await management.put(f"{PATH}/access-token", json=SCRIPT)
    row = (await services.uow.execute(select(ConfigTable).where(ConfigTable.key == "jwt.accessToken"))).one()
    assert row.value is None
    assert b"hush" not in row.sealed
    sealer = services.runtime.sealer
    place = Place(tenant="default", table="configs", row="jwt.accessToken", column="sealed")
    assert b"hush" in sealer.open(row.sealed, place=place)
    with pytest.raises(CannotOpen):
        sealer.open(row.sealed, place=Place(tenant="admin", table="configs", row="jwt.accessToken", column="sealed"))
    kept = await services.claim_scripts.get(ScriptKind.ACCESS_TOKEN)
    assert "hush" in str(kept.environment_variables)


async def test_scripts_of_one_tenant_are_not_those_of_another(management: Visitor, admin_management: Visitor) -> None:
    await management.put(f"{PATH}/access-token", json=SCRIPT)
    assert (await admin_management.get(f"/t/admin{PATH}")).json() == []
    assert (await admin_management.delete(f"/t/admin{PATH}/access-token")).status_code == 404
    assert (await management.get(f"{PATH}/access-token")).status_code == 200


@on_sqlite
async def test_only_administrators_run_scripts(visitor: Visitor) -> None:
    assert (await visitor.post(f"{PATH}/test", json={**TRIAL, "script": "x"})).status_code == 401
    assert (await visitor.get(PATH)).status_code == 401
