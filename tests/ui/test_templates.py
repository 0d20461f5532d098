"""Rules every template keeps, read off its source."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

import sekisho
from sekisho.console.pages import Step
from sekisho.devkit.inbox.letters import Kind, Way
from sekisho.hosted.codes import CODE_REQUIRED, TOO_SOON
from sekisho.hosted.device import PROBLEMS_ABOVE, PROBLEMS_AT_THE_FIELD
from sekisho.hosted.profile_inputs import NOT_CHOSEN, PROBLEMS, REQUIRED, TOO_LARGE, TOO_SMALL
from sekisho.i18n.catalog import catalog
from sekisho.i18n.translator import translator
from sekisho.ui.environment import make_environment, prepare
from sekisho.ui.page import Chrome
from sekisho.ui.render import render

ROOT = Path(sekisho.__file__).parent
TEMPLATES = sorted(ROOT.glob("*/templates/**/*.html"))
SOURCES = [pytest.param(path.read_text(encoding="utf-8"), id=f"{path.parts[-3]}/{path.name}") for path in TEMPLATES]

#: Keys that are put together from a part written in a template and a part from the page.
COMPOSED = {
    "sekisho.console.steps.": [f"sekisho.console.steps.{step}.{part}" for step in Step for part in ("title", "text")],
    "sekisho.inbox.kind.": [f"sekisho.inbox.kind.{kind}" for kind in Kind],
    "sekisho.inbox.way.": [f"sekisho.inbox.way.{way}" for way in Way],
    "sekisho.providers.fault.": [key for key in catalog("en") if key.startswith("sekisho.providers.fault.")],
    "sekisho.identifier.": [key for key in catalog("en") if key.startswith("sekisho.identifier.")],
}
#: Keys given in a variable of the template.
LISTED = {"input.username", "input.email", "input.phone_number"}
#: Texts that a page is given ready to print.
SAID = {
    *PROBLEMS_AT_THE_FIELD.values(),
    *PROBLEMS_ABOVE.values(),
    *PROBLEMS.values(),
    *(REQUIRED, NOT_CHOSEN, TOO_SMALL, TOO_LARGE, CODE_REQUIRED, TOO_SOON),
    *(key for key in catalog("en") if key.startswith("sekisho.social.")),
}


@pytest.mark.parametrize("source", SOURCES)
def test_no_address_is_written_in_a_template(source: str) -> None:
    """Tenants live below a prefix or on their own host: addresses come from the page or from `chrome`."""
    assert not re.findall(r'(?:href|src|action|formaction|srcset)="(?!\{\{|#)[^"]*"', source)


@pytest.mark.parametrize("source", SOURCES)
def test_nothing_is_marked_safe_in_a_template(source: str) -> None:
    assert not re.search(r"\|\s*safe\b|autoescape|Markup", source)


@pytest.mark.parametrize("source", SOURCES)
def test_a_template_needs_no_inline_style_or_handler(source: str) -> None:
    """The Content-Security-Policy of a page allows scripts and styles by nonce only."""
    assert not re.search(r'\s(?:style|on[a-z]+)="', source)
    assert all("nonce" in tag for tag in re.findall(r"<(?:script|style)\b[^>]*>", source))


@pytest.mark.parametrize("source", SOURCES)
def test_every_form_that_posts_to_us_carries_the_token(source: str) -> None:
    for form in re.findall(r'<form\b[^>]*method="post".*?</form>', source, re.DOTALL):
        assert "csrf(" in form or "xsrf(" in form or 'id="{{ id }}"' in form


@pytest.mark.parametrize("source", SOURCES)
def test_no_words_are_written_in_a_template(source: str) -> None:
    """Texts are in the catalogs; the product's name is the only word of a template."""
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<script.*?</script>|<[^>]*>", " ", source, flags=re.DOTALL)
    attributes = {'aria-describedby="', '"', 'aria-invalid="true"', "autofocus"}
    assert {word for word in text.split() if not word.endswith((".css", ".js"))} - attributes <= {"Sekisho", "·"}


def used_keys() -> set[str]:
    """The constant first arguments of `t(…)`, `t.plural(…)` and `with_elements(t(…))`, and those put together."""
    environment = make_environment()
    return {key for path in TEMPLATES for key in _keys(environment, path.read_text(encoding="utf-8"))}


def _keys(environment: Environment, source: str) -> Iterator[str]:
    for call in environment.parse(source).find_all(nodes.Call):
        function = call.node.node if isinstance(call.node, nodes.Getattr) else call.node
        if not isinstance(function, nodes.Name) or function.name != "t" or not call.args:
            continue
        key, plural = call.args[0], isinstance(call.node, nodes.Getattr) and call.node.attr == "plural"
        if isinstance(key, nodes.Const):
            yield f"{key.value}_other" if plural else str(key.value)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_key_of_a_template_has_a_text(language: str) -> None:
    wanted = used_keys() | LISTED | {key for keys in COMPOSED.values() for key in keys}
    assert not wanted - catalog(language).keys()


def test_every_text_of_our_pages_is_used() -> None:
    used = used_keys() | {key for keys in COMPOSED.values() for key in keys} | SAID
    assert not {key for key in catalog("en") if key.startswith("sekisho.")} - used


def test_every_template_compiles() -> None:
    prepare()


def test_a_template_outside_the_packages_is_not_found() -> None:
    for name in ("hosted/../../settings.py", "sign_in.html", "../x.html", "hosted/"):
        with pytest.raises(LookupError):
            make_environment().get_template(name)


def test_the_address_builders_of_the_chrome_are_used_for_assets() -> None:
    from sekisho.hosted.pages import NotFound  # noqa: PLC0415 - one page will do

    chrome = Chrome(translator=translator("en"), nonce="n", asset=lambda name: f"https://cdn.example/{name}")
    page = render(NotFound(), chrome=chrome)
    assert 'href="https://cdn.example/hosted.css"' in page
    assert "/assets/" not in page
