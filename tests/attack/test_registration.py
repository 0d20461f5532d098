"""Ways into the admin tenant that are not the operator's link."""

from urllib.parse import urlencode

import pytest
from tests.hosted.conftest import PASSWORD, House, Person
from tests.support.visitor import ORIGIN, Visitor

from sekisho.kernel.pages import PageRequest

API = "/t/admin/api/experience"


async def begin(visitor: Visitor, event: str, *, client_id: str = "admin-console") -> None:
    target = f"{ORIGIN}/console/callback" if client_id == "admin-console" else f"{ORIGIN}/t/admin/{client_id}"
    query = {"client_id": client_id, "redirect_uri": target, "response_type": "code", "scope": "openid"}
    query |= {"code_challenge": "c" * 43, "code_challenge_method": "S256"}
    assert (await visitor.get(f"/t/admin/oidc/auth?{urlencode(query)}")).status_code == 303
    assert (await visitor.put(API, json={"interactionEvent": event})).status_code == 204


async def stage(visitor: Visitor, username: str) -> None:
    for body in ({"type": "username", "value": username}, {"type": "password", "value": PASSWORD}):
        assert (await visitor.post(f"{API}/profile", json=body)).status_code == 204


async def count_users(house: House) -> int:
    async with house.services("admin") as services:
        return (await services.users.page(PageRequest())).total


@pytest.mark.parametrize("client_id", ["admin-console", "demo-app"])
async def test_no_application_of_the_admin_tenant_registers_anybody_without_the_link(
    house: House, visitor: Visitor, client_id: str
) -> None:
    await begin(visitor, "Register", client_id=client_id)
    await stage(visitor, "eve")
    for cookie in ("", "_first_admin__admin=guess", "_first_admin=guess; _first_admin__admin="):
        headers = {"cookie": f"{visitor.jar.header(f'{ORIGIN}{API}')}; {cookie}"}
        refused = await visitor.post(f"{API}/identification", json={}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "auth.forbidden"), cookie
        assert await count_users(house) == 0, cookie


async def test_a_sign_in_that_turns_into_a_registration_needs_the_link_too(house: House, visitor: Visitor) -> None:
    await begin(visitor, "SignIn")
    await visitor.put(f"{API}/interaction-event", json={"interactionEvent": "Register"})
    for body in ({"type": "username", "value": "eve"}, {"type": "password", "value": PASSWORD}):
        await visitor.post(f"{API}/profile", json=body)
    assert (await visitor.post(f"{API}/identification", json={})).status_code in {403, 404}
    assert await count_users(house) == 0


async def test_a_link_already_used_is_worth_nothing_in_an_interaction_begun_before(
    house: House, visitor: Visitor
) -> None:
    async with house.services("admin") as services:
        token = (await services.administrators.issue_first_admin_token()).reveal()
    await begin(visitor, "Register")
    await stage(visitor, "late")
    async with house.services("admin") as services:
        assert await services.administrators.consume_first_admin_token(token)
    headers = {"cookie": f"{visitor.jar.header(f'{ORIGIN}{API}')}; _first_admin__admin={token}"}
    assert (await visitor.post(f"{API}/identification", json={}, headers=headers)).status_code == 403
    assert await count_users(house) == 0


async def test_a_link_opens_the_admin_tenant_only(house: House, person: Person) -> None:
    async with house.services("admin") as services:
        token = (await services.administrators.issue_first_admin_token()).reveal()
    visitor = person.visitor
    await person.arrive()
    await visitor.put("/api/experience", json={"interactionEvent": "Register"})
    for body in ({"type": "username", "value": "eve"}, {"type": "password", "value": PASSWORD}):
        await visitor.post("/api/experience/profile", json=body)
    headers = {"cookie": f"{visitor.jar.header(f'{ORIGIN}/api')}; _first_admin={token}"}
    assert (await visitor.post("/api/experience/identification", json={}, headers=headers)).status_code == 201
    async with house.services() as services:
        (user,) = (await services.users.page(PageRequest())).rows
        assert await services.roles.role_names_of_user(user.id) == []
    async with house.services("admin") as services:
        assert await services.administrators.is_first_admin_token(token)
