from collections.abc import Sequence
from typing import Any

from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor


@on_sqlite
async def test_there_are_no_domains(management: Visitor) -> None:
    response = await management.get("/api/domains")
    assert (response.status_code, response.json()) == (200, [])


REFUSALS: Sequence[tuple[str, str, Any, int, str]] = (
    ("POST", "", {"domain": "auth.example.com"}, 400, "domain.not_configured"),
    ("POST", "", {"domain": ""}, 400, "guard.invalid_input"),
    ("POST", "", {"domain": "x" * 257}, 400, "guard.invalid_input"),
    ("POST", "", {}, 400, "guard.invalid_input"),
    ("POST", "/cleanup", {"staleDays": 7}, 400, "domain.not_configured"),
    ("POST", "/cleanup", {"staleDays": "7"}, 400, "guard.invalid_input"),
    ("GET", "/nope", None, 404, "entity.not_exists_with_id"),
    ("DELETE", "/nope", None, 404, "entity.not_found"),
    ("GET", "/nope/verification-files", None, 404, "entity.not_exists_with_id"),
    ("PUT", "/nope/verification-files", {"verificationFiles": []}, 404, "entity.not_exists_with_id"),
    ("PUT", "/nope/verification-files", {}, 400, "guard.invalid_input"),
)


@on_sqlite
async def test_without_a_provider_nothing_can_be_done_to_one(management: Visitor) -> None:
    for method, where, body, status, code in REFUSALS:
        response = await management.request(method, f"/api/domains{where}", json=body)
        assert (response.status_code, response.json()["code"]) == (status, code), (method, where, body)
