"""Colours: the tokens are readable, and so is whatever a tenant chooses."""

import re
from importlib import resources
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.ui.branding import (
    DARK,
    DEFAULT_DARK_PRIMARY,
    DEFAULT_PRIMARY,
    LIGHT,
    NO_CSS,
    Branding,
    Ground,
    Image,
    accent,
    contained_css,
    theme,
)
from sekisho.ui.color import BLACK, WHITE, Color, contrast

TOKENS = (resources.files("sekisho.ui") / "static" / "tokens.css").read_text(encoding="utf-8")
COLORS = st.builds(Color, *[st.integers(0, 255)] * 3)
BACKGROUNDS = ("paper", "surface", "sunken")


def layer(start: str, end: str) -> dict[str, str]:
    block = TOKENS[TOKENS.index(start) : TOKENS.index(end, TOKENS.index(start))]
    return dict(re.findall(r"--([\w-]+): (#\w{6}|rgb\([^)]*\));", block))


PLAIN = layer(":root {", "@media")
NIGHT = layer("@media (prefers-color-scheme: dark)", "@supports")
BOTH = re.findall(r"--([\w-]+): light-dark\((#\w{6}|rgb\([^)]*\)), (#\w{6}|rgb\([^)]*\))\);", TOKENS)


def test_the_three_layers_of_the_tokens_agree() -> None:
    assert {name: light for name, light, _ in BOTH} == PLAIN
    assert {name: dark for name, _, dark in BOTH} == NIGHT


TEXT_PAIRS = [
    *product(("ink", "ink-2", "ink-3", "ai-text", "ok", "warn", "bad"), BACKGROUNDS),
    *[(name, f"{name}-soft") for name in ("ok", "warn", "bad")],
    ("ai-text", "ai-soft"),
    ("ink", "ai-soft"),
    ("on-ai", "ai"),
    ("on-ai", "ai-hover"),
]


@pytest.mark.parametrize("tokens", [pytest.param(PLAIN, id="light"), pytest.param(NIGHT, id="dark")])
@pytest.mark.parametrize("pair", TEXT_PAIRS, ids="-on-".join)
def test_every_text_can_be_read(tokens: dict[str, str], pair: tuple[str, str]) -> None:
    """WCAG 2.2, 1.4.3."""
    text, background = (Color.parse(tokens[name]) for name in pair)
    assert contrast(text, background) >= 4.5


@pytest.mark.parametrize("tokens", [pytest.param(PLAIN, id="light"), pytest.param(NIGHT, id="dark")])
@pytest.mark.parametrize("pair", [("line-control", "surface"), ("line-control", "paper"), ("bad", "surface")], ids=str)
def test_the_edge_of_a_control_can_be_seen(tokens: dict[str, str], pair: tuple[str, str]) -> None:
    """WCAG 2.2, 1.4.11."""
    edge, background = (Color.parse(tokens[name]) for name in pair)
    assert contrast(edge, background) >= 3


def test_derivation_starts_from_the_tokens() -> None:
    for ground, tokens in ((LIGHT, PLAIN), (DARK, NIGHT)):
        assert [str(color) for color in ground.surfaces] == [tokens[name] for name in ("surface", "paper", "sunken")]
    assert (str(DEFAULT_PRIMARY), str(DEFAULT_DARK_PRIMARY)) == (PLAIN["ai"], NIGHT["ai"])


@settings(deadline=None)
@given(COLORS, st.sampled_from([LIGHT, DARK]))
def test_every_primary_colour_keeps_its_texts_readable(primary: Color, ground: Ground) -> None:
    colors = accent(primary, ground=ground)
    assert contrast(colors.on_ai, colors.ai) >= 4.5
    assert contrast(colors.on_ai, colors.ai_hover) >= 4.5
    for background in (*ground.surfaces, colors.ai_soft):
        assert contrast(colors.ai_text, background) >= 4.5
    ink = Color.parse((PLAIN if ground is LIGHT else NIGHT)["ink"])
    assert contrast(ink, colors.ai_soft) >= 4.5


@settings(deadline=None)
@given(COLORS, st.sampled_from([LIGHT, DARK]))
def test_a_button_is_seen_and_answers_the_pointer(primary: Color, ground: Ground) -> None:
    colors = accent(primary, ground=ground)
    assert contrast(colors.ai_edge, ground.surfaces[0]) >= 1.2
    assert contrast(colors.ai_hover, colors.ai) > 1.05


@pytest.mark.parametrize("primary", ["#27478a", "#6139f6", "#00b900", "#fee500", "#0a66c2", "#000000"])
def test_a_button_has_exactly_the_tenants_colour(primary: str) -> None:
    assert str(accent(Color.parse(primary), ground=LIGHT).ai) == primary


def test_a_colour_that_is_nearly_deep_enough_for_white_is_deepened_rather_than_labelled_in_black() -> None:
    colors = accent(Color.parse("#d9480f"), ground=LIGHT)
    assert colors.on_ai == WHITE
    assert contrast(colors.ai, Color.parse("#d9480f")) < 1.1


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        (BLACK, WHITE, 21),
        (WHITE, WHITE, 1),
        (Color.parse("#777"), WHITE, 4.478),
        (WHITE, Color.parse("#767676"), 4.542),
    ],
)
def test_contrast_is_what_wcag_says(one: Color, other: Color, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.001)


def test_short_notation_means_the_long_one() -> None:
    assert str(Color.parse("#AbC")) == "#aabbcc"


@pytest.mark.parametrize(
    "text", ["", "red", "#12", "#12345", "#1234567", "#12345g", "#fff;}", "#fff\n", " #fff", "url(x)", "#１２３"]
)
def test_anything_but_a_hex_colour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a hex colour"):
        Color.parse(text)


@given(st.text())
def test_no_text_of_a_tenant_reaches_the_style_sheet(text: str) -> None:
    css = theme(Branding(primary_color=text, dark_primary_color=text)).css
    assert re.fullmatch(r"(?:[:@(){};,#\w\s.\[\]=-])*", css)
    assert "<" not in css


def test_the_default_colours_need_no_style_element() -> None:
    assert theme(Branding()).css == NO_CSS
    assert theme(Branding(primary_color="#27478A", dark_primary_color="not a colour")).css == NO_CSS


def test_a_tenant_with_one_colour_uses_it_in_the_dark_as_well() -> None:
    assert "light-dark(#6139f6,#6139f6)" in theme(Branding(primary_color="#6139f6")).css


@given(st.text(alphabet="</styleSTYLE >\\\0a{}", max_size=60))
def test_custom_css_never_ends_its_element(css: str) -> None:
    assert not re.search(r"</style", contained_css(css), re.IGNORECASE)
    assert "\0" not in contained_css(css)


def test_custom_css_is_left_alone_otherwise() -> None:
    css = '.a > .b::before { content: "<b>"; } /* & */'
    assert contained_css(css) == css


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//x.example/a.png", "https://x y", ""])
def test_a_logo_is_an_image_on_the_web_or_none(address: str) -> None:
    assert theme(Branding(logo_url=address)).logo is None


def test_a_tenant_may_have_a_logo_for_the_dark_only() -> None:
    assert theme(Branding(dark_logo_url="https://x.example/d.svg")).logo == Image(light="https://x.example/d.svg")
