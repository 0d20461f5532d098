"""`/register` and `/continue/*` without scripts."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import pytest
from tests.hosted.conftest import PASSWORD, House, Person, answer_of, errors_of, form_of

from sekisho.sign_in.models import SignIn, SignInMode, SignUp
from sekisho.users.models import Identifier, IdentifierType


async def test_a_person_registers_and_is_signed_in(house: House, person: Person) -> None:
    page = await person.arrive(first_screen="register")
    assert urlsplit(str(page.url)).path == "/register"
    answer = await person.fill(page, identifier="grace", newPassword=PASSWORD, confirmPassword=PASSWORD)
    assert answer.status_code == 303
    assert "code" in answer_of(await person.follow(answer))
    async with house.services() as services:
        user = await services.users.find_by_identifier(Identifier(type=IdentifierType.USERNAME, value="grace"))
    assert user is not None
    assert user.last_sign_in_at is not None


async def test_the_deprecated_mode_opens_the_register_page(person: Person) -> None:
    assert urlsplit(str((await person.arrive(interaction_mode="signUp")).url)).path == "/register"


REFUSALS: Sequence[tuple[str, str, dict[str, str]]] = (
    ("ada", PASSWORD, {"identifier": "This username is already taken."}),
    ("1st", PASSWORD, {"identifier": "Do not start with a number."}),
    ("a b", PASSWORD, {"identifier": "Use only letters, numbers and underscores."}),
    ("grace", "123", {"newPassword": "Too short: use at least 8 characters."}),
    (
        "grace",
        "12345678",
        {"newPassword": "It is too easy to guess. Avoid rows of characters such as “abc” or “123”."},
    ),
    ("grace_hopper", "grace_hopper", {"newPassword": "It is too easy to guess. Avoid your own details."}),
    ("grace", "pässwort-9K", {"newPassword": "It contains a character that cannot be used."}),
    ("", PASSWORD, {"identifier": "Enter your username."}),
    ("grace", "", {"newPassword": "Enter your password."}),
)


async def test_each_refusal_stands_at_its_field(house: House, person: Person) -> None:
    await house.user()
    for identifier, password, errors in REFUSALS:
        page = await person.arrive(first_screen="register")
        page = await person.fill(page, identifier=identifier, newPassword=password, confirmPassword=password)
        assert page.status_code == 422, (identifier, password)
        assert errors_of(page) == errors, (identifier, password)
        assert form_of(page).fields["identifier"] == identifier, (identifier, password)
        assert password == "" or password not in page.text or password == identifier, (identifier, password)


async def test_passwords_that_differ_are_told(person: Person) -> None:
    page = await person.arrive(first_screen="register")
    page = await person.fill(page, identifier="grace", newPassword=PASSWORD, confirmPassword="other")
    assert errors_of(page) == {"confirmPassword": "The passwords are not the same."}


async def test_the_register_page_leads_to_sign_in_where_nobody_may_register(house: House, person: Person) -> None:
    await house.settings(sign_in_mode=SignInMode.SIGN_IN)
    page = await person.arrive(first_screen="register")
    assert urlsplit(str(page.url)).path == "/sign-in"


async def test_a_registration_is_refused_that_began_when_it_was_allowed(house: House, person: Person) -> None:
    page = await person.arrive(first_screen="register")
    await house.settings(sign_in_mode=SignInMode.SIGN_IN)
    page = await person.fill(page, identifier="grace", newPassword=PASSWORD, confirmPassword=PASSWORD)
    assert page.status_code == 403


async def test_a_page_for_a_way_that_is_off_says_so(house: House, person: Person) -> None:
    await house.settings(sign_up=SignUp(identifiers=(), password=False, verify=False), sign_in=SignIn(methods=()))
    for screen in ("register", "sign_in"):
        page = await person.arrive(first_screen=screen)
        assert page.status_code == 422
        assert "user.sign_in_method_not_enabled" in page.text


async def test_sending_a_registration_twice_makes_one_user(person: Person) -> None:
    page = await person.arrive(first_screen="register")
    first = await person.fill(page, identifier="grace", newPassword=PASSWORD, confirmPassword=PASSWORD)
    second = await person.fill(page, identifier="grace", newPassword=PASSWORD, confirmPassword=PASSWORD)
    assert first.status_code == 303
    assert second.status_code == 422
    assert errors_of(second) == {"identifier": "This username is already taken."}


async def test_what_is_missing_is_asked_for_before_a_person_comes_in(house: House, person: Person) -> None:
    user = await house.user()
    page = await person.arrive()
    async with house.services() as services:
        await services.users.update(user.id, {"username": None, "primary_email": "ada@example.com"})
        settings = await services.sign_in.read()
        (method,) = settings.sign_in.methods
    await house.settings(
        sign_in=type(settings.sign_in)(
            methods=(
                type(method)(
                    identifier=IdentifierType.EMAIL, password=True, verification_code=False, is_password_primary=True
                ),
            )
        )
    )
    answer = await person.fill(page, identifier="ada@example.com", password=PASSWORD)
    assert answer.status_code == 303
    assert urlsplit(answer.headers["location"]).path == "/continue/username"
    page = await person.follow(answer)
    page = await person.fill(page, identifier="9ada")
    assert errors_of(page) == {"identifier": "Do not start with a number."}
    answer = await person.fill(page, identifier="ada_again")
    assert "code" in answer_of(await person.follow(answer))
    async with house.services() as services:
        assert (await services.users.get(user.id)).username == "ada_again"


@pytest.mark.parametrize("path", ["/continue/username", "/continue/password"])
async def test_nobody_continues_what_was_not_begun(person: Person, path: str) -> None:
    await person.arrive()
    response = await person.visitor.get(path)
    assert response.status_code == 303
    assert urlsplit(response.headers["location"]).path == "/sign-in"
