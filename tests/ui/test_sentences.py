"""Sentences with markup inside."""

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from sekisho.ui.sentences import with_elements

LINK = Markup('<a href="x">terms</a>')


def test_an_element_takes_the_place_of_its_tag_or_its_name() -> None:
    assert with_elements("See <link></link>.", link=LINK) == 'See <a href="x">terms</a>.'
    assert with_elements("See {{ link }}.", link=LINK) == 'See <a href="x">terms</a>.'
    assert with_elements("See {{link, list(type: x)}}.", link=LINK) == 'See <a href="x">terms</a>.'


def test_everything_else_is_escaped() -> None:
    assert with_elements("a < b & <b>c", link=LINK) == "a &lt; b &amp; &lt;b&gt;c"
    assert with_elements("Hello {{name}}", name="<script>") == "Hello &lt;script&gt;"


def test_an_unknown_tag_leaves_what_it_holds_and_an_unknown_name_stays() -> None:
    assert with_elements("<span>{{seconds}}</span> s {{other}}", seconds="5") == "5 s {{other}}"


def test_an_element_cannot_pose_as_a_placeholder() -> None:
    assert with_elements("{{name}} {{link}}", name="{{link}} <link></link>", link=LINK) == (
        '{{link}} &lt;link&gt;&lt;/link&gt; <a href="x">terms</a>'
    )


@given(st.text(), st.text())
def test_no_text_and_no_plain_element_brings_markup(text: str, name: str) -> None:
    assert "<" not in with_elements(text + "{{name}}<b>x</b>", name=name)
