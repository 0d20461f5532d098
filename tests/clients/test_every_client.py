"""What every client library does, unmodified, against a real server: sign in, refresh, call an API, sign out."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from tests.clients.conftest import Open
from tests.clients.parties import Party, Refused
from tests.clients.people import Person
from tests.clients.sites import BOOKS, CALLBACK, LEFT, READ, WRITE, Kind, Served, Servers, Site, Type

pytestmark = pytest.mark.server


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An application of one type, built with one library, at a server over one database."""

    library: str
    type: Type
    kind: Kind
    scopes: tuple[str, ...] = ("email", READ, WRITE)

    @property
    def is_public(self) -> bool:
        return self.type != "traditional"

    def __str__(self) -> str:
        return f"{self.library}-{self.type}"


# RFC 6749 §6: a refresh may not ask for more than was granted. Authlib repeats the scopes it is configured with at
# every refresh, so it cannot be configured with one that a user lacks.
_GRANTED = ("email", READ)

CASES = (
    # Without a secret, the published SDK for Python sends the word None as one: it cannot serve public ones.
    Case(library="logto", type="traditional", kind="postgresql"),
    Case(library="sekisho-sdk", type="traditional", kind="sqlite"),
    Case(library="sekisho-sdk", type="native", kind="sqlite"),
    Case(library="@logto/node", type="traditional", kind="sqlite"),
    Case(library="@logto/node", type="native", kind="postgresql"),
    Case(library="authlib", type="traditional", kind="postgresql", scopes=_GRANTED),
    Case(library="authlib", type="spa", kind="sqlite", scopes=_GRANTED),
    Case(library="openid-client", type="traditional", kind="sqlite"),
    Case(library="openid-client", type="spa", kind="postgresql"),
)


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    case: Case = request.param
    return case


@pytest.fixture
def served(servers: Servers, case: Case) -> Served:
    return servers.on(case.kind)


@pytest.fixture
async def bookstore(site: Site, case: Case, open_party: Open) -> AsyncIterator[Party]:
    """The application, registered and running."""
    async with open_party(case.library, site, await site.register(case.type), scopes=case.scopes) as party:
        yield party


@pytest.fixture
async def bookstore_with_hokusai(bookstore: Party, hokusai: Person) -> Party:
    """The application after somebody has signed in to it."""
    url = await bookstore.ask("begin", redirect_uri=CALLBACK)
    await bookstore.ask("finish", url=await hokusai.sign_in(url))
    return bookstore


async def test_the_client_accepts_the_answer_and_the_id_token(bookstore: Party, hokusai: Person, site: Site) -> None:
    url = await bookstore.ask("begin", redirect_uri=CALLBACK)

    claims = await bookstore.ask("finish", url=await hokusai.sign_in(url))

    assert claims["iss"] == site.issuer
    assert claims["aud"] == bookstore.settings.client_id
    assert claims["sub"] == hokusai.id
    assert claims["username"] == hokusai.username


async def test_userinfo_tells_what_was_asked_for(bookstore_with_hokusai: Party, hokusai: Person) -> None:
    told = await bookstore_with_hokusai.ask("userinfo")

    assert told["sub"] == hokusai.id
    assert told["name"] == "Katsushika Hokusai"
    assert told["email_verified"] is False


async def test_tokens_are_refreshed_again_and_again(bookstore_with_hokusai: Party, hokusai: Person, case: Case) -> None:
    seen = [await bookstore_with_hokusai.ask("tokens")]
    for _ in range(3):
        await bookstore_with_hokusai.ask("refresh")
        seen.append(await bookstore_with_hokusai.ask("tokens"))

    assert len({each["access_token"] for each in seen}) == 4
    # Applications that cannot keep a secret get a new refresh token each time (RFC 9700 §2.2.2).
    assert len({each["refresh_token"] for each in seen}) == (4 if case.is_public else 1)
    told = await bookstore_with_hokusai.ask("userinfo")
    assert told["sub"] == hokusai.id


async def test_an_api_accepts_the_token_that_was_made_for_it(
    bookstore_with_hokusai: Party, hokusai: Person, site: Site
) -> None:
    token = await bookstore_with_hokusai.ask("obtain", resource=BOOKS)

    claims = site.accepted_by_api(token)
    assert claims["sub"] == hokusai.id
    assert claims["client_id"] == bookstore_with_hokusai.settings.client_id
    assert claims["scope"] == READ


async def test_signing_out_leads_back_and_ends_the_session(bookstore_with_hokusai: Party, hokusai: Person) -> None:
    url = await bookstore_with_hokusai.ask("begin", redirect_uri=CALLBACK)
    assert (await hokusai.visit(url)).headers["location"].startswith(CALLBACK), "signed in already"
    await bookstore_with_hokusai.ask("finish", url=(await hokusai.visit(url)).headers["location"])

    left = await hokusai.sign_out(await bookstore_with_hokusai.ask("leave", redirect_uri=LEFT))

    assert left.partition("?")[0] == LEFT
    page = await hokusai.visit(await bookstore_with_hokusai.ask("begin", redirect_uri=CALLBACK))
    assert page.status_code == 200, "nobody is signed in any more"


async def test_an_answer_to_somebody_elses_question_is_refused(bookstore: Party, hokusai: Person) -> None:
    back = await hokusai.sign_in(await bookstore.ask("begin", redirect_uri=CALLBACK))
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}

    with pytest.raises(Refused):
        await bookstore.ask("finish", url=f"{CALLBACK}?{urlencode(query | {'state': 'of-somebody-else'})}")
