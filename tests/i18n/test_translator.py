"""Saying a sentence in one language."""

from datetime import timedelta

import pytest

from sekisho.i18n.catalog import flatten
from sekisho.i18n.translator import Translator, UnknownPhrase, translator


def made_of(texts: dict[str, str], *, custom: dict[str, str] | None = None) -> Translator:
    return Translator(language="ja", texts=texts, english={"only.english": "English {{x}}"}, custom=custom or {})


def test_placeholders_are_filled() -> None:
    assert translator("en")("sekisho.sign_in.title", application="Bookstore") == "Sign in to Bookstore"
    assert translator("ja")("sekisho.sign_in.title", application="本屋") == "本屋 にサインイン"


def test_a_placeholder_without_a_value_stays() -> None:
    assert made_of({"a": "{{x}} and {{y}}"})("a", x=1) == "1 and {{y}}"


def test_a_value_cannot_bring_placeholders_of_its_own() -> None:
    assert made_of({"a": "{{x}} {{y}}"})("a", x="{{y}}", y="secret") == "{{y}} secret"


def test_spaces_and_a_format_behind_the_name_do_not_matter() -> None:
    text = "{{ x }} {{types, list(type: disjunction;)}}"
    assert made_of({"a": text})("a", x=1, types="b or c") == "1 b or c"


def test_a_missing_text_is_said_in_english() -> None:
    assert made_of({})("only.english", x=1) == "English 1"


def test_a_key_nobody_has_is_a_mistake() -> None:
    with pytest.raises(UnknownPhrase):
        translator("en")("no.such.key")


def test_a_key_from_data_may_be_unknown() -> None:
    assert translator("en").find("user_scopes.descriptions.no_such_scope") is None


def test_a_tenants_wording_comes_first_and_an_empty_one_does_not_count() -> None:
    custom = flatten({"action": {"sign_in": "Anmelden", "back": ""}})
    t = translator("de", custom=custom)
    assert (t("action.sign_in"), t("action.back")) == ("Anmelden", "Back")
    assert t.language == "de"


def test_a_language_without_texts_says_that_it_is_english() -> None:
    assert translator("fr").language == "en"


@pytest.mark.parametrize(
    ("language", "count", "text"),
    [("en", 1, "1 passkey"), ("en", 2, "2 passkeys"), ("ja", 1, "パスキー 1 個"), ("ja", 5, "パスキー 5 個")],
)
def test_numbers_choose_the_form_of_the_language(language: str, count: int, text: str) -> None:
    assert translator(language).plural("account_center.security.passkeys_count", count=count) == text


def test_a_form_that_is_not_written_falls_back_to_the_general_one() -> None:
    t = Translator(language="ar", texts={"n_other": "{{count}} other"}, english={})
    assert t.plural("n", count=2) == "2 other"


def test_lists_are_written_as_the_language_writes_them() -> None:
    assert translator("en").listed(["a", "b", "c"], style="or") == "a, b, or c"
    assert translator("ja").listed(["甲", "乙"]) == "甲、乙"


def test_an_error_code_has_a_message_and_an_unknown_one_speaks_for_itself() -> None:
    assert translator("en").error("role.name_in_use", name="Clerk") == "The role name Clerk is already in use."
    assert translator("en").error("role.no_such_code") == "role.no_such_code"


@pytest.mark.parametrize(("language", "text"), [("en", "in 5 minutes"), ("ja", "5 分後に")])
def test_a_duration_is_said_as_time_from_now(language: str, text: str) -> None:
    message = translator(language).error(
        "session.verification_blocked_too_many_attempts", relative_time=timedelta(minutes=5)
    )
    assert text in message
