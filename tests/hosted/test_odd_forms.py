"""Odd values in every field of every page: refused on the page, never an error of ours."""

from typing import Any

import pytest
from tests.connectors_for_tests.outbox import Outbox
from tests.hosted.conftest import PASSWORD, House, Person, form_of, on_both, read
from tests.hosted.test_codes import ADA, furnish, way

from sekisho.profile_fields.models import FieldDefinition, FieldType
from sekisho.users.models import IdentifierType

ODD = {
    "markup": "\"'><script>alert(1)</script>{{7*7}}{% raw %}",
    "long": "a" * 20_000,
    "digits": "9" * 400,
    "wide": "＋８１９０１２３４５６７８",
    "arabic": "٠٩٠١٢٣٤٥٦٧٨",
    "reversed": "\u202eada@example.com",
    "control": "a\x01\x7fb@example.com",
    "emoji": "👩‍👩‍👧@example.com",
    "at": "@@@",
    "exponent": "1e999999999",
    "blank": "\u3000\u00a0\u200b",
}


@pytest.fixture(params=ODD)
def odd(request: pytest.FixtureRequest) -> str:
    return ODD[request.param]


async def fill_oddly(person: Person, path: str, odd: str) -> None:
    """Fill every field of a page with a value, one page after the other as they come."""
    page = await person.visitor.get(path)
    assert page.status_code == 200, path
    # A browser sends what is hidden as it is, and a choice only among what there is; a program sends anything.
    names = [each.get("name") for each in read(page).all("input", "select", "textarea") if each.get("name") != "_csrf"]
    answer = await person.fill(page, **dict.fromkeys(names, odd))
    assert answer.status_code < 500, path
    if not answer.has_redirect_location:
        assert answer.status_code >= 400, path
        assert "<script>alert" not in answer.text


@on_both
async def test_odd_values_break_no_page(house: House, person: Person, outbox: Outbox, odd: str) -> None:
    await furnish(house, way(IdentifierType.EMAIL), way(IdentifierType.PHONE), way(IdentifierType.USERNAME, code=False))
    await house.user(email=ADA)
    await person.arrive()
    for path in ("/sign-in", "/identifier-sign-in", "/register", "/identifier-register", "/forgot-password"):
        await fill_oddly(person, path, odd)
    for entry, place in (
        ("/sign-in", "/sign-in/password"),
        ("/register", "/register/verification-code"),
        ("/forgot-password", "/forgot-password/verification-code"),
    ):
        await person.fill(await person.visitor.get(entry), identifier=ADA)
        await fill_oddly(person, place, odd)
    page = await person.visitor.get("/forgot-password/verification-code")
    await person.fill(page, code=outbox.last.code)
    await fill_oddly(person, "/forgot-password/reset", odd)


@on_both
async def test_odd_values_break_no_profile_field(house: House, person: Person, odd: str) -> None:
    parts = {"parts": [{"name": "locality", "type": "Text", "enabled": True}]}
    configs: dict[FieldType, dict[str, Any]] = {
        FieldType.DATE: {"format": "dd/MM/yyyy"},
        FieldType.NUMBER: {"minValue": 1.5, "maxValue": 9},
        FieldType.SELECT: {"options": [{"value": "a"}]},
        FieldType.ADDRESS: parts,
    }
    fields = [
        (f"field{each.value}", FieldDefinition(type=each, label=odd[:100], config=configs.get(each, {})))
        for each in FieldType
        if each is not FieldType.FULLNAME
    ]
    async with house.services() as services:
        await services.profile_fields.add(fields)
    await house.settings(sign_up_profile_fields=None)
    page = await person.arrive(first_screen="register")
    await person.fill(page, identifier="grace", newPassword=PASSWORD, confirmPassword=PASSWORD)
    await fill_oddly(person, "/continue/extra-profile", odd)
    assert form_of(await person.visitor.get("/continue/extra-profile")).fields
