"""Telephone numbers as people write them."""

import pytest

from sekisho.hosted.countries import country_choice, is_like_number, read_number, written


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("090-1234-5678", "JP", "819012345678"),
        ("(415) 555-2671", "US", "14155552671"),
        ("+81 90 1234 5678", "US", "819012345678"),
        ("＋８１（０）９０−１２３４−５６７８", None, "819012345678"),
        ("819012345678", "US", "819012345678"),
        ("819012345678", None, "819012345678"),
        ("090-1234-5678", None, None),
        ("12", "JP", None),
        ("+0", None, None),
        ("ada", "JP", None),
        ("٠٩٠١٢٣٤٥٦٧٨", "JP", None),
    ],
)
def test_a_number_is_read_in_its_region(text: str, region: str | None, number: str | None) -> None:
    assert read_number(text, region=region) == number


@pytest.mark.parametrize(
    ("text", "is_like"), [("090-1234", True), ("12", False), ("ada", False), ("1@a.jp", False), ("+81", False)]
)
def test_a_number_is_told_from_names(text: str, is_like: bool) -> None:  # noqa: FBT001 — a table
    assert is_like_number(text) is is_like


def test_a_number_is_shown_as_people_write_it() -> None:
    assert written("819012345678") == "+81 90-1234-5678"
    assert written("no number") == "no number"


@pytest.mark.parametrize(
    ("language", "accept_language", "chosen", "country"),
    [
        ("ja", None, None, "JP"),
        ("en", "en-GB,en;q=0.5", None, "GB"),
        ("en", "zh-Hant-TW", None, "TW"),
        ("en", None, "FR", "FR"),
        ("en", "en", "nowhere", "US"),
        ("ja", "en-XX", None, "JP"),
    ],
)
def test_the_country_is_the_one_chosen_or_most_likely(
    language: str, accept_language: str | None, chosen: str | None, country: str
) -> None:
    choice = country_choice(language=language, accept_language=accept_language, chosen=chosen)
    assert choice.chosen == country


def test_countries_are_named_in_the_readers_language() -> None:
    japan = next(
        each for each in country_choice(language="ja", accept_language=None, chosen=None).countries if each.code == "JP"
    )
    assert japan.label == "日本 (+81)"


def test_countries_stand_in_the_order_of_their_letters() -> None:
    names = [each.name for each in country_choice(language="en", accept_language=None, chosen=None).countries]
    assert names.index("Åland Islands") < names.index("Belgium")
