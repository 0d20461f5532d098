import pytest
from tests.users.conftest import Over, over

from sekisho.applications.models import ApplicationType, NewApplication
from sekisho.db.database import Database
from sekisho.kernel.ids import TenantId
from sekisho.resources.errors import IndicatorInUse, ScopeNameInUse
from sekisho.resources.models import ScopeId
from sekisho.roles.errors import (
    DefaultRoleMissing,
    InvalidApplicationRole,
    InvalidUserRole,
    RoleNameInUse,
    RoleNotFound,
)
from sekisho.roles.models import RoleType
from sekisho.roles.service import RoleService
from sekisho.roles.store import RoleStore
from sekisho.services import Services
from sekisho.users.models import NewUser

__all__ = ["over"]

ORDERS, STOCK = "https://orders.example.com", "https://stock.example.com"


async def two_apis(services: Services) -> dict[str, ScopeId]:
    """Make two APIs that both have a scope `read`; return the ids of scopes by API and name."""
    ids = {}
    for indicator in (ORDERS, STOCK):
        api = await services.resources.create(name=indicator, indicator=indicator)
        for name in ("read", "write"):
            ids[f"{indicator} {name}"] = (await services.resources.add_scope(api.id, name=name)).id
    return ids


async def test_a_user_may_ask_for_what_all_his_roles_give(database: Database, over: Over) -> None:
    async with database.unit_of_work() as uow:
        services = over(uow)
        ids = await two_apis(services)
        taro = await services.users.create(NewUser())
        for name, scopes in (
            ("Reader", [f"{ORDERS} read", f"{STOCK} read"]),
            ("Writer", [f"{ORDERS} {each}" for each in ("read", "write")]),
        ):
            await services.roles.create(
                name=name, description=name, type_=RoleType.USER, scope_ids=[ids[scope] for scope in scopes]
            )
        roles = services.roles
        assert await roles.scopes_of_user(taro.id, ORDERS) == []
        await roles.assign(taro.id, ["Writer", "Reader"])
        await roles.assign(taro.id, ["Reader"])
        assert await roles.role_names_of_user(taro.id) == ["Reader", "Writer"]
        assert sorted(scope.name for scope in await roles.scopes_of_user(taro.id, ORDERS)) == ["read", "write"]
        assert [scope.name for scope in await roles.scopes_of_user(taro.id, STOCK)] == ["read"]
        assert await roles.scopes_of_user(taro.id, "https://nobody.example.com") == []


async def test_an_application_may_ask_for_what_its_roles_give(database: Database, over: Over) -> None:
    async with database.unit_of_work() as uow:
        services = over(uow)
        ids = await two_apis(services)
        new = NewApplication(name="Robot", type=ApplicationType.MACHINE_TO_MACHINE)
        robot = (await services.applications.create(new)).application
        await services.roles.create(
            name="Robot", description="x", type_=RoleType.MACHINE_TO_MACHINE, scope_ids=[ids[f"{ORDERS} read"]]
        )
    async with database.unit_of_work() as uow:
        services = over(uow)
        assert list(await services.roles.scopes_of_application(robot.id, ORDERS)) == []
        await services.roles.assign_to_application(robot.id, ["Robot"])
        assert [scope.name for scope in await services.roles.scopes_of_application(robot.id, ORDERS)] == ["read"]
    async with database.unit_of_work() as uow:
        services = over(uow)
        assert [scope.name for scope in await services.roles.scopes_of_application(robot.id, ORDERS)] == ["read"]
        assert list(await services.roles.scopes_of_application(robot.id, STOCK)) == []


async def test_roles_are_held_by_their_own_kind(database: Database, over: Over) -> None:
    async with database.unit_of_work() as uow:
        services = over(uow)
        taro = await services.users.create(NewUser())
        new = NewApplication(name="Robot", type=ApplicationType.MACHINE_TO_MACHINE)
        robot = (await services.applications.create(new)).application
        await services.roles.create(name="Human", description="x", type_=RoleType.USER)
        await services.roles.create(name="Robot", description="x", type_=RoleType.MACHINE_TO_MACHINE)
        with pytest.raises(InvalidUserRole):
            await services.roles.assign(taro.id, ["Robot"])
        with pytest.raises(InvalidApplicationRole):
            await services.roles.assign_to_application(robot.id, ["Human"])
        with pytest.raises(RoleNotFound):
            await services.roles.assign(taro.id, ["Nobody"])


@pytest.mark.parametrize("names", [["Missing"], ["Robot"]])
async def test_a_default_role_that_is_missing_stops_registration(
    database: Database, over: Over, names: list[str]
) -> None:
    async with database.unit_of_work() as uow:
        services = over(uow)
        await services.roles.create(name="Robot", description="x", type_=RoleType.MACHINE_TO_MACHINE)
        roles = RoleService(
            tenant_id=TenantId("default"),
            announce=services.announce,
            store=RoleStore(uow=uow, tenant_id=TenantId("default")),
            resources=services.resources,
            cache=services.cache,
            ids=services.ids,
            default_role_names=names,
        )
        taro = await services.users.create(NewUser())
        with pytest.raises(DefaultRoleMissing) as caught:
            await roles.assign_default_roles(taro.id)
        assert caught.value.values == {"role_names": names[0]}


async def test_names_and_indicators_are_used_once(database: Database, over: Over) -> None:
    async with database.unit_of_work() as uow:
        await over(uow).roles.create(name="Human", description="x", type_=RoleType.USER)
        await two_apis(over(uow))
    for make, taken in (
        (lambda services: services.roles.create(name="Human", description="y", type_=RoleType.USER), RoleNameInUse),
        (lambda services: services.resources.create(name="y", indicator=ORDERS), IndicatorInUse),
        (_add_scope_again, ScopeNameInUse),
    ):
        with pytest.raises(taken):
            async with database.unit_of_work() as uow:
                await make(over(uow))


async def test_there_is_one_default_api(database: Database, over: Over) -> None:
    async with database.unit_of_work() as uow:
        assert await over(uow).resources.find_default() is None
        await over(uow).resources.create(name="x", indicator=ORDERS, is_default=True)
    async with database.unit_of_work() as uow:
        found = await over(uow).resources.find_default()
        assert found is not None
        assert found.resource.indicator == ORDERS


async def _add_scope_again(services: Services) -> None:
    api = await services.resources.find_by_indicator(ORDERS)
    assert api is not None
    await services.resources.add_scope(api.resource.id, name="read")
