"""One of each thing lives in a tenant; every operation is then tried on it with the token of another tenant.

Nothing is found, nothing is told, and afterwards everything is as it was. The walk goes over our own description, so an
operation that is added is walked, too.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.api.conftest import admin_management, management, mint  # noqa: F401 — fixtures
from tests.support.visitor import Visitor

from sekisho.api.app import create_api
from sekisho.api.openapi import normalized

WRITES = ("post", "put", "patch", "delete")
#: What stands in such a path is the name of a kind, not of a thing of somebody's.
KINDS = ("/api/configs/", "/api/custom-phrases/", "/api/custom-profile-fields/{name}")
#: Bodies that would do, where the operation takes any.
BODIES: Mapping[str, Any] = {
    "patch /api/applications/{applicationId}/custom-data": {"a": 1},
    "post /api/applications/{id}/secrets": {"name": "x"},
    "patch /api/applications/{id}/secrets/{name}": {"name": "x"},
    "post /api/applications/{applicationId}/user-consent-scopes": {"userScopes": ["email"]},
    "put /api/applications/{applicationId}/sign-in-experience": {"displayName": "x"},
    "put /api/applications/{applicationId}/access-control": {
        "userIds": [],
        "userRoleIds": [],
        "organizationIds": [],
        "organizationRoleRules": [],
    },
    "patch /api/users/{userId}/custom-data": {"customData": {"a": 1}},
    "patch /api/users/{userId}/profile": {"profile": {"nickname": "x"}},
    "patch /api/users/{userId}/is-suspended": {"isSuspended": True},
    "patch /api/users/{userId}/password": {"password": "Kanagawa-1831"},
    "post /api/users/{userId}/password/verify": {"password": "Kanagawa-1831"},
    "patch /api/users/{userId}/password/expiration": {"isExpired": False},
    "patch /api/users/{userId}/logto-configs": {"mfa": {"skipped": True}},
    "post /api/users/{userId}/mfa-verifications": {"type": "Totp"},
    "put /api/users/{userId}/identities/{target}": {"userId": "x"},
    "post /api/users/{userId}/personal-access-tokens": {"name": "y"},
    "patch /api/users/{userId}/personal-access-tokens": {"currentName": "pat", "name": "y"},
    "patch /api/users/{userId}/personal-access-tokens/{name}": {"name": "y"},
    "post /api/users/{userId}/personal-access-tokens/delete": {"name": "pat"},
    "put /api/one-time-tokens/{id}/status": {"status": "revoked"},
    "put /api/domains/{id}/verification-files": {"verificationFiles": []},
    "post /api/connectors/{connectorId}/authorization-uri": {"state": "s", "redirectUri": "https://app.example.com"},
    "patch /api/email-templates/{id}/details": {"subject": "x"},
    "patch /api/resources/{id}/is-default": {"isDefault": True},
    "post /api/resources/{resourceId}/scopes": {"name": "x"},
    "patch /api/hooks/{id}": {"enabled": False},
    "post /api/hooks/{id}/test": {"events": ["User.Created"], "config": {"url": "https://hooks.example.com"}},
}
ANY: Mapping[str, Any] = {"name": "x"}


@pytest.fixture
async def things(admin_management: Visitor) -> dict[str, str]:  # noqa: F811
    """Ids of what lives in the tenant `admin`, by the noun of their path and the name of their parameter."""

    async def make(path: str, body: Any, *, member: str = "id") -> str:
        answer = await admin_management.post(f"/t/admin/api{path}", json=body)
        assert answer.status_code < 300, (path, answer.text)
        found: str = answer.json()[member]
        return found

    user = await make("/users", {"username": "boss"})
    application = await make("/applications", {"name": "Robot", "type": "MachineToMachine"})
    api = await make("/resources", {"name": "Orders", "indicator": "https://orders.example.com"})
    scope = await make(f"/resources/{api}/scopes", {"name": "read"})
    role = await make("/roles", {"name": "reader", "description": "reads", "scopeIds": [scope]})
    assigned = await admin_management.post(f"/t/admin/api/roles/{role}/users", json={"userIds": [user]})
    assert assigned.status_code == 201
    await make(f"/users/{user}/personal-access-tokens", {"name": "pat"}, member="name")
    hook = {"name": "h", "events": ["User.Created"], "config": {"url": "https://hooks.example.com"}}
    template = {"languageTag": "en", "templateType": "SignIn", "details": {"subject": "s", "content": "c"}}
    await admin_management.put("/t/admin/api/email-templates", json={"templates": [template]})
    templates = (await admin_management.get("/t/admin/api/email-templates")).json()
    partner = {"connectorId": "oauth2", "metadata": {"target": "partner"}}
    connector = await make("/connectors", partner)
    return {
        "connectors.id": connector,
        "connectors.connectorId": connector,
        "users.userId": user,
        "applications.id": application,
        "applications.applicationId": application,
        "resources.id": api,
        "resources.resourceId": api,
        "roles.id": role,
        "scopeId": scope,
        "roleId": role,
        "userId": user,
        "applicationId": application,
        "hooks.id": await make("/hooks", hook),
        "one-time-tokens.id": await make("/one-time-tokens", {"email": "a@b.io"}),
        "email-templates.id": templates[0]["id"],
        "name": "pat",
        "scopeType": "user-scopes",
    }


def operations() -> list[tuple[str, str]]:
    """Return method and path of every operation on a thing."""
    document = normalized(create_api(), version="3.0.3")
    return [
        (method, path)
        for path, item in document["paths"].items()
        if "{" in path and not path.startswith(KINDS)
        for method in item
        if method in {"get", *WRITES}
    ]


def filled(path: str, things: Mapping[str, str]) -> str:
    noun = path.split("/")[2]
    steps = []
    for step in path.split("/"):
        name = step.strip("{}")
        steps.append(things.get(f"{noun}.{name}", things.get(name, "x")) if step.startswith("{") else step)
    return "/".join(steps)


async def told(visitor: Visitor, things: Mapping[str, str]) -> dict[str, Any]:
    """Return everything that the tenant `admin` is told of its own things."""
    answers = {}
    for method, path in operations():
        if method == "get":
            answer = await visitor.get("/t/admin" + filled(path, things))
            answers[path] = (answer.status_code, answer.json() if answer.status_code == 200 else None)
    return answers


async def test_no_operation_reaches_a_thing_of_another_tenant(
    management: Visitor,  # noqa: F811
    admin_management: Visitor,  # noqa: F811
    things: dict[str, str],
) -> None:
    before = await told(admin_management, things)
    reached = []
    for method, path in operations():
        body = BODIES.get(f"{method} {path}", ANY) if method in WRITES[:3] else None
        answer = await management.request(method.upper(), filled(path, things), json=body)
        # A list of what belongs to nothing may be empty; a body that names nothing may be refused unseen.
        is_empty = (
            method == "get" and answer.status_code == 200 and not any(id_ in answer.text for id_ in things.values())
        )
        if answer.status_code not in {400, 404, 422} and not is_empty:
            reached.append(f"{method} {path}: {answer.status_code} {answer.text[:80]}")

    assert reached == []
    assert await told(admin_management, things) == before


async def test_no_list_shows_a_thing_of_another_tenant(
    management: Visitor,  # noqa: F811
    things: dict[str, str],
) -> None:
    ids = {id_ for id_ in things.values() if len(id_) > len("user-scopes")}
    shown = []
    for path in normalized(create_api(), version="3.0.3")["paths"]:
        if (
            "{" not in path
            and path.startswith("/api/")
            and not path.startswith(("/api/experience", "/api/interaction"))
        ):
            answer = await management.get(path)
            shown += [f"{path}: {id_}" for id_ in ids if id_ in answer.text]

    assert shown == []
