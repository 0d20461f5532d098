"""What a fresh installation holds (data-model.md §7)."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import delete, func, select
from tests.support.databases import settings_for

from sekisho.app import open_runtime
from sekisho.applications.models import ApplicationFilter, ApplicationType
from sekisho.crypto.jwk import generate_key, key_id_of, to_pem
from sekisho.db.database import UnitOfWork
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import ApplicationId, RandomIds, TenantId
from sekisho.migrations.seed import seed
from sekisho.roles.tables import RoleTable
from sekisho.services import Runtime, Services
from sekisho.sign_in.models import SignInMode
from sekisho.tenants.models import ADMIN_TENANT, DEFAULT_TENANT, ConfigurationKey
from sekisho.tenants.store import TenantStore
from sekisho.tenants.urls import urls_of


def _services(runtime: Runtime, tenant_id: TenantId, uow: UnitOfWork) -> Services:
    return runtime.services(urls=urls_of(tenant_id, origin="http://x", public=runtime.public_urls), uow=uow)


@pytest.fixture
async def seeded(db_url: str, clock: ManualClock, ids: RandomIds) -> AsyncIterator[Runtime]:
    runtime = await open_runtime(settings_for(db_url), clock=clock, ids=ids)
    yield runtime
    await runtime.close()


async def _apis(services: Services) -> dict[str, set[str]]:
    return {
        entry.resource.indicator: {scope.name for scope in entry.scopes} for entry in await services.resources.list()
    }


async def test_the_default_tenant_has_its_management_api(seeded: Runtime) -> None:
    async with seeded.database.unit_of_work() as uow:
        services = _services(seeded, DEFAULT_TENANT, uow)
        (api,) = await services.resources.list()

        assert (api.resource.id, api.resource.name) == ("management-api", "Logto Management API")
        assert api.resource.indicator == "https://default.logto.app/api"
        assert [(scope.id, scope.name) for scope in api.scopes] == [("management-api-all", "all")]
        roles = (
            await uow.execute(select(RoleTable.name, RoleTable.type).where(RoleTable.tenant_id == "default"))
        ).all()
        assert {tuple(role) for role in roles} == {
            ("#internal:admin", "MachineToMachine"),
            ("Logto Management API access", "MachineToMachine"),
        }
        assert (await services.applications.page(None, filter_=ApplicationFilter())).rows == []


async def test_the_admin_tenant_has_its_apis(seeded: Runtime) -> None:
    async with seeded.database.unit_of_work() as uow:
        apis = await _apis(_services(seeded, ADMIN_TENANT, uow))

    assert apis.keys() == {
        "https://default.logto.app/api",
        "https://admin.logto.app/api",
        "https://admin.logto.app/me",
        "https://cloud.logto.io/api",
    }
    assert apis["https://admin.logto.app/me"] == {"all"}
    assert "manage:tenant:self" in apis["https://cloud.logto.io/api"]


async def test_the_admin_tenant_has_its_applications(seeded: Runtime) -> None:
    async with seeded.database.unit_of_work() as uow:
        services = _services(seeded, ADMIN_TENANT, uow)
        found = (await services.applications.page(None, filter_=ApplicationFilter())).rows
        of_default = await services.roles.scopes_of_application(
            ApplicationId("m-default"), "https://default.logto.app/api"
        )
        of_admin = await services.roles.scopes_of_application(ApplicationId("m-default"), "https://admin.logto.app/api")

    applications = {application.name: application for application in found}
    assert applications["Admin Console"].id == "admin-console"
    assert applications["Admin Console"].type is ApplicationType.SPA
    assert applications["Management API access for default"].id == "m-default"
    assert applications["Management API access for default"].legacy_secret is not None
    assert applications["Cloud Service"].custom_client_metadata.tenant_id == "default"
    assert [scope.name for scope in of_default] == ["all"]
    assert of_admin == ()


async def test_the_admin_tenant_waits_for_its_first_administrator(seeded: Runtime) -> None:
    async with seeded.database.unit_of_work() as uow:
        admin = await _services(seeded, ADMIN_TENANT, uow).sign_in.get()
        default = await _services(seeded, DEFAULT_TENANT, uow).sign_in.get()

    assert admin.sign_in_mode is SignInMode.REGISTER
    assert default.sign_in_mode is SignInMode.SIGN_IN_AND_REGISTER
    assert default.color.primary_color == "#27478a"
    assert default.color.is_dark_mode_enabled


@pytest.mark.parametrize("tenant_id", [DEFAULT_TENANT, ADMIN_TENANT])
async def test_each_tenant_has_keys_and_configuration_of_its_own(seeded: Runtime, tenant_id: TenantId) -> None:
    other = DEFAULT_TENANT if tenant_id == ADMIN_TENANT else ADMIN_TENANT
    async with seeded.database.unit_of_work() as uow:
        services = _services(seeded, tenant_id, uow)
        key = await services.signing_keys.current()
        (cookie_key,) = await services.signing_keys.cookie_keys()

        assert key.algorithm == "ES384"
        assert len(cookie_key) == 32
        assert (await _services(seeded, other, uow).signing_keys.current()).kid != key.kid
        assert await services.tenants.configuration(ConfigurationKey.ID_TOKEN) == {
            "enabledExtendedClaims": ["roles", "organizations", "organization_roles"]
        }


async def test_credentials_in_the_configuration_are_sealed(seeded: Runtime) -> None:
    async with seeded.database.unit_of_work() as uow:
        services = _services(seeded, DEFAULT_TENANT, uow)
        connection = await services.tenants.configuration(ConfigurationKey.CLOUD_CONNECTION)
        store = TenantStore(uow=uow, tenant_id=DEFAULT_TENANT)

        assert connection is not None
        assert connection["resource"] == "https://cloud.logto.io/api"
        assert await store.find_value("cloudConnection") is None
        assert connection["appSecret"].encode() not in (await store.find_sealed("cloudConnection") or b"")


async def test_what_was_deleted_stays_deleted(seeded: Runtime) -> None:
    async with seeded.database.unit_of_work() as uow:
        await uow.execute(delete(RoleTable).where(RoleTable.name == "Logto Management API access"))

    await seed(seeded)

    async with seeded.database.unit_of_work() as uow:
        assert (await uow.execute(select(func.count()).select_from(RoleTable))).scalar() == 6


async def test_an_operator_may_bring_keys(empty_db_url: str, clock: ManualClock, ids: RandomIds) -> None:
    mine, older = generate_key(), generate_key()
    settings = settings_for(
        empty_db_url, oidc_private_keys=f"{to_pem(mine)},{to_pem(older)}", oidc_cookie_keys="newer-key,older-key"
    )
    runtime = await open_runtime(settings, clock=clock, ids=ids)

    async with runtime.database.unit_of_work() as uow:
        keys = _services(runtime, DEFAULT_TENANT, uow).signing_keys
        assert [key.kid for key in await keys.published()] == [key_id_of(mine), key_id_of(older)]
        assert await keys.cookie_keys() == (b"newer-key", b"older-key")
    await runtime.close()
