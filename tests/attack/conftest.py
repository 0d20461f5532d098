"""What an attacker has: a browser, what anybody can read of the server, and now and then a token of his own."""

import pytest
from tests.api.conftest import admin_management, management, mint
from tests.hosted.conftest import House, Person
from tests.oidc.conftest import make_party, party
from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.services import Runtime

__all__ = ["admin_management", "make_party", "management", "mint", "party"]


@pytest.fixture
def house(runtime: Runtime) -> House:
    return House(runtime)


@pytest.fixture
def factory(runtime: Runtime) -> Factory:
    return Factory(runtime)


@pytest.fixture
async def person(house: House, visitor: Visitor) -> Person:
    return Person(visitor=visitor, client_id=await house.application())
