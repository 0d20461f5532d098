"""What a request leaves behind: nothing that only the collector could take away."""

import gc

from tests.e2e.journeys import MANAGE, Client, Journey
from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.http.context import RequestContext
from sekisho.services import Services


async def test_a_request_that_is_over_is_gone(visitor: Visitor, make: Factory) -> None:
    journey = Journey(visitor, Client.of(await make.machine(may_manage=True)))
    await journey.token(MANAGE)
    gc.collect()
    gc.disable()
    try:
        assert (await journey.token(MANAGE)).status_code == 200
        left = [each for each in gc.get_objects() if isinstance(each, RequestContext | Services)]
    finally:
        gc.enable()

    assert left == []
