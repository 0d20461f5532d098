"""Applications and users for tests of the provider."""

import pytest
from tests.oidc.party import Party, PartyMaker

from sekisho.services import Runtime


@pytest.fixture
def make_party(runtime: Runtime) -> PartyMaker:
    return PartyMaker(runtime=runtime)


@pytest.fixture
async def party(make_party: PartyMaker) -> Party:
    """A single-page application and its user."""
    return await make_party()
