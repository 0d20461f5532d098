"""What people type to say who they are."""

import pytest

from sekisho.hosted.identifiers import read_identifier
from sekisho.users.models import IdentifierType

USERNAME, EMAIL, PHONE = IdentifierType.USERNAME, IdentifierType.EMAIL, IdentifierType.PHONE


@pytest.mark.parametrize(
    ("text", "accepted", "kind", "value"),
    [
        (" ada ", (USERNAME,), USERNAME, "ada"),
        ("ada@example.com", (USERNAME,), USERNAME, "ada@example.com"),
        ("ada@example.com", (USERNAME, EMAIL), EMAIL, "ada@example.com"),
        ("ada", (EMAIL,), EMAIL, "ada"),
        ("ada", (EMAIL, PHONE), EMAIL, "ada"),
        ("81312345678", (USERNAME, EMAIL, PHONE), PHONE, "81312345678"),
        ("+81312345678", (USERNAME, PHONE), PHONE, "81312345678"),
        ("12", (USERNAME, PHONE), USERNAME, "12"),
        ("12", (PHONE,), PHONE, "12"),
        ("81312345678", (USERNAME,), USERNAME, "81312345678"),
    ],
)
def test_a_text_is_taken_for_what_it_most_likely_is(
    text: str, accepted: tuple[IdentifierType, ...], kind: IdentifierType, value: str
) -> None:
    found = read_identifier(text, accepted=accepted)
    assert (found.type, found.value) == (kind, value)
