"""Files a page loads: named by their content, small, few."""

import gzip
import re

import pytest

from sekisho.hosted.pages import Identifier, SignIn, Terms
from sekisho.i18n.translator import translator
from sekisho.ui.assets import Asset, asset_path, asset_url, find_asset
from sekisho.ui.branding import Branding, theme
from sekisho.ui.page import Chrome
from sekisho.ui.render import render

NAMES = ["hosted.css", "hosted.js", "console.css", "console.js", "favicon.svg"]


def asset(name: str) -> Asset:
    found = find_asset(asset_url(name).removeprefix("assets/"))
    assert found is not None
    return found


@pytest.mark.parametrize("name", NAMES)
def test_an_asset_is_named_by_its_content_and_found_by_its_name(name: str) -> None:
    stem, _, extension = name.partition(".")
    assert re.fullmatch(rf"assets/{stem}\.[0-9a-f]{{12}}\.{extension}", asset_url(name))
    assert asset_path(name) == f"/{asset_url(name)}"
    assert asset(name).body


@pytest.mark.parametrize("name", NAMES)
def test_the_compressed_form_is_the_same_and_smaller(name: str) -> None:
    assert gzip.decompress(asset(name).gzipped) == asset(name).body
    assert len(asset(name).gzipped) < len(asset(name).body)


@pytest.mark.parametrize("path", ["hosted.css", "hosted.000000000000.css", "../tokens.css", "", "tokens.css"])
def test_no_other_file_is_served(path: str) -> None:
    assert find_asset(path) is None


def test_a_style_sheet_has_the_tokens_first() -> None:
    for name in ("hosted.css", "console.css"):
        css = asset(name).body.decode()
        assert css.index("--paper: #f8f7f2") < css.index(".button")


def test_the_script_of_a_page_uses_nothing_a_content_security_policy_forbids() -> None:
    for name in ("hosted.js", "console.js"):
        assert not re.search(r"eval\(|innerHTML|document\.write|\.style\b", asset(name).body.decode())


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_sign_in_page_is_small_and_needs_four_requests(language: str) -> None:
    page = SignIn(
        action="sign-in",
        csrf_token="t" * 64,
        identifiers=tuple(Identifier),
        application_name="Bookstore",
        register_url="register",
        forgot_password_url="forgot-password",
        terms=Terms(terms_of_use_url="https://books.example/terms", privacy_policy_url="https://books.example/privacy"),
    )
    look = theme(Branding(primary_color="#d9480f", dark_primary_color="#ff922b"))
    html = render(page, chrome=Chrome(translator=translator(language), nonce="n" * 24, theme=look))
    loaded = re.findall(r'(?:src|href)="/assets/([^"]+)"', html)
    assert len(loaded) == 3
    files = [found for path in loaded if (found := find_asset(path)) is not None]
    assert len(gzip.compress(html.encode())) + sum(len(file.gzipped) for file in files) < 12_000
