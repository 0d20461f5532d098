"""What openid-client does beyond what every client does: each way to prove who asks, each way to get a token."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc.jwk import ECKey
from tests.clients.conftest import Open
from tests.clients.parties import Party, Refused
from tests.clients.people import Person, form_back
from tests.clients.sites import BOOKS, CALLBACK, READ, WRITE, Served, Servers, Site
from tests.e2e.journeys import API

from sekisho.roles.models import RoleType

pytestmark = pytest.mark.server

LIBRARY = "openid-client"
IMPERSONATION = "urn:logto:token-type:impersonation_token"


@pytest.fixture
def served(servers: Servers) -> Served:
    return servers.on("postgresql")


@pytest.fixture
async def bookstore(site: Site, open_party: Open) -> AsyncIterator[Party]:
    async with open_party(LIBRARY, site, await site.register("traditional")) as party:
        yield party


@pytest.fixture
async def bookstore_with_hokusai(bookstore: Party, hokusai: Person) -> Party:
    """The application after somebody has signed in to it."""
    url = await bookstore.ask("begin", redirect_uri=CALLBACK)
    await bookstore.ask("finish", url=await hokusai.sign_in(url))
    return bookstore


@pytest.mark.parametrize("authentication", ["client_secret_basic", "client_secret_post"])
async def test_a_secret_is_sent_in_the_header_or_in_the_form(
    site: Site, open_party: Open, hokusai: Person, authentication: str
) -> None:
    application = await site.register("traditional")
    async with open_party(LIBRARY, site, application, authentication=authentication) as bookstore:
        url = await bookstore.ask("begin", redirect_uri=CALLBACK)

        claims = await bookstore.ask("finish", url=await hokusai.sign_in(url))

    assert claims["sub"] == hokusai.id


async def test_a_client_may_sign_with_its_secret(site: Site, open_party: Open, hokusai: Person) -> None:
    application = await site.register("traditional", token_endpoint_auth_method="client_secret_jwt")
    async with open_party(LIBRARY, site, application, authentication="client_secret_jwt") as bookstore:
        url = await bookstore.ask("begin", redirect_uri=CALLBACK)

        claims = await bookstore.ask("finish", url=await hokusai.sign_in(url))

    assert claims["sub"] == hokusai.id


async def test_a_client_may_sign_with_a_key_of_its_own(site: Site, open_party: Open, hokusai: Person) -> None:
    key = ECKey.generate_key("P-256", {"kid": "of the bookstore", "alg": "ES256", "use": "sig"}, private=True)
    application = await site.register(
        "traditional",
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [key.as_dict(private=False)]},
    )
    signing = {"authentication": "private_key_jwt", "private_key": key.as_dict(private=True)}
    async with open_party(LIBRARY, site, application, **signing) as bookstore:
        url = await bookstore.ask("push", redirect_uri=CALLBACK)
        await bookstore.ask("finish", url=await hokusai.sign_in(url))
        await bookstore.ask("refresh")

        claims = site.accepted_by_api(await bookstore.ask("obtain", resource=BOOKS))

    assert claims["sub"] == hokusai.id


async def test_tokens_are_bound_to_a_key_that_the_client_proves_to_hold(
    site: Site, open_party: Open, hokusai: Person
) -> None:
    application = await site.register("spa", dpop_bound_access_tokens=True)
    async with open_party(LIBRARY, site, application, proves_possession=True) as bookstore:
        url = await bookstore.ask("begin", redirect_uri=CALLBACK)
        await bookstore.ask("finish", url=await hokusai.sign_in(url))
        await bookstore.ask("refresh")
        tokens = await bookstore.ask("tokens")
        told = await bookstore.ask("userinfo")
        claims = site.accepted_by_api(await bookstore.ask("obtain", resource=BOOKS))

    assert told["sub"] == hokusai.id
    assert tokens["token_type"] == "dpop"
    assert set(claims["cnf"]) == {"jkt"}
    # RFC 9449 §7.2: without the proof it is worth nothing.
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await hokusai.browser.get("/oidc/me", headers=headers)).status_code == 401


async def test_a_request_may_be_pushed_first(bookstore: Party, hokusai: Person, site: Site) -> None:
    url = await bookstore.ask("push", redirect_uri=CALLBACK)
    assert set(parse_qs(urlsplit(url).query)) == {"client_id", "request_uri"}

    claims = await bookstore.ask("finish", url=await hokusai.sign_in(url))

    assert claims["sub"] == hokusai.id
    assert site.accepted_by_api(await bookstore.ask("obtain", resource=BOOKS))["scope"] == READ


async def test_a_device_waits_until_somebody_approves_it(site: Site, open_party: Open, hokusai: Person) -> None:
    application = await site.make.native(redirect_uris=(), is_device_flow=True)
    async with open_party(LIBRARY, site, application) as television:
        shown = await television.ask("show_code")
        waiting = asyncio.create_task(television.ask("await_approval"))
        await asyncio.sleep(1.2)  # it asks once in vain

        page = await hokusai.approve(shown["verification_uri_complete"])

        assert page.url.path == "/device/success"
        assert (await waiting)["sub"] == hokusai.id
        assert site.accepted_by_api(await television.ask("obtain", resource=BOOKS))["scope"] == READ
        assert (await television.ask("userinfo"))["sub"] == hokusai.id


async def test_a_machine_gets_a_token_of_its_own(site: Site, open_party: Open) -> None:
    books = await site.make.api(scopes=["stock:count"])
    await site.make.role(name="Counter", type_=RoleType.MACHINE_TO_MACHINE, scopes=books.scopes.values())
    machine = await site.make.machine(roles=["Counter"])
    async with open_party(LIBRARY, site, machine) as party:
        answer = await party.ask("credentials", resource=books.indicator, scope="stock:count")

    claims = site.accepted_by_api(answer["access_token"], audience=books.indicator)
    assert (claims["sub"], claims["client_id"], claims["scope"]) == (machine.id, machine.id, "stock:count")


async def test_a_machine_acts_for_somebody_with_a_token_it_exchanges(
    site: Site, open_party: Open, hokusai: Person
) -> None:
    made = await site.manage("POST", "/api/subject-tokens", userId=hokusai.id)
    subject = {"subject_token": made["subjectToken"], "subject_token_type": IMPERSONATION}
    machine = await site.make.machine(allow_token_exchange=True)
    async with open_party(LIBRARY, site, machine) as party:
        answer = await party.ask("exchange", resource=BOOKS, scope=f"{READ} {WRITE}", **subject)

    claims = site.accepted_by_api(answer["access_token"])
    assert (claims["sub"], claims["client_id"], claims["scope"]) == (hokusai.id, machine.id, READ)


async def test_introspection_tells_that_a_token_is_good_until_it_is_revoked(
    bookstore_with_hokusai: Party, hokusai: Person
) -> None:
    tokens = await bookstore_with_hokusai.ask("tokens")
    told = await bookstore_with_hokusai.ask("introspect", token=tokens["access_token"])
    assert (told["active"], told["sub"]) == (True, hokusai.id)

    await bookstore_with_hokusai.ask("revoke", token=tokens["refresh_token"])

    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert await bookstore_with_hokusai.ask("introspect", token=token) == {"active": False}
    with pytest.raises(Refused) as refused:
        await bookstore_with_hokusai.ask("refresh")
    assert refused.value.error == "invalid_grant"


async def test_the_answer_may_come_as_a_form(bookstore: Party, hokusai: Person) -> None:
    url = await bookstore.ask("begin", redirect_uri=CALLBACK, response_mode="form_post")

    form = form_back(await hokusai.prove_identity(url))

    assert form.action == CALLBACK
    claims = await bookstore.ask("finish", url=form.action, form=form.fields)
    assert claims["sub"] == hokusai.id


async def test_the_client_learns_when_somebody_signed_in(bookstore: Party, hokusai: Person) -> None:
    """OpenID Connect Core §3.1.3.7, 13: with `max_age` the library wants `auth_time`, and checks it."""
    url = await bookstore.ask("begin", redirect_uri=CALLBACK, max_age="300")

    claims = await bookstore.ask("finish", url=await hokusai.sign_in(url))

    assert claims["iat"] - claims["auth_time"] < 300


async def test_an_answer_of_another_issuer_is_refused(bookstore: Party, hokusai: Person) -> None:
    """RFC 9207 §2.4: our discovery document promises `iss`, so the library insists on it; this stops mix-up."""
    back = await hokusai.sign_in(await bookstore.ask("begin", redirect_uri=CALLBACK))
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}

    for mixed_up in (query | {"iss": "https://elsewhere.example.com"}, {k: v for k, v in query.items() if k != "iss"}):
        with pytest.raises(Refused, match="iss"):
            await bookstore.ask("finish", url=f"{CALLBACK}?{urlencode(mixed_up)}")

    claims = await bookstore.ask("finish", url=back)
    assert claims["sub"] == hokusai.id


async def test_a_stranger_is_not_asked_when_nothing_may_be_shown(bookstore: Party, hokusai: Person) -> None:
    url = await bookstore.ask("begin", redirect_uri=CALLBACK, prompt="none")
    answer = await hokusai.visit(url)

    with pytest.raises(Refused) as refused:
        await bookstore.ask("finish", url=answer.headers["location"])

    assert refused.value.error == "login_required"


@pytest.fixture
async def partner(site: Site, open_party: Open) -> AsyncIterator[Party]:
    """An application of somebody else, which may ask people for their address and no more."""
    application = await site.register("traditional", is_third_party=True)
    await site.manage(
        "POST", f"/api/applications/{application.id}/user-consent-scopes", userScopes=["profile", "email"]
    )
    async with open_party(LIBRARY, site, application) as party:
        yield party


async def test_somebody_lets_an_application_of_others_in(partner: Party, hokusai: Person, site: Site) -> None:
    asked = await hokusai.prove_identity(await partner.ask("begin", redirect_uri=CALLBACK))

    answer = await hokusai.fill(asked, decision="authorize")

    claims = await partner.ask("finish", url=answer.headers["location"])
    assert claims["sub"] == hokusai.id
    assert site.accepted_by_api(await partner.ask("obtain", resource=BOOKS))["scope"] == "", "of the API it has nothing"


async def test_an_application_hears_that_somebody_did_not_let_it_in(partner: Party, hokusai: Person) -> None:
    asked = await hokusai.prove_identity(await partner.ask("begin", redirect_uri=CALLBACK))

    answer = await hokusai.fill(asked, decision="cancel")

    with pytest.raises(Refused) as refused:
        await partner.ask("finish", url=answer.headers["location"])
    assert refused.value.error == "access_denied"


async def test_a_code_is_good_for_one_exchange(bookstore: Party, hokusai: Person) -> None:
    back = await hokusai.sign_in(await bookstore.ask("begin", redirect_uri=CALLBACK))
    await bookstore.ask("finish", url=back)

    with pytest.raises(Refused) as refused:
        await bookstore.ask("finish", url=back)

    assert refused.value.error == "invalid_grant"
    with pytest.raises(Refused) as refused:
        await bookstore.ask("refresh")
    assert refused.value.error == "invalid_grant"


async def test_an_api_that_was_not_asked_for_gets_no_token(bookstore_with_hokusai: Party) -> None:
    with pytest.raises(Refused) as refused:
        await bookstore_with_hokusai.ask("obtain", resource=API)

    assert refused.value.error == "invalid_target"
    assert await bookstore_with_hokusai.ask("obtain", resource=BOOKS)
