"""The password policy, case by case: what is refused, in which order, with which numbers."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.passwords.models import (
    MAX_PASSWORD_BYTES,
    NOBODY,
    CharacterTypesRule,
    LengthRule,
    PasswordPolicy,
    RejectRule,
    UserInfo,
)
from sekisho.passwords.policy import password_issues

DEFAULT = PasswordPolicy()


def codes(
    password: str, *, policy: PasswordPolicy = DEFAULT, user: UserInfo = NOBODY, pwned: bool = False
) -> list[str]:
    issues = password_issues(password, policy=policy, user=user, is_breached=pwned)
    return [issue.code.removeprefix("password_rejected.") for issue in issues]


def test_an_ordinary_password_is_accepted() -> None:
    assert codes("Corr3ct-horse-9") == []


def test_a_short_sequence_gets_both_issues_in_the_recorded_form() -> None:
    wire = [issue.to_wire() for issue in password_issues("123", policy=DEFAULT)]
    assert wire == [
        {"code": "password_rejected.too_short", "interpolation": {"min": 8}},
        {"code": "password_rejected.restricted.sequence"},
    ]


def test_length_is_counted_in_utf16_units() -> None:
    policy = PasswordPolicy(length=LengthRule(min=4), rejects=RejectRule(repetition_and_sequence=False))
    assert codes("😀😀", policy=policy) == ["unsupported_characters"]
    assert codes("😀a", policy=policy) == ["too_short", "unsupported_characters"]


def test_a_password_longer_than_the_policy_allows_is_refused_with_the_limit() -> None:
    policy = PasswordPolicy(length=LengthRule(max=10))
    (issue,) = password_issues("k7!Qm2#Zx9p", policy=policy)
    assert issue.to_wire() == {"code": "password_rejected.too_long", "interpolation": {"max": 10}}


def test_no_policy_makes_us_search_megabytes() -> None:
    policy = PasswordPolicy(length=LengthRule(max=10_000_000))
    (issue,) = password_issues("a" * 2_000_000, policy=policy)
    assert issue.to_wire() == {"code": "password_rejected.too_long", "interpolation": {"max": MAX_PASSWORD_BYTES}}


@pytest.mark.parametrize(
    ("password", "types"),
    [("kwmzptrv", 1), ("kwmzPTRV", 2), ("kwmzPTR4", 3), ("kwm PTR4", 4), ("kwm~PTR4", 4)],
)
def test_character_classes_are_counted(password: str, types: int) -> None:
    for wanted in range(1, 5):
        policy = PasswordPolicy(character_types=CharacterTypesRule(min=wanted))
        assert codes(password, policy=policy) == ([] if types >= wanted else ["character_types"])


def test_an_unsupported_character_ends_the_counting_of_classes() -> None:
    policy = PasswordPolicy(character_types=CharacterTypesRule(min=4))
    assert codes("kwmzptrvé", policy=policy) == ["unsupported_characters"]


def test_a_breached_password_is_refused_before_its_phrases() -> None:
    assert codes("12345678", pwned=True) == ["pwned", "restricted.sequence"]


@pytest.mark.parametrize(
    ("password", "kinds"),
    [
        ("aaaaaaaa", ["restricted.repetition"]),
        ("abcdefgh", ["restricted.sequence"]),
        ("HGFEDCBA", ["restricted.sequence"]),
        ("qwertyui", ["restricted.sequence"]),
        ("1qaz2wsx", ["restricted.sequence"]),
        ("aaa12345", ["restricted.repetition", "restricted.sequence"]),
        ("12345aaa", ["restricted.sequence", "restricted.repetition"]),
        # Mixed case is no sequence, and three characters to spare are enough.
        ("AbCdEfGh", []),
        ("1234567kwm", []),
        ("1234567kw", ["restricted.sequence"]),
    ],
)
def test_repetitions_and_sequences(password: str, kinds: list[str]) -> None:
    assert codes(password) == kinds


def test_words_are_matched_in_any_case_and_the_longest_counts() -> None:
    policy = PasswordPolicy(rejects=RejectRule(words=("seki", "sekisho", "")))
    assert codes("SekishoK", policy=policy) == ["restricted.words"]
    assert codes("SekiKwmz", policy=policy) == []


def test_a_place_that_two_phrases_cover_counts_once() -> None:
    policy = PasswordPolicy(rejects=RejectRule(words=("sekis", "ekis", "kis")))
    assert codes("sekisKWM", policy=policy) == []
    assert codes("sekisKW ", policy=PasswordPolicy(rejects=RejectRule(words=("sekis", "kiskw")))) == [
        "restricted.words"
    ]


def test_a_password_that_is_too_long_is_not_searched_for_phrases() -> None:
    assert codes("a" * 257) == ["too_long"]
    assert codes("a" * 256) == ["restricted.repetition"]


def test_a_password_made_of_the_users_names_is_refused() -> None:
    user = UserInfo(name="Ada Lovelace", username="countess", email="ada.l@example.com", phone="81312345678")
    for password in ("ada lovelace", "AdaLovelace", "lovelace", "COUNTESS", "ada.l.ada.l", "81312345678"):
        assert "restricted.user_info" in codes(password, user=user), password
    assert codes("example.com-kwmz", user=user) == []


def test_user_info_is_ignored_when_the_policy_says_so() -> None:
    policy = PasswordPolicy(rejects=RejectRule(user_info=False))
    assert codes("countess", policy=policy, user=UserInfo(username="countess")) == []


@given(password=st.text(max_size=80), name=st.text(max_size=20))
def test_no_text_breaks_the_policy(password: str, name: str) -> None:
    codes(password, user=UserInfo(name=name, username=name, email=name, phone=name))


@given(password=st.text(alphabet=string.printable, max_size=60))
def test_issues_come_in_the_order_of_the_reference(password: str) -> None:
    order = ["too_short", "too_long", "unsupported_characters", "character_types", "pwned", "restricted"]
    policy = PasswordPolicy(length=LengthRule(min=10, max=20), character_types=CharacterTypesRule(min=3))
    places = [order.index(code.partition(".")[0]) for code in codes(password, policy=policy, pwned=True)]
    assert places == sorted(places)
