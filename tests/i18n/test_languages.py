"""Which language a reader gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.i18n.languages import Direction, accepted, direction, negotiate

BUILT_IN = ("en", "fr", "ja", "pt-BR", "zh-CN", "zh-TW")


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        (None, ()),
        ("", ()),
        ("ja", ("ja",)),
        ("en;q=0.5, ja", ("ja", "en")),
        ("fr;q=0.2,de;q=0.9, en ; q = 0.9", ("de", "en", "fr")),
        ("ja;q=0, en", ("en",)),
        ("*;q=0.5, ja;q=0.1", ("ja",)),
        ("ja;q=nan, fr;q=2, de;q=x, en;q=0.1", ("en",)),
    ],
)
def test_accept_language_is_read_by_weight(header: str | None, tags: tuple[str, ...]) -> None:
    assert accepted(header) == tags


@pytest.mark.parametrize(
    ("candidate", "language"),
    [
        ("ja", "ja"),
        ("JA", "ja"),
        ("ja-JP", "ja"),
        ("ja_JP", "ja"),
        ("zh-TW", "zh-TW"),
        ("zh-Hans", "zh-CN"),
        ("pt", "pt-BR"),
        ("nl", "en"),
        ("", "en"),
    ],
)
def test_a_tag_matches_exactly_or_by_its_base_language(candidate: str, language: str) -> None:
    assert negotiate(explicit=candidate, built_in=BUILT_IN) == language


def test_a_tenants_own_tag_comes_before_a_built_in_one_when_it_is_exact() -> None:
    assert negotiate(explicit="en-GB", custom=("en-GB",), built_in=BUILT_IN) == "en-GB"


def test_a_built_in_base_language_comes_before_a_tenants_own() -> None:
    assert negotiate(explicit="fr-CA", custom=("fr-BE",), built_in=BUILT_IN) == "fr"


def test_a_tenants_own_base_language_is_found_last() -> None:
    assert negotiate(explicit="nl-NL", custom=("nl",), built_in=BUILT_IN) == "nl"


def test_what_is_asked_for_comes_before_what_the_browser_says() -> None:
    assert negotiate(explicit="xx fr", locale="ja", accept_language="zh-CN", built_in=BUILT_IN) == "fr"
    assert negotiate(explicit="xx", locale="ja", accept_language="zh-CN", built_in=BUILT_IN) == "ja"
    assert negotiate(accept_language="xx, zh-CN;q=0.1", built_in=BUILT_IN) == "zh-CN"


def test_a_tenant_that_does_not_detect_languages_uses_its_default() -> None:
    assert negotiate(auto_detect=False, locale="fr", accept_language="zh-CN", fallback="ja", built_in=BUILT_IN) == "ja"


def test_an_explicit_wish_counts_even_without_detection() -> None:
    assert negotiate(explicit="fr", auto_detect=False, fallback="ja", built_in=BUILT_IN) == "fr"


def test_nothing_known_is_english() -> None:
    assert negotiate(explicit="xx", fallback="yy", built_in=BUILT_IN) == "en"


@given(st.text(), st.text(), st.text())
def test_no_header_makes_negotiation_fail_or_invent_a_language(explicit: str, locale: str, header: str) -> None:
    assert negotiate(explicit=explicit, locale=locale, accept_language=header, built_in=BUILT_IN) in BUILT_IN


@pytest.mark.parametrize(("tag", "written"), [("ar", "rtl"), ("fa-IR", "rtl"), ("ja", "ltr"), ("en-GB", "ltr")])
def test_arabic_and_persian_are_written_from_right_to_left(tag: str, written: str) -> None:
    assert direction(tag) is Direction(written)
