"""What journeys start from: an application in the browser, and people on their way to it."""

from collections.abc import Callable

import pytest
from tests.e2e.journeys import Client, Journey
from tests.support.factories import Factory
from tests.support.visitor import Visitor

NewJourney = Callable[..., Journey]


@pytest.fixture
async def spa(make: Factory) -> Client:
    """An application in the browser: its refresh tokens rotate at every use."""
    return Client.of(await make.spa())


@pytest.fixture
def new_journey(new_visitor: Callable[[], Visitor], spa: Client) -> NewJourney:
    """Return what sends another person, with a browser of his own, to an application."""
    return lambda client=spa: Journey(new_visitor(), client)
