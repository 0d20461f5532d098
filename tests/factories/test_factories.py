from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.roles.models import RoleType

MANAGEMENT_API = "https://default.logto.app/api"


async def _token(visitor: Visitor, credentials: tuple[str, str], *, resource: str, scope: str) -> dict[str, str]:
    form = {"grant_type": "client_credentials", "resource": resource, "scope": scope}
    answer = await visitor.post("/oidc/token", data=form, auth=credentials)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def test_a_machine_that_may_manage_manages(make: Factory, visitor: Visitor) -> None:
    machine = await make.machine(may_manage=True)
    token = await _token(visitor, machine.credentials, resource=MANAGEMENT_API, scope="all")
    bearer = {"authorization": f"Bearer {token['access_token']}"}
    user = await make.user(name="Aki")

    listed = await visitor.get("/api/users", headers=bearer)

    assert [each["id"] for each in listed.json()] == [user.id]


async def test_a_role_gives_a_machine_the_scopes_of_an_api(make: Factory, visitor: Visitor) -> None:
    api = await make.api(scopes=["read", "write"])
    await make.role(name="reader", type_=RoleType.MACHINE_TO_MACHINE, scopes=[api.scopes["read"]])
    machine = await make.machine(roles=["reader"])

    token = await _token(visitor, machine.credentials, resource=api.indicator, scope="read write")

    assert token["scope"] == "read"


async def test_things_are_made_in_the_tenant_that_is_named(make: Factory) -> None:
    admin = make.in_tenant("admin")
    user, spa = await admin.user(roles=["default:admin"]), await admin.spa()

    async with make.services() as services:
        assert await services.users.find(user.id) is None
        assert await services.applications.find(spa.id) is None
    async with admin.services() as services:
        assert await services.administrators.has_administrator()
