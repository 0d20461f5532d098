"""Urlencoded text, split as the standard library splits it."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.http.forms import split_pairs

_PIECES = st.sampled_from(["a", "é", "=", "&", ";", "+", " ", "%41", "%2B", "%26", "%00", "%c3%a9", "%ff", "%zz", "%"])


@given(text=st.lists(_PIECES, max_size=15).map("".join))
def test_text_is_split_into_the_pairs_of_the_standard_library(text: str) -> None:
    assert split_pairs(text, errors="replace") == parse_qsl(text, keep_blank_values=True, errors="replace")


def test_what_is_no_text_is_refused_or_replaced() -> None:
    with pytest.raises(UnicodeDecodeError):
        split_pairs("a=%ff", errors="strict")
    assert split_pairs("a=%ff", errors="replace") == [("a", "\ufffd")]


def test_500_fields_are_read_and_no_more() -> None:
    assert len(split_pairs("&".join(["a"] * 500), errors="strict")) == 500
    with pytest.raises(ValueError, match="too many"):
        split_pairs("&".join(["a"] * 501), errors="strict")
