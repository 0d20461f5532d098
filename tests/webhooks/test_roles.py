"""What listeners are told of roles beside the requests that change them."""

from typing import Any

import msgspec
from tests.support.factories import Factory
from tests.support.receiver import receiving
from tests.webhooks.conftest import Hooks, Outbox


async def test_a_role_that_gives_something_from_the_start_is_told_twice(
    hooks: Hooks, outbox: Outbox, make: Factory
) -> None:
    api = await make.api(scopes=("read",))
    body = {"name": "Clerk", "description": "d"}
    async with receiving(200) as receiver:
        await hooks.register(receiver, "Role.Created", "Role.Scopes.Updated")
        await hooks.management.post("/api/roles", json={**body, "name": "Idler"})
        made = (await hooks.management.post("/api/roles", json={**body, "scopeIds": [api.scopes["read"]]})).json()
        await receiver.at_least(3)
        await outbox.emptied()

    told: list[dict[str, Any]] = [msgspec.json.decode(heard.body) for heard in receiver.received]
    assert sorted(each["event"] for each in told) == ["Role.Created", "Role.Created", "Role.Scopes.Updated"]
    (updated,) = [each for each in told if each["event"] == "Role.Scopes.Updated"]
    scopes = await hooks.management.get(f"/api/resources/{api.id}/scopes")
    assert (updated["roleId"], updated["data"]) == (made["id"], scopes.json())
