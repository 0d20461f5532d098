"""Coming in through a provider, without scripts: there, back, and everything that can go wrong on the way."""

from collections.abc import Sequence
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from tests.hosted.conftest import House, Person, answer_of, errors_of, form_of, read
from tests.support.visitor import Visitor

from sekisho.connectors.models import ConnectorId, FactoryId, NewConnector
from sekisho.sign_in.models import (
    AgreeToTermsPolicy,
    EmailBlocklistPolicy,
    SignIn,
    SignInMethod,
    SignInMode,
    SignUp,
    SocialSignIn,
)
from sekisho.users.models import Identifier, IdentifierType, User

EMAIL = IdentifierType.EMAIL
ADA = "ada@example.com"
CONFIG = {"clientId": "id", "clientSecret": "secret"}


@pytest.fixture
async def connector(house: House) -> str:
    """A provider that believes what the browser brings back, beside a password."""
    async with house.services() as services:
        made = await services.connectors.create(
            NewConnector(factory_id=FactoryId("mock-social-connector"), config=CONFIG)
        )
    password = SignInMethod(
        identifier=IdentifierType.USERNAME, password=True, verification_code=False, is_password_primary=True
    )
    await house.settings(
        social_sign_in_connector_targets=("mock-social",),
        sign_in=SignIn(methods=(password,)),
        sign_up=SignUp(identifiers=(), password=False, verify=False),
    )
    return made.id


def path_of(response: httpx2.Response) -> str:
    return urlsplit(response.headers.get("location", str(response.url))).path


async def press(person: Person, page: httpx2.Response, **fields: str) -> httpx2.Response:
    """Press the provider's button on a page."""
    (button,) = [each for each in read(page).all("button") if "/social/" in each.get("formaction")]
    return await person.visitor.post(button.get("formaction"), data=form_of(page).fields | fields)


async def away(person: Person, **parameters: str) -> dict[str, str]:
    """Leave for the provider; returns what it is told."""
    answer = await press(person, await person.arrive(**parameters))
    assert answer.status_code == 303
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def back(person: Person, connector: str, **answer: str) -> httpx2.Response:
    return await person.visitor.get(f"/callback/{connector}?{urlencode(answer)}")


async def visit(person: Person, connector: str, **account: str) -> httpx2.Response:
    """Go there and come back as somebody."""
    told = await away(person)
    return await back(person, connector, state=told["state"], code="c", **{"userId": "u1", **account})


async def find(house: House, email: str = ADA) -> User | None:
    async with house.services() as services:
        return await services.users.find_by_identifier(Identifier(type=EMAIL, value=email))


async def test_a_button_leads_to_the_provider_and_back_to_this_server(person: Person, connector: str) -> None:
    page = await person.arrive()
    assert "Mock Social" in read(page).one("main").text
    assert read(page).one("img").get("src").startswith("data:image/svg+xml")
    answer = await press(person, page)
    assert answer.headers["location"].startswith("http://mock-social/")
    told = parse_qs(urlsplit(answer.headers["location"]).query)
    assert told["redirect_uri"] == [f"http://localhost:3001/callback/{connector}"]


async def test_a_new_person_comes_in_at_once(house: House, person: Person, connector: str) -> None:
    answer = await visit(person, connector, email=ADA, name="Ada")
    assert "code" in answer_of(await person.follow(answer))
    assert (found := await find(house)) is not None
    assert (found.name, found.identities["mock-social"]["userId"]) == ("Ada", "u1")


async def test_a_known_person_comes_in_again(house: House, person: Person, connector: str) -> None:
    await person.follow(await visit(person, connector, email=ADA))
    first = await find(house)
    person.visitor.jar.clear()
    assert "code" in answer_of(await person.follow(await visit(person, connector, email=ADA)))
    assert (await find(house)).id == first.id  # type: ignore[union-attr] # the test above shows that he is there


async def test_an_account_with_the_same_address_can_be_linked(house: House, person: Person, connector: str) -> None:
    user = await house.user(email=ADA)
    answer = await visit(person, connector, email=ADA)
    assert path_of(answer) == f"/social/link/{connector}"
    page = await person.follow(answer)
    # The account's address is told so far as who knows it recognises it.
    assert "a•••@example.com" in read(page).one("main").text
    answer = await person.fill(page, decision="link")
    assert "code" in answer_of(await person.follow(answer))
    async with house.services() as services:
        assert (await services.users.get(user.id)).identities["mock-social"]["userId"] == "u1"


async def test_an_account_with_the_same_address_can_be_left_alone(house: House, person: Person, connector: str) -> None:
    user = await house.user(email=ADA)
    page = await person.follow(await visit(person, connector, email=ADA))
    answer = await person.fill(page, decision="create")
    assert "code" in answer_of(await person.follow(answer))
    async with house.services() as services:
        assert (await services.users.get(user.id)).identities == {}


async def test_accounts_are_linked_unasked_where_the_tenant_says_so(
    house: House, person: Person, connector: str
) -> None:
    user = await house.user(email=ADA)
    await house.settings(social_sign_in=SocialSignIn(automatic_account_linking=True))
    assert "code" in answer_of(await person.follow(await visit(person, connector, email=ADA)))
    async with house.services() as services:
        assert "mock-social" in (await services.users.get(user.id)).identities


async def test_terms_are_agreed_to_before_an_account_is_made(house: House, person: Person, connector: str) -> None:
    await house.settings(
        terms_of_use_url="https://example.com/terms",
        agree_to_terms_policy=AgreeToTermsPolicy.MANUAL_REGISTRATION_ONLY,
    )
    answer = await visit(person, connector, email=ADA)
    assert path_of(answer) == f"/social/register/{connector}"
    page = await person.follow(answer)
    assert await find(house) is None
    refused = await person.visitor.post(form_of(page).action, data={"_csrf": form_of(page).fields["_csrf"]})
    assert errors_of(refused) == {"termsAgreement": "Please agree first"}
    assert "code" in answer_of(await person.follow(await person.fill(page)))
    assert await find(house) is not None


async def test_terms_are_agreed_to_before_leaving_where_the_tenant_asks_everybody(
    house: House, person: Person, connector: str
) -> None:
    assert connector
    await house.settings(terms_of_use_url="https://example.com/terms", agree_to_terms_policy=AgreeToTermsPolicy.MANUAL)
    page = await person.arrive()
    (button,) = [each for each in read(page).all("button") if each.get("formaction")]
    refused = await person.visitor.post(button.get("formaction"), data={"_csrf": form_of(page).fields["_csrf"]})
    assert refused.status_code == 422
    assert errors_of(refused) == {"termsAgreement": "Please agree first"}
    assert (await press(person, page, termsAgreement="true")).headers["location"].startswith("http://mock-social/")


async def test_who_said_no_is_led_back(person: Person, connector: str) -> None:
    told = await away(person)
    page = await back(person, connector, state=told["state"], error="access_denied")
    assert page.status_code == 400
    assert read(page).one("h1").text.strip() == "Mock Social did not sign you in"
    assert [urlsplit(link.get("href")).path for link in read(page).all("a")] == ["/sign-in"]
    assert not read(page).all("dl")
    assert page.headers["referrer-policy"] == "no-referrer"


async def test_a_provider_that_answers_wrongly_is_told(person: Person, connector: str) -> None:
    told = await away(person)
    page = await back(person, connector, state=told["state"], code="c")
    assert page.status_code == 400
    assert read(page).one("h1").text.strip() == "Signing in with Mock Social did not work"
    assert "connector.invalid_response" in page.text


@pytest.mark.parametrize("state", ["forged", "", "é"])
async def test_an_answer_with_a_forged_state_is_refused(person: Person, connector: str, state: str) -> None:
    await away(person)
    page = await back(person, connector, state=state, code="c", userId="u1")
    assert page.status_code == 400
    assert read(page).one("h1").text.strip() == "Please start again"


async def test_an_answer_is_taken_once(house: House, person: Person, connector: str) -> None:
    told = await away(person)
    answer = {"state": told["state"], "code": "c", "userId": "u1", "email": ADA}
    assert (await back(person, connector, **answer)).status_code == 303
    again = await back(person, connector, **answer)
    assert again.status_code == 400
    assert read(again).one("h1").text.strip() == "Please start again"
    assert await find(house) is not None


async def test_an_answer_for_another_connector_is_refused(person: Person, connector: str) -> None:
    told = await away(person)
    page = await back(person, f"{connector}x", state=told["state"], code="c", userId="u1")
    assert page.status_code in {400, 404}
    assert read(page).one("h1").text.strip() == "Please start again"


async def test_an_answer_in_another_browser_is_lost(person: Person, connector: str) -> None:
    told = await away(person)
    person.visitor.jar.clear()
    answer = await back(person, connector, state=told["state"], code="c", userId="u1")
    assert path_of(answer) == "/unknown-session"


async def test_a_posted_answer_becomes_a_visit(person: Person, connector: str) -> None:
    told = await away(person)
    sent = {"state": told["state"], "code": "c&d", "userId": "u1"}
    answer = await person.visitor.post(
        f"/callback/{connector}",
        data=sent,
        headers={"origin": "https://provider.example", "sec-fetch-site": "cross-site"},
    )
    assert (answer.status_code, answer.headers["referrer-policy"]) == (303, "no-referrer")
    assert parse_qs(urlsplit(answer.headers["location"]).query) == {name: [value] for name, value in sent.items()}
    assert "code" in answer_of(await person.follow(answer))


async def test_a_connector_that_is_gone_is_told(house: House, person: Person, connector: str) -> None:
    page = await person.arrive()
    async with house.services() as services:
        await services.connectors.remove(ConnectorId(connector))
    page = await press(person, page)
    assert page.status_code == 404
    assert read(page).one("h1").text.strip() == "This way to sign in is not available"


async def test_a_new_person_is_told_where_nobody_may_register(house: House, person: Person, connector: str) -> None:
    await house.settings(sign_in_mode=SignInMode.SIGN_IN)
    page = await visit(person, connector, email=ADA)
    assert read(page).one("h1").text.strip() == "This Mock Social account is new here"
    assert await find(house) is None


async def test_an_address_that_is_not_allowed_is_told(house: House, person: Person, connector: str) -> None:
    await house.settings(email_blocklist_policy=EmailBlocklistPolicy(custom_blocklist=("@example.com",)))
    page = await visit(person, connector, email=ADA)
    assert page.status_code == 422
    assert read(page).one("h1").text.strip() == "This email address cannot be used here"


async def test_an_application_sends_people_to_a_provider_directly(person: Person, connector: str) -> None:
    page = await person.arrive(direct_sign_in="social:mock-social")
    assert page.headers["location"].startswith("http://mock-social/")
    told = parse_qs(urlsplit(page.headers["location"]).query)
    answer = await back(person, connector, state=told["state"][0], code="c", userId="u1")
    assert "code" in answer_of(await person.follow(answer))


MISSING_WAYS: Sequence[tuple[dict[str, str], str]] = (
    ({"direct_sign_in": "social:nobody"}, "/sign-in"),
    ({"direct_sign_in": "sso:nobody"}, "/sign-in"),
    ({"direct_sign_in": "social"}, "/sign-in"),
    ({"direct_sign_in": "social:nobody", "first_screen": "register"}, "/register"),
)


async def test_a_direct_way_that_is_not_there_leads_to_the_page(person: Person, connector: str) -> None:
    assert connector
    for parameters, path in MISSING_WAYS:
        assert path_of(await person.arrive(**parameters)) == path, parameters


async def test_a_provider_that_is_not_offered_is_no_direct_way(house: House, person: Person, connector: str) -> None:
    assert connector
    await house.settings(social_sign_in_connector_targets=())
    assert path_of(await person.arrive(direct_sign_in="social:mock-social")) == "/sign-in"


async def test_a_button_of_a_page_left_open_leads_to_no_provider_that_was_taken_away(
    house: House, person: Person, connector: str
) -> None:
    assert connector
    page = await person.arrive()
    await house.settings(social_sign_in_connector_targets=())
    page = await press(person, page)
    assert page.status_code == 404
    assert read(page).one("h1").text.strip() == "This way to sign in is not available"


async def test_terms_go_before_a_direct_way(house: House, person: Person, connector: str) -> None:
    assert connector
    await house.settings(terms_of_use_url="https://example.com/terms", agree_to_terms_policy=AgreeToTermsPolicy.MANUAL)
    assert path_of(await person.arrive(direct_sign_in="social:mock-social")) == "/sign-in"


@pytest.mark.parametrize("what", ["link", "register"])
async def test_a_page_for_a_first_visit_leads_back_without_one(person: Person, connector: str, what: str) -> None:
    page = await person.arrive()
    token = form_of(page).fields["_csrf"]
    path = f"/social/{what}/{connector}"
    for answer in (await person.visitor.get(path), await person.visitor.post(path, data={"_csrf": token})):
        assert (answer.status_code, path_of(answer)) == (303, "/sign-in")


async def test_a_page_of_providers_alone_has_no_fields(house: House, person: Person, connector: str) -> None:
    assert connector
    await house.settings(sign_in=SignIn(methods=()))
    page = await person.arrive()
    assert [each.get("name") for each in read(page).all("input")] == ["_csrf"]


async def test_a_form_of_another_site_sends_nobody_away(person: Person, connector: str) -> None:
    await person.arrive()
    answer = await person.visitor.post(f"/sign-in/social/{connector}", data={"_csrf": "guessed"})
    assert answer.status_code == 403


async def test_two_applications_sign_in_side_by_side(house: House, person: Person, connector: str) -> None:
    told = await away(person)
    other = Person(visitor=person.visitor, client_id=await house.application())
    await other.arrive()
    answer = await back(person, connector, state=told["state"], code="c", userId="u1", email=ADA)
    # Back to the application that sent the person there, not to the latest one.
    assert parse_qs(urlsplit(str(answer.headers["location"])).query).get("app_id") in (None, [person.client_id])
    assert "code" in answer_of(await person.follow(answer))
    assert path_of(await other.arrive()) != "/unknown-session"


NO_FORMS: Sequence[tuple[str, bytes]] = (
    ("application/json", b"{}"),
    ("application/x-www-form-urlencoded", b"state=%00"),
    ("application/x-www-form-urlencoded", b"state=%ff"),
    ("application/x-www-form-urlencoded", b"state=" + b"a" * 100_000),
)


async def test_a_posted_answer_that_is_no_form_is_refused(visitor: Visitor) -> None:
    for kind, body in NO_FORMS:
        answer = await visitor.post("/callback/any", content=body, headers={"content-type": kind})
        assert answer.status_code == 400, (kind, body[:20])
        assert "oidc.invalid_request" in answer.text, (kind, body[:20])


async def test_what_a_provider_sends_back_breaks_nothing(person: Person, connector: str) -> None:
    told = await away(person)
    hostile = "\"'><script>alert(1)</script>\r\nset-cookie: a=b"
    page = await back(person, connector, state=told["state"], error=hostile, error_description=hostile)
    assert page.status_code == 400
    assert "<script>alert" not in page.text
