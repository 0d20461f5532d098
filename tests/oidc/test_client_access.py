"""Whom an application's rules keep out (oidc.md §27), without a database."""

import pytest
from tests.oidc.browsing import ask, come_back, consent, members_of, page_of
from tests.oidc.world import ALICE, World

from sekisho.oidc.consent import ConsentGiven
from sekisho.oidc.errors import AccessDenied


@pytest.fixture
def world() -> World:
    world = World()
    world.signed_in()
    return world


async def test_who_is_kept_out_consents_to_nothing(world: World) -> None:
    page = page_of(await ask(world, cookie="cookie"))
    world.kept_out.add(("spa", ALICE))

    with pytest.raises(AccessDenied):
        await consent(world, page.interaction.uid, "cookie")

    assert world.grants == {}


async def test_a_grant_opens_nothing_to_who_is_kept_out_meanwhile(world: World) -> None:
    uid = page_of(await ask(world, cookie="cookie")).interaction.uid
    assert isinstance(await consent(world, uid, "cookie"), ConsentGiven)
    world.kept_out.add(("spa", ALICE))

    answer = members_of(await come_back(world, uid, cookie="cookie"))

    assert (answer["error"], answer["state"]) == ("access_denied", "s")
    assert world.codes == {}
