"""What belongs to one tenant does not exist for another."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from tests.api.conftest import on_sqlite
from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import UserId
from sekisho.oidc.models import Grant, Session


@pytest.fixture
async def foreign(admin_management: Visitor) -> dict[str, str]:
    """Ids of a user and an application of the tenant `admin`."""
    user = await admin_management.post("/t/admin/api/users", json={"username": "boss"})
    body = {"name": "Robot", "type": "MachineToMachine"}
    application = await admin_management.post("/t/admin/api/applications", json=body)
    return {"user": user.json()["id"], "application": application.json()["id"]}


OPERATIONS: Sequence[tuple[str, str, Any]] = (
    ("GET", "/users/{user}", None),
    ("PATCH", "/users/{user}", {"name": "x"}),
    ("DELETE", "/users/{user}", None),
    ("GET", "/users/{user}/custom-data", None),
    ("PATCH", "/users/{user}/custom-data", {"customData": {"a": 1}}),
    ("PATCH", "/users/{user}/profile", {"profile": {"nickname": "x"}}),
    ("PATCH", "/users/{user}/is-suspended", {"isSuspended": True}),
    ("PATCH", "/users/{user}/password", {"password": "x"}),
    ("POST", "/users/{user}/password/verify", {"password": "x"}),
    ("GET", "/users/{user}/has-password", None),
    ("GET", "/applications/{application}", None),
    ("PATCH", "/applications/{application}", {"name": "x"}),
    ("DELETE", "/applications/{application}", None),
    ("PATCH", "/applications/{application}/custom-data", {"a": 1}),
    ("DELETE", "/applications/{application}/legacy-secret", None),
    ("GET", "/applications/{application}/secrets", None),
    ("POST", "/applications/{application}/secrets", {"name": "x"}),
    ("PATCH", "/applications/{application}/secrets/Default secret", {"name": "x"}),
    ("DELETE", "/applications/{application}/secrets/Default secret", None),
    ("GET", "/applications/{application}/user-consent-scopes", None),
    ("POST", "/applications/{application}/user-consent-scopes", {"userScopes": ["email"]}),
    ("DELETE", "/applications/{application}/user-consent-scopes/user-scopes/email", None),
)


@on_sqlite
async def test_the_id_of_another_tenant_is_unknown(
    management: Visitor, admin_management: Visitor, foreign: dict[str, str]
) -> None:
    for method, path, body in OPERATIONS:
        response = await management.request(method, f"/api{path.format(**foreign)}", json=body)
        assert response.status_code == (422 if path.endswith("/secrets") and method == "POST" else 404), (method, path)
        user = await admin_management.get(f"/t/admin/api/users/{foreign['user']}")
        untouched = (user.json()["name"], user.json()["isSuspended"], user.json()["hasPassword"])
        assert untouched == (None, False, False), (method, path)
        secrets = await admin_management.get(f"/t/admin/api/applications/{foreign['application']}/secrets")
        assert [secret["name"] for secret in secrets.json()] == ["Default secret"], (method, path)


async def test_sessions_and_grants_of_another_tenant_are_unknown(
    management: Visitor, admin_management: Visitor, foreign: dict[str, str], make: Factory, clock: ManualClock
) -> None:
    account_id, now = UserId(foreign["user"]), clock.now()
    session = Session(uid="u", created_at=now, expires_at=now + timedelta(days=1), account_id=account_id, login_at=now)
    grant = Grant(
        id="g", account_id=account_id, client_id=foreign["application"], created_at=now, expires_at=session.expires_at
    )
    async with make.in_tenant("admin").services() as services:
        await services.sessions.add(session, session_id="cookie")
        await services.provider.ports.grants.add(grant)
    user = f"/api/users/{account_id}"

    for noun, id_ in (("sessions", "u"), ("grants", "g")):
        assert (await management.get(f"{user}/{noun}")).json() == {noun: []}
        assert (await management.delete(f"{user}/{noun}/{id_}")).status_code == 404
        assert len((await admin_management.get(f"/t/admin{user}/{noun}")).json()[noun]) == 1


async def test_lists_show_ones_own(management: Visitor, foreign: dict[str, str]) -> None:
    for noun, id_ in (("users", foreign["user"]), ("applications", foreign["application"])):
        for query in ("", f"?search={id_}", f"?search.id={id_}&mode=exact"):
            assert id_ not in (await management.get(f"/api/{noun}{query}")).text
