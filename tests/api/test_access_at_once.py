"""Decisions about APIs, roles and access that several administrators make at the same moment."""

import asyncio
from typing import Any

from tests.support.factories import Factory
from tests.support.visitor import Visitor

EMPTY: dict[str, list[Any]] = {"userIds": [], "userRoleIds": [], "organizationIds": [], "organizationRoleRules": []}


async def test_of_defaults_chosen_at_once_one_stays(management: Visitor, make: Factory) -> None:
    apis = [await make.api() for _ in range(4)]

    answers = await asyncio.gather(
        *(management.patch(f"/api/resources/{api.id}/is-default", json={"isDefault": True}) for api in apis)
    )

    assert [answer.status_code for answer in answers] == [200] * 4
    rows = (await management.get("/api/resources")).json()
    assert len([row for row in rows if row["isDefault"]]) == 1


async def test_a_role_given_at_once_is_held_once(management: Visitor, make: Factory) -> None:
    user, role = await make.user(), await make.role()
    path = f"/api/users/{user.id}/roles"

    answers = await asyncio.gather(
        *(management.post(path, json={"roleIds": [role]}) for _ in range(3)),
        *(management.put(path, json={"roleIds": [role]}) for _ in range(3)),
    )

    assert [answer.status_code for answer in answers] == [201] * 3 + [200] * 3
    assert [row["id"] for row in (await management.get(path)).json()] == [role]
    assert (await management.get("/api/roles?type=User")).json()[0]["usersCount"] == 1


async def test_access_control_is_never_on_without_a_rule(management: Visitor, make: Factory) -> None:
    user = await make.user()
    for _ in range(3):
        path = f"/api/applications/{(await make.spa()).id}"
        await management.put(f"{path}/access-control", json={**EMPTY, "userIds": [user.id]})

        answers = await asyncio.gather(
            management.patch(path, json={"appLevelAccessControlEnabled": True}),
            management.put(f"{path}/access-control", json=EMPTY),
        )

        assert sorted(answer.status_code for answer in answers) == [200, 422]
        is_on = (await management.get(path)).json()["appLevelAccessControlEnabled"]
        assert is_on is bool((await management.get(f"{path}/access-control")).json()["userIds"])


async def test_of_first_looks_at_once_one_is_the_first(management: Visitor, make: Factory) -> None:
    path = f"/api/applications/{(await make.spa()).id}/sign-in-experience"
    nothing = {"termsOfUseUrl": None, "privacyPolicyUrl": None}

    answers = await asyncio.gather(*(management.put(path, json=nothing) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]


async def test_rules_replaced_at_once_are_those_of_one_of_them(management: Visitor, make: Factory) -> None:
    users = [(await make.user()).id for _ in range(4)]
    path = f"/api/applications/{(await make.spa()).id}/access-control"

    answers = await asyncio.gather(*(management.put(path, json={**EMPTY, "userIds": [user]}) for user in users))

    assert [answer.status_code for answer in answers] == [200] * 4
    assert len((await management.get(path)).json()["userIds"]) == 1
