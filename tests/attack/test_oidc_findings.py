"""What third parties reach for, values that cost or break, and sign-ins that outlive their user."""

from tests.hosted.conftest import House, Person
from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.roles.models import RoleType


async def test_a_third_party_is_shown_and_given_no_scopes_of_apis(
    house: House, factory: Factory, visitor: Visitor
) -> None:
    client_id = await house.application(is_third_party=True)
    api = await factory.api(scopes=["delete:everything"])
    await factory.role(name="boss", type_=RoleType.USER, scopes=api.scopes.values())
    user = await factory.user(roles=["boss"])
    person = Person(visitor=visitor, client_id=client_id)
    page = await person.arrive(scope="openid delete:everything", resource=api.indicator)

    page = await person.follow(await person.fill(page, identifier=user.username, password=user.password))

    assert page.status_code == 200
    assert "delete:everything" not in page.text
