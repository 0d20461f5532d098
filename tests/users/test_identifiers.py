import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.users.identifiers import email_key, is_phone_number, key_of, normalize_phone, phone_key, username_key
from sekisho.users.models import Identifier, IdentifierType


def test_emails_are_compared_without_ascii_case() -> None:
    assert email_key("Taro@Example.COM") == email_key("taro@example.com")


@pytest.mark.parametrize(
    "look_alike", ["mi\u212ae@example.com", "mıke@example.com", "ｍike@example.com", "MİKE@example.com"]
)
def test_look_alikes_are_other_addresses(look_alike: str) -> None:
    assert email_key(look_alike) != email_key("mike@example.com")


@given(st.text())
def test_a_key_is_never_longer_than_its_text(text: str) -> None:
    assert len(email_key(text)) == len(text)


def test_usernames_are_compared_as_the_policy_says() -> None:
    assert username_key("Taro", is_case_sensitive=True) != username_key("taro", is_case_sensitive=True)
    assert username_key("Taro", is_case_sensitive=False) == username_key("taro", is_case_sensitive=False)


@pytest.mark.parametrize(
    ("with_zero", "without"),
    [("8109012345678", "819012345678"), ("4407400123456", "447400123456"), ("610412345678", "61412345678")],
)
def test_a_trunk_zero_makes_no_other_number(with_zero: str, without: str) -> None:
    assert normalize_phone(with_zero) == normalize_phone(without) == without
    assert phone_key(with_zero) == phone_key(without)


def test_a_zero_that_belongs_to_the_number_stays_but_does_not_make_another() -> None:
    assert normalize_phone("390612345678") == "390612345678"
    assert phone_key("390612345678") == phone_key("39612345678")


@pytest.mark.parametrize("digits", ["", "1", "99912345", "0", "9" * 400])
def test_what_is_no_number_stays_as_it_is(digits: str) -> None:
    assert not is_phone_number(digits)
    assert normalize_phone(digits) == phone_key(digits) == digits


@pytest.mark.parametrize(
    "spelling", ["+16502530000", "1 650 253 0000", "1(650)2530000", "16502530000x9", "１６５０２５３００００"]
)
def test_a_number_is_spelt_in_ascii_digits_only(spelling: str) -> None:
    assert not is_phone_number(spelling)
    assert phone_key(spelling) == spelling


@pytest.mark.parametrize(
    ("kind", "value", "key"),
    [
        (IdentifierType.USERNAME, "Taro", "Taro"),
        (IdentifierType.EMAIL, "Taro@Example.com", "taro@example.com"),
        (IdentifierType.PHONE, "8109012345678", "819012345678"),
    ],
)
def test_each_kind_of_identifier_has_its_key(kind: IdentifierType, value: str, key: str) -> None:
    assert key_of(Identifier(type=kind, value=value), are_usernames_case_sensitive=True) == key
