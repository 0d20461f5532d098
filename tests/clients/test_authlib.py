"""What Authlib does beyond what every client does."""

from collections.abc import AsyncIterator

import pytest
from tests.clients.conftest import Open
from tests.clients.parties import Party, Refused
from tests.clients.people import Person
from tests.clients.sites import CALLBACK, LEFT, Served, Servers, Site

pytestmark = pytest.mark.server


@pytest.fixture
def served(servers: Servers) -> Served:
    return servers.on("sqlite")


@pytest.fixture
async def bookstore(site: Site, open_party: Open, hokusai: Person) -> AsyncIterator[Party]:
    """The application after somebody has signed in to it."""
    async with open_party("authlib", site, await site.register("traditional")) as party:
        url = await party.ask("begin", redirect_uri=CALLBACK)
        await party.ask("finish", url=await hokusai.sign_in(url))
        yield party


async def test_the_state_that_was_sent_along_comes_back_after_signing_out(bookstore: Party, hokusai: Person) -> None:
    left = await hokusai.sign_out(await bookstore.ask("leave", redirect_uri=LEFT))

    assert await bookstore.ask("left", url=left) == {"post_logout_redirect_uri": LEFT}
    with pytest.raises(Refused, match="state"):
        await bookstore.ask("left", url=left)
