"""Signing in, registering and resetting a password by codes, without scripts."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from tests.connectors_for_tests.outbox import Outbox
from tests.hosted.conftest import PASSWORD, House, Person, answer_of, errors_of, form_of, on_both, read
from tests.support.messages import add_message_connectors

from sekisho.connectors.kit.errors import ConnectorError, ErrorCode
from sekisho.kernel.clock import ManualClock
from sekisho.sign_in.models import (
    AgreeToTermsPolicy,
    EmailBlocklistPolicy,
    ForgotPasswordMethod,
    SecondaryIdentifier,
    SignIn,
    SignInMethod,
    SignInMode,
    SignUp,
    SignUpIdentifier,
)
from sekisho.users.models import Identifier, IdentifierType, User

USERNAME, EMAIL, PHONE = IdentifierType.USERNAME, IdentifierType.EMAIL, IdentifierType.PHONE
ADA = "ada@example.com"


def way(kind: IdentifierType, *, password: bool = True, code: bool = True, password_first: bool = True) -> SignInMethod:
    return SignInMethod(identifier=kind, password=password, verification_code=code, is_password_primary=password_first)


async def furnish(house: House, *ways: SignInMethod, **settings: Any) -> None:
    """Let people in by these ways, with connectors that carry codes."""
    async with house.services() as services:
        await add_message_connectors(services)
    kinds = tuple(each.identifier for each in ways if each.identifier is not USERNAME)
    usual: dict[str, Any] = {
        "sign_in": SignIn(methods=ways),
        "sign_up": SignUp(identifiers=kinds, password=False, verify=True),
        "forgot_password_methods": tuple(ForgotPasswordMethod),
    }
    await house.settings(**usual | settings)


def path_of(response: httpx2.Response) -> str:
    """Return where an answer leads, or what page it is."""
    return urlsplit(response.headers.get("location", str(response.url))).path


async def test_a_person_says_who_he_is_then_his_password(house: House, person: Person) -> None:
    await furnish(house, way(EMAIL), way(USERNAME, code=False))
    await house.user(email=ADA)
    page = await person.arrive()
    assert set(form_of(page).fields) >= {"identifier"}
    assert "password" not in form_of(page).fields
    answer = await person.fill(page, identifier="ada")
    assert path_of(answer) == "/sign-in/password"
    page = await person.follow(answer)
    assert form_of(page).fields["identifier"] == "ada"
    wrong = await person.fill(page, password="nope")
    assert errors_of(wrong) == {"": "The account or the password is not right."}
    answer = await person.fill(wrong, password=PASSWORD)
    assert "code" in answer_of(await person.follow(answer))


async def test_a_person_signs_in_with_a_code(house: House, person: Person, outbox: Outbox) -> None:
    await furnish(house, way(EMAIL, password=False))
    user = await house.user(email=ADA)
    page = await person.follow(await person.fill(await person.arrive(), identifier=ADA))
    assert path_of(page) == "/sign-in/verification-code"
    assert ADA in read(page).one("main").text
    assert outbox.last.address == ADA
    answer = await person.fill(page, code=outbox.last.code)
    assert "code" in answer_of(await person.follow(answer))
    async with house.services() as services:
        assert (await services.users.get(user.id)).last_sign_in_at is not None


@pytest.mark.parametrize("written", ["{0} {1}", "{0}-{1}", " {0}{1} "])
async def test_a_code_may_be_pasted_as_it_was_written(
    house: House, person: Person, outbox: Outbox, written: str
) -> None:
    await furnish(house, way(EMAIL, password=False))
    await house.user(email=ADA)
    page = await person.follow(await person.fill(await person.arrive(), identifier=ADA))
    code = outbox.last.code
    answer = await person.fill(page, code=written.format(code[:3], code[3:]))
    assert "code" in answer_of(await person.follow(answer))


async def test_wide_digits_are_digits(house: House, person: Person, outbox: Outbox) -> None:
    await furnish(house, way(EMAIL, password=False))
    await house.user(email=ADA)
    page = await person.follow(await person.fill(await person.arrive(), identifier=ADA))
    wide = outbox.last.code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert "code" in answer_of(await person.follow(await person.fill(page, code=wide)))


async def test_a_wrong_code_is_told_at_its_field(house: House, person: Person, outbox: Outbox) -> None:
    await furnish(house, way(EMAIL, password=False))
    page = await person.follow(await person.fill(await person.arrive(), identifier=ADA))
    wrong = "000000" if outbox.last.code != "000000" else "111111"
    page = await person.fill(page, code=wrong)
    assert page.status_code == 400
    assert errors_of(page) == {"code": "That code is not right."}
    empty = await person.fill(page, code=" ")
    assert errors_of(empty) == {"code": "Enter the six digits."}


async def test_another_code_can_be_asked_for_after_a_while(
    house: House, person: Person, outbox: Outbox, clock: ManualClock
) -> None:
    await furnish(house, way(EMAIL, password=False))
    await house.user(email=ADA)
    page = await person.follow(await person.fill(await person.arrive(), identifier=ADA))
    assert re.search(r"new code in\s+59\s+seconds", read(page).one("main").text)
    clock.advance(timedelta(seconds=20))
    early = await person.fill(page, resend="true")
    assert (early.status_code, early.headers["retry-after"]) == (429, "39")
    assert len(outbox.messages) == 1
    clock.advance(timedelta(seconds=40))
    answer = await person.fill(page, resend="true")
    page = await person.follow(answer)
    assert "A new code was sent." in read(page).one("main").text
    first, second = outbox.messages
    if first.code != second.code:
        assert errors_of(await person.fill(page, code=first.code)) == {"code": "That code is not right."}
    assert "code" in answer_of(await person.follow(await person.fill(page, code=second.code)))


async def test_a_code_that_is_too_old_is_told_so(
    house: House, person: Person, outbox: Outbox, clock: ManualClock
) -> None:
    await furnish(house, way(EMAIL, password=False))
    page = await person.follow(await person.fill(await person.arrive(), identifier=ADA))
    clock.advance(timedelta(minutes=11))
    page = await person.fill(page, code=outbox.last.code)
    assert errors_of(page) == {"code": "This code has expired. Ask for a new one."}


async def test_the_password_page_offers_a_code_and_back(house: House, person: Person, outbox: Outbox) -> None:
    await furnish(house, way(EMAIL))
    await house.user(email=ADA)
    page = await person.follow(await person.fill(await person.arrive(), identifier=ADA))
    assert path_of(page) == "/sign-in/password"
    (button,) = [each for each in read(page).all("button") if each.get("formaction")]
    fields = form_of(page).fields | {"resend": "true"}
    answer = await person.visitor.post(button.get("formaction"), data=fields)
    assert path_of(answer) == "/sign-in/verification-code"
    page = await person.follow(answer)
    assert any("/sign-in/password" in link.get("href") for link in read(page).all("a"))
    assert "code" in answer_of(await person.follow(await person.fill(page, code=outbox.last.code)))


async def test_a_code_comes_first_where_the_tenant_wants_it(house: House, person: Person) -> None:
    await furnish(house, way(EMAIL, password_first=False))
    answer = await person.fill(await person.arrive(), identifier=ADA)
    assert path_of(answer) == "/sign-in/verification-code"


@pytest.mark.parametrize("typed", ["090-1234-5678", "+81 90 1234 5678", "０９０１２３４５６７８"])
async def test_a_number_is_completed_with_its_country(house: House, person: Person, outbox: Outbox, typed: str) -> None:
    await furnish(house, way(PHONE, password=False))
    await house.user(phone="819012345678")
    page = await person.arrive(ui_locales="ja")
    chosen = [each.get("value") for each in read(page).all("option") if "selected" in each.attributes]
    assert chosen == ["JP"]
    page = await person.follow(await person.fill(page, identifier=typed, country="JP"))
    assert outbox.last.address == "819012345678"
    assert "+81 90-1234-5678" in read(page).one("main").text
    assert "code" in answer_of(await person.follow(await person.fill(page, code=outbox.last.code)))


@pytest.mark.parametrize(("typed", "said"), [("12", "phone number"), ("ada@", "email address")])
async def test_what_nothing_can_be_sent_to_is_told(house: House, person: Person, typed: str, said: str) -> None:
    await furnish(house, way(PHONE if typed == "12" else EMAIL, password=False))
    page = await person.fill(await person.arrive(), identifier=typed)
    assert page.status_code == 422
    assert errors_of(page) == {"identifier": f"This is not {'a' if typed == '12' else 'an'} {said}."}


@on_both
async def test_a_proven_address_that_is_new_may_found_an_account(house: House, person: Person, outbox: Outbox) -> None:
    await furnish(
        house,
        way(EMAIL, password=False),
        terms_of_use_url="https://example.com/terms",
        agree_to_terms_policy=AgreeToTermsPolicy.MANUAL_REGISTRATION_ONLY,
    )
    page = await person.follow(await person.fill(await person.arrive(), identifier=ADA))
    answer = await person.fill(page, code=outbox.last.code)
    assert path_of(answer) == "/register/confirm"
    page = await person.follow(answer)
    assert ADA in read(page).one("main").text
    refused = await person.visitor.post(form_of(page).action, data={"_csrf": form_of(page).fields["_csrf"]})
    assert errors_of(refused) == {"termsAgreement": "Please agree first"}
    answer = await person.fill(page)
    assert "code" in answer_of(await person.follow(answer))
    assert await find(house, ADA) is not None


async def test_a_new_address_is_told_where_nobody_may_register(house: House, person: Person, outbox: Outbox) -> None:
    await furnish(house, way(EMAIL, password=False), sign_in_mode=SignInMode.SIGN_IN)
    page = await person.follow(await person.fill(await person.arrive(), identifier=ADA))
    # Nobody is told whether the address has an account, and nothing is sent where it has none.
    assert f"If {ADA} has an account" in read(page).one("main").text
    assert outbox.messages == []


async def test_a_person_registers_with_an_address_and_a_password(house: House, person: Person, outbox: Outbox) -> None:
    await furnish(house, way(EMAIL), sign_up=SignUp(identifiers=(EMAIL,), password=True, verify=True))
    page = await person.arrive(first_screen="register")
    assert "newPassword" not in form_of(page).fields
    page = await person.follow(await person.fill(page, identifier=ADA))
    assert path_of(page) == "/register/verification-code"
    answer = await person.fill(page, code=outbox.last.code)
    assert path_of(answer) == "/continue/password"
    page = await person.follow(answer)
    assert form_of(page).fields["identifier"] == ADA
    answer = await person.fill(page, newPassword=PASSWORD)
    assert "code" in answer_of(await person.follow(answer))
    assert (found := await find(house, ADA)) is not None
    assert found.has_password


async def test_an_address_that_has_an_account_may_come_in_to_it(house: House, person: Person, outbox: Outbox) -> None:
    await furnish(house, way(EMAIL))
    await house.user(email=ADA)
    page = await person.arrive(first_screen="register")
    page = await person.follow(await person.fill(page, identifier=ADA))
    answer = await person.fill(page, code=outbox.last.code)
    assert path_of(answer) == "/sign-in/confirm"
    page = await person.follow(answer)
    assert ADA in read(page).one("main").text
    assert "code" in answer_of(await person.follow(await person.fill(page)))


@on_both
async def test_an_address_that_is_not_allowed_is_told_at_its_field(house: House, person: Person) -> None:
    await furnish(
        house,
        way(EMAIL, password=False),
        email_blocklist_policy=EmailBlocklistPolicy(custom_blocklist=("@example.com",)),
    )
    page = await person.fill(await person.arrive(first_screen="register"), identifier=ADA)
    assert page.status_code == 422
    assert errors_of(page) == {"identifier": "This email address is not allowed. Use another one."}


async def test_mail_that_cannot_be_sent_is_told_without_detail(house: House, person: Person, outbox: Outbox) -> None:
    await furnish(house, way(EMAIL, password=False))
    outbox.refuses_with = ConnectorError(ErrorCode.GENERAL, "535 5.7.8 authentication failed")
    page = await person.fill(await person.arrive(), identifier=ADA)
    assert errors_of(page) == {"": "The code could not be sent. Try again later."}
    assert "535" not in page.text


@on_both
async def test_an_address_that_is_missing_is_asked_for_and_proven(house: House, person: Person, outbox: Outbox) -> None:
    secondary = (SecondaryIdentifier(identifier=SignUpIdentifier.EMAIL, verify=True),)
    await furnish(
        house,
        way(USERNAME, code=False),
        sign_up=SignUp(identifiers=(USERNAME,), password=True, verify=True, secondary_identifiers=secondary),
    )
    user = await house.user()
    answer = await person.fill(await person.arrive(), identifier="ada", password=PASSWORD)
    assert path_of(answer) == "/continue/email"
    page = await person.follow(answer)
    answer = await person.fill(page, identifier=ADA)
    assert path_of(answer) == "/continue/verification-code"
    page = await person.follow(answer)
    change = [link.get("href") for link in read(page).all("a")]
    assert [urlsplit(each).path for each in change] == ["/continue/email"]
    answer = await person.fill(page, code=outbox.last.code)
    assert "code" in answer_of(await person.follow(answer))
    async with house.services() as services:
        assert (await services.users.get(user.id)).primary_email == ADA


async def test_a_password_is_reset_by_a_code(house: House, person: Person, outbox: Outbox) -> None:
    await furnish(house, way(EMAIL, code=False))
    await house.user(email=ADA)
    page = await person.arrive()
    assert any("/forgot-password" in link.get("href") for link in read(page).all("a"))
    page = await person.visitor.get("/forgot-password")
    page = await person.follow(await person.fill(page, identifier=ADA))
    assert path_of(page) == "/forgot-password/verification-code"
    page = await person.follow(await person.fill(page, code=outbox.last.code))
    assert path_of(page) == "/forgot-password/reset"
    short = await person.fill(page, newPassword="123")
    assert errors_of(short) == {"newPassword": "Too short: use at least 8 characters."}
    answer = await person.fill(short, newPassword="Fresh-pass-Word-22")
    assert path_of(answer) == "/sign-in"
    page = await person.follow(answer)
    assert "Your password was changed." in read(page).one("main").text
    old = await person.fill(page, identifier=ADA, password=PASSWORD)
    assert old.status_code == 422
    answer = await person.fill(page, identifier=ADA, password="Fresh-pass-Word-22")
    assert "code" in answer_of(await person.follow(answer))


async def test_a_forgotten_password_says_the_same_of_an_address_nobody_has(
    house: House, person: Person, outbox: Outbox
) -> None:
    await furnish(house, way(EMAIL, code=False))
    await house.user(email=ADA)
    pages = []
    for address in (ADA, "eve@example.com"):
        await person.arrive()
        page = await person.follow(await person.fill(await person.visitor.get("/forgot-password"), identifier=address))
        pages.append(read(page).one("main").text.replace(address, "X"))
    assert pages[0] == pages[1]
    assert [each.address for each in outbox.messages] == [ADA]


async def test_nobody_resets_a_password_where_no_code_can_be_sent(person: Person) -> None:
    page = await person.arrive()
    assert "/forgot-password" not in page.text
    assert path_of(await person.visitor.get("/forgot-password")) == "/sign-in"


MIDDLE = (
    *("/sign-in/password", "/sign-in/confirm", "/register/confirm", "/forgot-password/reset"),
    *("/sign-in/verification-code", "/register/verification-code", "/forgot-password/verification-code"),
    *("/continue/verification-code", "/continue/email", "/continue/phone", "/continue/emailOrPhone"),
    "/continue/extra-profile",
)


async def test_a_page_in_the_middle_of_nothing_leads_back(house: House, person: Person) -> None:
    await furnish(house, way(EMAIL))
    page = await person.arrive()
    token = form_of(page).fields["_csrf"]
    for path in MIDDLE:
        for response in (await person.visitor.get(path), await person.visitor.post(path, data={"_csrf": token})):
            assert response.status_code == 303, path
            assert path_of(response) in {"/sign-in", "/register", "/forgot-password"}, path


async def test_a_page_of_no_code_is_not_found(person: Person) -> None:
    await person.arrive()
    assert (await person.visitor.get("/anything/verification-code")).status_code == 404


@pytest.mark.parametrize(
    ("asked", "label"), [("phone", "Phone number"), ("email", "Email address"), ("username", "Email or phone number")]
)
async def test_an_application_narrows_who_may_be_named(house: House, person: Person, asked: str, label: str) -> None:
    await furnish(house, way(EMAIL), way(PHONE))
    page = await person.arrive(first_screen="identifier:sign_in", identifier=asked)
    assert path_of(page) == "/identifier-sign-in"
    assert read(page).all("label")[0].text == label
    page = await person.arrive(first_screen="identifier:register", identifier=asked)
    assert path_of(page) == "/identifier-register"
    assert read(page).all("label")[0].text == label


async def test_an_application_opens_the_reset(house: House, person: Person, outbox: Outbox) -> None:
    await furnish(house, way(EMAIL, code=False))
    await house.user(email=ADA)
    page = await person.arrive(first_screen="reset_password", login_hint=ADA)
    assert path_of(page) == "/reset-password"
    assert form_of(page).fields["identifier"] == ADA
    answer = await person.fill(page)
    assert path_of(answer) == "/forgot-password/verification-code"
    assert parse_qs(urlsplit(answer.headers["location"]).query)["app_id"] == [person.client_id]
    assert outbox.last.address == ADA


async def find(house: House, email: str) -> User | None:
    async with house.services() as services:
        return await services.users.find_by_identifier(Identifier(type=EMAIL, value=email))
