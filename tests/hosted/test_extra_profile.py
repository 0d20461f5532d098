"""`/continue/extra-profile`: custom profile fields on a form, and what is kept of them."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.hosted.conftest import PASSWORD, House, Person, answer_of, errors_of, form_of, read
from tests.hosted.test_codes import path_of

from sekisho.profile_fields.models import FieldDefinition, FieldType
from sekisho.users.models import Identifier, IdentifierType


async def ask_for(house: House, **fields: FieldDefinition) -> None:
    """Ask everybody who registers for these."""
    async with house.services() as services:
        await services.profile_fields.add(list(fields.items()))
    await house.settings(sign_up_profile_fields=None)


def part(name: str, *, required: bool = False, enabled: bool = True) -> Mapping[str, Any]:
    return {"name": name, "type": "Text", "enabled": enabled, "required": required}


async def registering(person: Person) -> Any:
    page = await person.arrive(first_screen="register")
    answer = await person.fill(page, identifier="grace", newPassword=PASSWORD, confirmPassword=PASSWORD)
    assert path_of(answer) == "/continue/extra-profile"
    return await person.follow(answer)


async def made(house: House) -> Any:
    async with house.services() as services:
        return await services.users.find_by_identifier(Identifier(type=IdentifierType.USERNAME, value="grace"))


async def test_every_type_is_asked_for_and_kept(house: House, person: Person) -> None:
    await ask_for(
        house,
        fullname=FieldDefinition(
            type=FieldType.FULLNAME, config={"parts": [part("givenName", required=True), part("familyName")]}
        ),
        birthdate=FieldDefinition(type=FieldType.DATE, config={"format": "dd/MM/yyyy"}),
        shelf=FieldDefinition(type=FieldType.NUMBER, label="Shelf", config={"minValue": 1, "maxValue": 9}),
        letters=FieldDefinition(type=FieldType.CHECKBOX, label="Letters", config={"defaultValue": "true"}),
        gender=FieldDefinition(type=FieldType.SELECT, config={"options": [{"value": "female"}, {"value": "male"}]}),
        website=FieldDefinition(type=FieldType.URL),
        card=FieldDefinition(type=FieldType.REGEX, label="Card", config={"format": "[A-Z]{2}"}),
        address=FieldDefinition(
            type=FieldType.ADDRESS,
            config={"parts": [part("locality"), part("country"), part("region", enabled=False)]},
        ),
        motto=FieldDefinition(type=FieldType.TEXT, label="Motto", description="One line.", config={"maxLength": 9}),
    )
    page = await registering(person)
    labels = [each.text.strip() for each in read(page).all("label")]
    assert labels[:3] == ["First name", "Last name (optional)", "Date of birth (optional)"]
    assert "address.region" not in form_of(page).fields
    tokens = {each.get("name"): each.get("autocomplete") for each in read(page).all("input")}
    assert (tokens["givenName"], tokens["birthdate"], tokens["address.country"]) == (
        "given-name",
        "bday",
        "country-name",
    )
    answer = await person.fill(
        page,
        givenName="Grace",
        familyName="",
        birthdate="1906-12-09",
        shelf="７",
        gender="female",
        website="https://grace.example",
        card="AB",
        motto="Go",
        **{"address.locality": "New York"},
    )
    assert "code" in answer_of(await person.follow(answer))
    user = await made(house)
    assert user.profile == {
        "givenName": "Grace",
        "familyName": "",
        "birthdate": "09/12/1906",
        "gender": "female",
        "website": "https://grace.example",
        "address": {"locality": "New York", "country": ""},
    }
    assert user.custom_data == {"shelf": "7", "letters": "true", "card": "AB", "motto": "Go"}


@pytest.mark.parametrize(
    ("definition", "typed", "said"),
    [
        (FieldDefinition(type=FieldType.TEXT, label="X", is_required=True), " ", "X is needed."),
        (
            FieldDefinition(type=FieldType.TEXT, label="X", config={"minLength": 2, "maxLength": 3}),
            "a",
            "Use 2 to 3 characters.",
        ),
        (FieldDefinition(type=FieldType.TEXT, label="X", config={"minLength": 2}), "a", "Use at least 2 characters."),
        (FieldDefinition(type=FieldType.TEXT, label="X", config={"maxLength": 1}), "ab", "Use at most 1 characters."),
        (FieldDefinition(type=FieldType.NUMBER, label="X"), "many", "Enter a number."),
        (FieldDefinition(type=FieldType.NUMBER, label="X"), "Infinity", "Enter a number."),
        (
            FieldDefinition(type=FieldType.NUMBER, label="X", config={"minValue": 1, "maxValue": 9}),
            "10",
            "Enter a number from 1 to 9.",
        ),
        (FieldDefinition(type=FieldType.NUMBER, label="X", config={"minValue": 1}), "0", "Enter 1 or more."),
        (FieldDefinition(type=FieldType.NUMBER, label="X", config={"maxValue": 9}), "10", "Enter 9 or less."),
        (
            FieldDefinition(type=FieldType.DATE, label="X", config={"format": "yyyy-MM-dd"}),
            "1906-13-01",
            "Enter a date like 1990-01-31.",
        ),
        (
            FieldDefinition(type=FieldType.URL, label="X"),
            "javascript:alert(1)",
            "Enter a web address like https://example.com.",
        ),
        (
            FieldDefinition(type=FieldType.SELECT, label="X", config={"options": [{"value": "a"}]}),
            "b",
            "X is needed.",
        ),
    ],
)
async def test_what_cannot_be_taken_is_told_at_its_field(
    house: House, person: Person, definition: FieldDefinition, typed: str, said: str
) -> None:
    await ask_for(house, thing=definition)
    page = await person.fill(await registering(person), thing=typed)
    assert page.status_code == 422
    assert errors_of(page) == {"thing": said}
    if definition.type is not FieldType.SELECT:
        assert form_of(page).fields["thing"] == typed.strip()
    assert await made(house) is None


@pytest.mark.parametrize(
    ("notation", "kept"),
    [
        ({"format": "MM/dd/yyyy"}, "02/01/1990"),
        ({"format": "custom", "customFormat": "yyyy年M月d日"}, "1990年2月1日"),
        ({"format": "yyyy-MM-dd"}, "1990-02-01"),
    ],
)
async def test_a_date_is_kept_as_the_tenant_writes_it(
    house: House, person: Person, notation: dict[str, str], kept: str
) -> None:
    await ask_for(house, since=FieldDefinition(type=FieldType.DATE, label="Since", config=notation))
    await person.follow(await person.fill(await registering(person), since="1990-02-01"))
    assert (await made(house)).custom_data == {"since": kept}


async def test_a_date_in_a_notation_of_its_own_is_typed_as_text(house: House, person: Person) -> None:
    config = {"format": "custom", "customFormat": "MMM do"}
    await ask_for(house, since=FieldDefinition(type=FieldType.DATE, label="Since", config=config))
    page = await registering(person)
    (control,) = [each for each in read(page).all("input") if each.get("name") == "since"]
    assert (control.get("type"), control.get("placeholder")) == ("text", "MMM do")
    await person.follow(await person.fill(page, since="Feb 1st"))
    assert (await made(house)).custom_data == {"since": "Feb 1st"}


@pytest.mark.parametrize(("kind", "checks"), [(FieldType.REGEX, True), (FieldType.TEXT, False)])
async def test_a_pattern_is_left_to_the_readers_browser(
    house: House,
    person: Person,
    kind: FieldType,
    checks: bool,  # noqa: FBT001 — a table
) -> None:
    config = {"format": "(a+)+$"} if kind is FieldType.REGEX else {}
    await ask_for(house, thing=FieldDefinition(type=kind, label="X", config=config))
    page = await registering(person)
    assert ("novalidate" not in read(page).all("form")[0].attributes) is checks
    # Attack: a text on which the pattern takes ages.
    answer = await person.fill(page, thing="a" * 60 + "!")
    assert "code" in answer_of(await person.follow(answer))
