"""What a third-party application may ask people for (management-api.md §8.3)."""

from collections.abc import Sequence
from typing import Any

import pytest
from tests.api.conftest import on_sqlite
from tests.support.factories import Factory, MadeApi
from tests.support.visitor import Visitor

MANAGEMENT_SCOPE = "management-api-all"


@pytest.fixture
async def path(make: Factory) -> str:
    third = await make.traditional(is_third_party=True)
    return f"/api/applications/{third.id}/user-consent-scopes"


@pytest.fixture
async def orders(make: Factory) -> MadeApi:
    return await make.api(indicator="https://orders.example.com", scopes=("read:orders", "write:orders"))


async def listed(management: Visitor, path: str) -> dict[str, Any]:
    answer = await management.get(path)
    assert answer.status_code == 200
    return dict(answer.json())


async def test_scopes_are_allowed_and_listed_with_their_apis(management: Visitor, path: str, orders: MadeApi) -> None:
    ids = orders.scopes
    body = {
        "userScopes": ["profile", "email"],
        "resourceScopes": [ids["read:orders"]],
        "organizationResourceScopes": list(ids.values()),
    }

    answer = await management.post(path, json=body)

    assert (answer.status_code, answer.text) == (201, "Created")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    resource = {"id": orders.id, "name": orders.indicator, "indicator": orders.indicator}
    read, write = ({"id": ids[name], "name": name, "description": None} for name in ("read:orders", "write:orders"))
    assert sorted((await listed(management, path)).items()) == [
        ("organizationResourceScopes", [{"resource": resource, "scopes": sorted((read, write), key=_in_order(ids))}]),
        ("organizationScopes", []),
        ("resourceScopes", [{"resource": resource, "scopes": [read]}]),
        ("userScopes", ["email", "profile"]),
    ]


async def test_what_is_allowed_already_stays_allowed(management: Visitor, path: str, orders: MadeApi) -> None:
    first = {"userScopes": ["email"], "resourceScopes": [orders.scopes["read:orders"]]}
    second = {"userScopes": ["phone", "email", "email"], "resourceScopes": list(orders.scopes.values())}
    for body in (first, second, {}):
        assert (await management.post(path, json=body)).status_code == 201

    lists = await listed(management, path)

    assert lists["userScopes"] == ["email", "phone"]
    assert {scope["name"] for scope in lists["resourceScopes"][0]["scopes"]} == {"read:orders", "write:orders"}


async def test_a_scope_is_disallowed_once_and_from_one_list_only(
    management: Visitor, path: str, orders: MadeApi
) -> None:
    read = orders.scopes["read:orders"]
    body = {"userScopes": ["email"], "resourceScopes": [read], "organizationResourceScopes": [read]}
    await management.post(path, json=body)

    for where in (f"resource-scopes/{read}", "user-scopes/email"):
        removed = await management.delete(f"{path}/{where}")
        assert (removed.status_code, removed.text) == (204, "")
        again = await management.delete(f"{path}/{where}")
        assert (again.status_code, again.json()["code"]) == (404, "entity.not_found")

    lists = await listed(management, path)
    assert (lists["userScopes"], lists["resourceScopes"]) == ([], [])
    assert [scope["id"] for scope in lists["organizationResourceScopes"][0]["scopes"]] == [read]


NOT_FOR_GUESTS: Sequence[tuple[dict[str, Any], int, str]] = (
    ({"userScopes": ["openid"]}, 400, "guard.invalid_input"),
    ({"userScopes": ["offline_access"]}, 400, "guard.invalid_input"),
    ({"userScopes": "email"}, 400, "guard.invalid_input"),
    ({"resourceScopes": [1]}, 400, "guard.invalid_input"),
    ({"resourceScopes": ["nope"]}, 422, "application.user_consent_scopes_not_found"),
    ({"organizationResourceScopes": ["nope"]}, 422, "application.user_consent_scopes_not_found"),
    ({"organizationScopes": ["nope"]}, 422, "application.user_consent_scopes_not_found"),
    (
        {"resourceScopes": [MANAGEMENT_SCOPE]},
        422,
        "application.consent_management_api_scopes_not_allowed",
    ),
    (
        {"organizationResourceScopes": [MANAGEMENT_SCOPE]},
        422,
        "application.consent_management_api_scopes_not_allowed",
    ),
)


async def test_what_no_third_party_may_have_is_refused_whole(management: Visitor, path: str) -> None:
    for body, status, code in NOT_FOR_GUESTS:
        answer = await management.post(path, json={"userScopes": ["email"], **body})

        assert (answer.status_code, answer.json()["code"]) == (status, code), body
        assert await listed(management, path) == {
            "organizationScopes": [],
            "resourceScopes": [],
            "organizationResourceScopes": [],
            "userScopes": [],
        }, body


async def test_the_refusal_names_the_scopes_that_do_not_exist(management: Visitor, path: str, orders: MadeApi) -> None:
    body = {
        "organizationScopes": ["a"],
        "resourceScopes": [orders.scopes["read:orders"], "b"],
        "organizationResourceScopes": ["c"],
    }

    refused = (await management.post(path, json=body)).json()

    assert refused["data"] == {
        "invalidOrganizationScopes": ["a"],
        "invalidResourceScopes": ["b"],
        "invalidOrganizationResourceScopes": ["c"],
    }


async def test_our_own_applications_have_no_lists(management: Visitor, make: Factory) -> None:
    path = f"/api/applications/{(await make.traditional()).id}/user-consent-scopes"

    refused = await management.post(path, json={"userScopes": ["email"]})

    assert (refused.status_code, refused.json()["code"]) == (422, "application.third_party_application_only")
    assert (await listed(management, path))["userScopes"] == []


@on_sqlite
async def test_lists_of_an_unknown_application_are_not_found(management: Visitor) -> None:
    path = "/api/applications/nope/user-consent-scopes"
    assert (await management.get(path)).status_code == 404
    assert (await management.post(path, json={"userScopes": ["email"]})).status_code == 404
    assert (await management.delete(f"{path}/user-scopes/email")).status_code == 404


@on_sqlite
async def test_an_unknown_kind_of_list_is_refused(management: Visitor, path: str) -> None:
    answer = await management.delete(f"{path}/other-scopes/email")
    assert (answer.status_code, answer.json()["code"]) == (400, "guard.invalid_input")


async def test_organization_scopes_cannot_be_listed_hence_not_removed(management: Visitor, path: str) -> None:
    answer = await management.delete(f"{path}/organization-scopes/read:members")
    assert (answer.status_code, answer.json()["code"]) == (404, "entity.not_found")


async def test_the_lists_end_with_their_application(management: Visitor, path: str, orders: MadeApi) -> None:
    await management.post(path, json={"userScopes": ["email"], "resourceScopes": list(orders.scopes.values())})
    application = path.removesuffix("/user-consent-scopes")

    assert (await management.delete(application)).status_code == 204
    assert (await management.get(path)).status_code == 404


def _in_order(ids: dict[str, Any]) -> Any:
    """Scopes made at the same moment are in the order of their ids."""
    return lambda scope: ids[scope["name"]]
