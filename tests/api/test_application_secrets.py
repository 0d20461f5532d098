from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

from sekisho.applications.models import ApplicationType, NewApplication
from sekisho.applications.tables import ApplicationSecretTable, ApplicationTable
from sekisho.crypto.sealing import CannotOpen, Place
from sekisho.kernel.clock import ManualClock, epoch_milliseconds
from sekisho.services import Services


@pytest.fixture
async def path(management: Visitor) -> str:
    body = {"name": "App", "type": "Traditional"}
    created = (await management.post("/api/applications", json=body)).json()
    return f"/api/applications/{created['id']}"


async def names(management: Visitor, path: str) -> list[str]:
    return [secret["name"] for secret in (await management.get(f"{path}/secrets")).json()]


async def test_a_secret_is_added_listed_renamed_and_deleted(management: Visitor, path: str, clock: ManualClock) -> None:
    clock.advance(timedelta(seconds=1))
    expires_at = epoch_milliseconds(clock.now()) + 1000
    added = await management.post(f"{path}/secrets", json={"name": "second", "expiresAt": expires_at})
    assert added.status_code == 201
    secret = added.json()
    assert len(secret["value"]) == 32
    assert {name: secret[name] for name in ("tenantId", "applicationId", "name", "createdAt", "expiresAt")} == {
        "tenantId": "default",
        "applicationId": path.rpartition("/")[2],
        "name": "second",
        "createdAt": epoch_milliseconds(clock.now()),
        "expiresAt": expires_at,
    }
    renamed = (await management.patch(f"{path}/secrets/second", json={"name": "third"})).json()
    assert renamed == {**secret, "name": "third"}
    assert (await management.get(f"{path}/secrets")).json()[1] == renamed
    deleted = await management.delete(f"{path}/secrets/third")
    assert (deleted.status_code, deleted.text) == (204, "")
    assert await names(management, path) == ["Default secret"]


REFUSALS: Sequence[tuple[str, str, Any, int, str]] = (
    ("POST", "", {"name": "Default secret"}, 422, "application.secret_name_exists"),
    ("PATCH", "/second", {"name": "Default secret"}, 422, "application.secret_name_exists"),
    ("POST", "", {"name": "late", "expiresAt": 1}, 400, "request.invalid_input"),
    ("POST", "", {"name": "never", "expiresAt": 1e300}, 400, "request.invalid_input"),
    ("POST", "", {}, 400, "guard.invalid_input"),
    ("POST", "", {"name": ""}, 400, "guard.invalid_input"),
    ("POST", "", {"name": "x" * 257}, 400, "guard.invalid_input"),
    ("PATCH", "/nope", {"name": "x"}, 404, "entity.not_found"),
    ("DELETE", "/nope", None, 404, "entity.not_found"),
)


async def test_what_cannot_be_done_to_a_secret_is_refused(management: Visitor, path: str) -> None:
    await management.post(f"{path}/secrets", json={"name": "second"})
    for method, where, body, status, code in REFUSALS:
        response = await management.request(method, f"{path}/secrets{where}", json=body)
        assert (response.status_code, response.json()["code"]) == (status, code), (method, where, body)
        assert await names(management, path) == ["Default secret", "second"], (method, where, body)


@on_sqlite
@pytest.mark.parametrize("kind", ["SPA", "Native"])
async def test_a_public_client_cannot_have_secrets(management: Visitor, kind: str) -> None:
    created = (await management.post("/api/applications", json={"name": "App", "type": kind})).json()
    response = await management.post(f"/api/applications/{created['id']}/secrets", json={"name": "x"})
    assert (response.status_code, response.json()["code"]) == (422, "entity.db_constraint_violated")


async def test_secrets_of_an_unknown_application_are_not_found(management: Visitor) -> None:
    assert (await management.get("/api/applications/nope/secrets")).status_code == 404
    response = await management.post("/api/applications/nope/secrets", json={"name": "x"})
    assert (response.status_code, response.json()["code"]) == (422, "entity.db_constraint_violated")


async def test_a_legacy_secret_is_shown_until_it_is_deleted(management: Visitor, path: str, services: Services) -> None:
    assert (await management.delete(f"{path}/legacy-secret")).json()["code"] == "application.no_legacy_secret_found"
    application_id = path.rpartition("/")[2]
    place = Place(tenant="default", table="applications", row=application_id, column="secret")
    sealed = services.runtime.sealer.seal_text("old secret", place=place)
    await services.uow.execute(
        update(ApplicationTable).where(ApplicationTable.id == application_id).values(secret=sealed)
    )
    await services.cache.changed()
    await services.uow.commit()
    assert (await management.get(path)).json()["secret"] == "old secret"
    deleted = await management.delete(f"{path}/legacy-secret")
    assert deleted.status_code == 200
    assert "secret" not in deleted.json()
    assert "secret" not in (await management.get(path)).json()


async def test_secrets_are_sealed_at_rest_and_bound_to_their_row(services: Services) -> None:
    made = await services.applications.create(NewApplication(name="App", type=ApplicationType.TRADITIONAL))
    (secret,) = made.secrets
    row = (await services.uow.execute(select(ApplicationSecretTable.value))).scalars()
    assert all(secret.value.reveal().encode() not in value for value in row)
    other = await services.applications.add_secret(made.application.id, name="other")
    moved = select(ApplicationSecretTable.value).where(ApplicationSecretTable.name == other.name).scalar_subquery()
    is_first = (
        ApplicationSecretTable.application_id == made.application.id,
        ApplicationSecretTable.name == secret.name,
    )
    await services.uow.execute(update(ApplicationSecretTable).where(*is_first).values(value=moved))
    with pytest.raises(CannotOpen):
        await services.applications.secrets(made.application.id)
    await services.uow.abandon()


async def test_a_change_of_secrets_is_seen_by_whoever_reads_a_client(management: Visitor, services: Services) -> None:
    body = {"name": "App", "type": "Traditional"}
    created = (await management.post("/api/applications", json=body)).json()
    found = await services.applications.find(created["id"])
    assert found is not None
    assert [secret.name for secret in found.secrets] == ["Default secret"]
    await management.post(f"/api/applications/{created['id']}/secrets", json={"name": "second"})
    again = await services.applications.find(created["id"])
    assert again is not None
    assert replace(found, secrets=again.secrets) == again
    assert [secret.name for secret in again.secrets] == ["Default secret", "second"]
