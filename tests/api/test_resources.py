"""`/api/resources` and their scopes, and what changing them does to tokens."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from tests.api.conftest import on_sqlite
from tests.support.factories import Factory, MadeApi
from tests.support.visitor import Visitor

from sekisho.kernel.clock import ManualClock
from sekisho.roles.models import RoleType

ORDERS = {"name": "Orders", "indicator": "https://orders.example.com"}
MANAGEMENT = "/api/resources/management-api"


async def created(management: Visitor, **more: Any) -> dict[str, Any]:
    answer = await management.post("/api/resources", json={**ORDERS, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def names(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()]


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.fixture
async def api(make: Factory, clock: ManualClock) -> MadeApi:
    made = await make.api(indicator="https://api.example.com", scopes=("read", "write"))
    clock.advance(timedelta(seconds=1))
    return made


async def scope_names(management: Visitor, api: MadeApi) -> set[str]:
    return set(names(await management.get(f"/api/resources/{api.id}/scopes")))


async def test_an_api_is_registered_and_found(management: Visitor) -> None:
    made = await created(management)

    assert made.pop("scopes") == []
    assert made == {"tenantId": "default", "id": made["id"], "isDefault": False, "accessTokenTtl": 3600, **ORDERS}
    assert (await management.get(f"/api/resources/{made['id']}")).json() == made


async def test_an_api_is_changed_but_keeps_its_indicator(management: Visitor) -> None:
    made = await created(management, accessTokenTtl=60)
    assert (made.pop("scopes"), made["accessTokenTtl"]) == ([], 60)
    path = f"/api/resources/{made['id']}"

    changed = await management.patch(path, json={"name": "Sales", "accessTokenTtl": 7200, "indicator": "urn:x"})

    assert changed.json() == {**made, "name": "Sales", "accessTokenTtl": 7200}
    assert (await management.get(path)).json() == changed.json()


async def test_a_deleted_api_is_gone(management: Visitor, api: MadeApi) -> None:
    assert (await management.delete(f"/api/resources/{api.id}")).status_code == 204

    assert refusal(await management.get(f"/api/resources/{api.id}")) == (404, "entity.not_exists_with_id")
    assert refusal(await management.delete(f"/api/resources/{api.id}")) == (404, "entity.not_exists_with_id")


async def test_an_indicator_may_be_long(management: Visitor) -> None:
    longest = "urn:" + "".join(chr(33 + (7 * place * place) % 94) for place in range(2044))

    assert (await created(management, indicator=longest))["indicator"] == longest
    assert refusal(await management.post("/api/resources", json={**ORDERS, "indicator": longest})) == (
        422,
        "resource.resource_identifier_in_use",
    )


async def test_one_api_at_most_is_the_default(management: Visitor, api: MadeApi) -> None:
    other = (await created(management))["id"]

    for chosen in (other, api.id, api.id):
        answer = await management.patch(f"/api/resources/{chosen}/is-default", json={"isDefault": True})
        assert (answer.status_code, answer.json()["isDefault"]) == (200, True)
        defaults = [row["id"] for row in (await management.get("/api/resources")).json() if row["isDefault"]]
        assert defaults == [chosen]

    cleared = await management.patch(f"/api/resources/{api.id}/is-default", json={"isDefault": False})

    assert cleared.json()["isDefault"] is False
    assert not any(row["isDefault"] for row in (await management.get("/api/resources")).json())


async def test_apis_are_listed_by_name_and_by_the_page_when_asked(management: Visitor) -> None:
    await created(management, name="Zoo", indicator="urn:zoo")
    await created(management, name="Ark", indicator="urn:ark")

    everything = await management.get("/api/resources")
    page = await management.get("/api/resources?page=2&page_size=2")

    assert names(everything) == ["Ark", "Logto Management API", "Zoo"]
    assert "total-number" not in everything.headers
    assert (names(page), page.headers["total-number"]) == (["Zoo"], "3")
    assert [link.rpartition("=")[2] for link in page.headers.get_list("link")] == ['"first"', '"prev"', '"last"']


async def test_apis_show_their_scopes_only_when_asked(management: Visitor, api: MadeApi) -> None:
    for query, shows in (("", False), ("?includeScopes=false", False), ("?includeScopes=true", True)):
        rows = (await management.get(f"/api/resources{query}")).json()
        (row,) = [row for row in rows if row["id"] == api.id]
        assert ("scopes" in row) is shows
        assert {scope["name"] for scope in row.get("scopes", ())} == ({"read", "write"} if shows else set())


async def test_a_scope_is_added_changed_and_deleted(management: Visitor, api: MadeApi) -> None:
    path = f"/api/resources/{api.id}/scopes"

    made = await management.post(path, json={"name": "delete", "description": "Gone for good."})
    scope = made.json()
    assert made.status_code == 201
    assert scope | {"id": "", "createdAt": 0} == {
        "tenantId": "default",
        "id": "",
        "resourceId": api.id,
        "name": "delete",
        "description": "Gone for good.",
        "createdAt": 0,
    }
    changed = await management.patch(f"{path}/{scope['id']}", json={"name": "remove", "description": ""})
    assert changed.json() == {**scope, "name": "remove", "description": None}
    assert names(await management.get(path))[2:] == ["remove"]

    assert (await management.delete(f"{path}/{scope['id']}")).status_code == 204
    assert await scope_names(management, api) == {"read", "write"}
    assert refusal(await management.delete(f"{path}/{scope['id']}")) == (404, "entity.not_found")
    assert refusal(await management.patch(f"{path}/{scope['id']}", json={"name": "x"})) == (404, "entity.not_exists")


async def test_scopes_are_searched_and_paged(management: Visitor, make: Factory, clock: ManualClock) -> None:
    api = await make.api()
    path = f"/api/resources/{api.id}/scopes"
    for name in ("read:orders", "write:orders", "read:stock"):
        await management.post(path, json={"name": name})
        clock.advance(timedelta(seconds=1))

    for query, found, total in (
        ("", ["read:orders", "write:orders", "read:stock"], "3"),
        ("?search=read%25", ["read:orders", "read:stock"], "2"),
        ("?search.name=READ:STOCK&mode.name=exact", ["read:stock"], "1"),
        ("?page=2&page_size=2", ["read:stock"], "3"),
        ("?search=%25orders&page=2&page_size=1", ["write:orders"], "2"),
    ):
        answer = await management.get(path + query)
        assert (names(answer), answer.headers["total-number"]) == (found, total), query


async def test_a_scope_is_changed_only_through_its_own_api(management: Visitor, make: Factory, api: MadeApi) -> None:
    other = await make.api(scopes=("admin",))
    path = f"/api/resources/{api.id}/scopes/{other.scopes['admin']}"

    assert refusal(await management.patch(path, json={"name": "x"})) == (404, "entity.not_exists")
    assert refusal(await management.delete(path)) == (404, "entity.not_found")
    assert names(await management.get(f"/api/resources/{other.id}/scopes")) == ["admin"]


IMPOSSIBLE_APIS: Sequence[tuple[dict[str, Any], int, str]] = (
    ({"name": "x"}, 400, "guard.invalid_input"),
    ({"name": "", "indicator": "urn:x"}, 400, "guard.invalid_input"),
    ({"name": "x", "indicator": ""}, 400, "guard.invalid_input"),
    ({"name": "x", "indicator": "urn:x", "accessTokenTtl": 0}, 400, "guard.invalid_input"),
    ({"name": "x", "indicator": "urn:x", "accessTokenTtl": -5}, 400, "guard.invalid_input"),
    ({"name": "x", "indicator": "urn:x", "accessTokenTtl": 1e300}, 400, "guard.invalid_input"),
    ({"name": "x", "indicator": "urn:x", "accessTokenTtl": "60"}, 400, "guard.invalid_input"),
    ({"name": "x", "indicator": "https://default.logto.app/api"}, 422, "resource.resource_identifier_in_use"),
    ({"name": "x", "indicator": "urn:" + "é" * 1023}, 422, "entity.value_too_long"),
    ({"name": "x", "indicator": "urn:logto:organization:abc"}, 400, "request.invalid_input"),
    ({"name": "x", "indicator": "urn:logto:organization:"}, 400, "request.invalid_input"),
    ({"name": "x", "indicator": "urn:logto:resource:organizations"}, 400, "request.invalid_input"),
)


async def test_an_api_that_cannot_be_is_refused(management: Visitor) -> None:
    for body, status, code in IMPOSSIBLE_APIS:
        assert refusal(await management.post("/api/resources", json=body)) == (status, code), body
        assert names(await management.get("/api/resources")) == ["Logto Management API"], body


IMPOSSIBLE_CHANGES: Sequence[tuple[str, str, Any, int, str]] = (
    ("PATCH", "", {}, 422, "entity.invalid_input"),
    ("PATCH", "", {"name": None}, 400, "guard.invalid_input"),
    ("PATCH", "", {"name": ""}, 400, "guard.invalid_input"),
    ("PATCH", "", {"accessTokenTtl": 0.5}, 400, "guard.invalid_input"),
    ("PATCH", "/is-default", {}, 400, "guard.invalid_input"),
    ("PATCH", "/is-default", {"isDefault": "yes"}, 400, "guard.invalid_input"),
    ("POST", "/scopes", {"name": ""}, 400, "guard.invalid_input"),
    ("POST", "/scopes", {"name": "x" * 257}, 400, "guard.invalid_input"),
    ("POST", "/scopes", {"name": "a b"}, 400, "scope.name_with_space"),
    ("POST", "/scopes", {"name": "a\tb"}, 400, "scope.name_with_space"),
    ("POST", "/scopes", {"name": "read"}, 422, "scope.name_exists"),
    ("PATCH", "/scopes/{read}", {}, 422, "entity.invalid_input"),
    ("PATCH", "/scopes/{read}", {"name": None}, 400, "guard.invalid_input"),
    ("PATCH", "/scopes/{read}", {"name": "a b"}, 400, "scope.name_with_space"),
    ("PATCH", "/scopes/{read}", {"name": "write"}, 422, "scope.name_exists"),
    ("GET", "/scopes?page=0", None, 400, "guard.invalid_pagination"),
    ("GET", "/scopes?search.secret=x", None, 400, "request.invalid_input"),
)


async def test_a_change_that_cannot_be_is_refused(management: Visitor, api: MadeApi) -> None:
    for method, path, body, status, code in IMPOSSIBLE_CHANGES:
        url = f"/api/resources/{api.id}{path.format(**api.scopes)}"

        assert refusal(await management.request(method, url, json=body)) == (status, code), (method, path, body)
        assert await scope_names(management, api) == {"read", "write"}, (method, path, body)


@on_sqlite
@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("PATCH", "", {"name": "Mine"}, "resource.cannot_modify_management_api"),
        ("DELETE", "", None, "resource.cannot_delete_management_api"),
        ("POST", "/scopes", {"name": "everything"}, "resource.cannot_modify_management_api"),
        ("PATCH", "/scopes/management-api-all", {"name": "x"}, "resource.cannot_modify_management_api"),
        ("DELETE", "/scopes/management-api-all", None, "resource.cannot_modify_management_api"),
    ],
)
async def test_the_management_api_stays_as_it_is(
    management: Visitor, method: str, path: str, body: Any, code: str
) -> None:
    assert refusal(await management.request(method, f"{MANAGEMENT}{path}", json=body)) == (400, code)
    assert (await management.get(MANAGEMENT)).json()["name"] == "Logto Management API"
    assert names(await management.get(f"{MANAGEMENT}/scopes")) == ["all"]


OPERATIONS: Sequence[tuple[str, str, Any]] = (
    ("GET", "", None),
    ("PATCH", "", {"name": "x"}),
    ("PATCH", "/is-default", {"isDefault": True}),
    ("DELETE", "", None),
    ("GET", "/scopes", None),
    ("POST", "/scopes", {"name": "x"}),
    ("PATCH", "/scopes/x", {"name": "x"}),
    ("DELETE", "/scopes/x", None),
)


@on_sqlite
async def test_the_api_of_another_tenant_is_unknown(
    management: Visitor, admin_management: Visitor, make: Factory
) -> None:
    foreign = await make.in_tenant("admin").api(scopes=("read",))

    for method, path, body in OPERATIONS:
        answer = await management.request(method, f"/api/resources/{foreign.id}{path}", json=body)

        assert refusal(answer) == (404, "entity.not_exists_with_id"), (method, path)
        kept = (await admin_management.get(f"/t/admin/api/resources/{foreign.id}")).json()
        assert (kept["name"], kept["isDefault"]) == (foreign.indicator, False), (method, path)
        assert names(await admin_management.get(f"/t/admin/api/resources/{foreign.id}/scopes")) == ["read"], (
            method,
            path,
        )


async def test_the_scope_of_another_tenant_is_unknown(
    management: Visitor, admin_management: Visitor, make: Factory, api: MadeApi
) -> None:
    foreign = await make.in_tenant("admin").api(scopes=("read",))
    path = f"/api/resources/{api.id}/scopes/{foreign.scopes['read']}"

    assert refusal(await management.patch(path, json={"name": "x"})) == (404, "entity.not_exists")
    assert refusal(await management.delete(path)) == (404, "entity.not_found")
    assert names(await admin_management.get(f"/t/admin/api/resources/{foreign.id}/scopes")) == ["read"]


async def test_the_next_machine_token_knows_of_a_renamed_or_deleted_scope(
    management: Visitor, visitor: Visitor, make: Factory, api: MadeApi
) -> None:
    role = await make.role(name="Robot", type_=RoleType.MACHINE_TO_MACHINE, scopes=api.scopes.values())
    robot = await make.machine(roles=["Robot"])

    async def scope_of_token() -> set[str]:
        form = {"grant_type": "client_credentials", "resource": api.indicator, "scope": "read write look"}
        answer = await visitor.post("/oidc/token", data=form, auth=robot.credentials)
        return set(answer.json()["scope"].split())

    assert role
    assert await scope_of_token() == {"read", "write"}
    await management.patch(f"/api/resources/{api.id}/scopes/{api.scopes['read']}", json={"name": "look"})
    assert await scope_of_token() == {"look", "write"}
    await management.delete(f"/api/resources/{api.id}/scopes/{api.scopes['write']}")
    assert await scope_of_token() == {"look"}
    await management.patch(f"/api/resources/{api.id}", json={"accessTokenTtl": 77})
    form = {"grant_type": "client_credentials", "resource": api.indicator}
    answer = await visitor.post("/oidc/token", data=form, auth=robot.credentials)
    assert answer.json()["expires_in"] == 77
