"""Clients follow what a tenant has switched on: its metadata and its key set tell them enough."""

from collections.abc import Sequence

import pytest
from joserfc import jws
from tests.clients.conftest import Open
from tests.clients.parties import Party
from tests.clients.people import Person
from tests.clients.sites import CALLBACK, Served, Servers, Site

pytestmark = pytest.mark.server

LIBRARIES = ("logto", "sekisho-sdk", "authlib", "@logto/node", "openid-client")


@pytest.fixture
def served(servers: Servers) -> Served:
    """A server of its own: everywhere else nothing is switched on."""
    return servers.on("sqlite", purpose="options")


@pytest.mark.parametrize(
    ("algorithm", "libraries"),
    [
        ("ES256", LIBRARIES),
        ("RS256", LIBRARIES),
        # The published SDK for Python has a list of algorithms, without this one.
        ("EdDSA", [each for each in LIBRARIES if each != "logto"]),
    ],
    ids=["ES256", "RS256", "EdDSA"],
)
async def test_id_tokens_are_accepted_whatever_they_are_signed_with(
    site: Site, open_party: Open, hokusai: Person, algorithm: str, libraries: Sequence[str]
) -> None:
    async with site.make.services() as services:
        await services.provider_options.change({"signing_algorithm": algorithm})
        await services.key_rotation.rotate()
    application = await site.register("traditional")

    for library in libraries:
        async with open_party(library, site, application) as party:
            claims = await party.ask("finish", url=await _answer(party, hokusai))
            token = (await party.ask("tokens"))["id_token"]

        assert claims["sub"] == hokusai.id, library
        assert jws.extract_compact(token.encode()).headers()["alg"] == algorithm, library


async def test_metadata_is_found_where_rfc_8414_puts_it(site: Site, open_party: Open, hokusai: Person) -> None:
    await site.manage("PATCH", "/api/configs/oidc/provider", authorizationServerMetadata=True)
    application = await site.register("traditional")

    async with open_party("openid-client", site, application, metadata="oauth2") as party:
        claims = await party.ask("finish", url=await _answer(party, hokusai))

    assert claims["sub"] == hokusai.id


async def _answer(party: Party, person: Person) -> str:
    """Send somebody to sign in with a browser like new, and return what they come back with."""
    url = await party.ask("begin", redirect_uri=CALLBACK)
    person.browser.jar.clear()
    return await person.sign_in(url)
