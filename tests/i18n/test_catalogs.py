"""The texts: complete, alike in every language, in the voice of the product."""

import re
from pathlib import Path

import pytest

from sekisho.i18n.catalog import Catalog, catalog, flatten, merge, phrase_keys, phrase_tree
from sekisho.i18n.languages import BUILT_IN_LANGUAGES, TRANSLATED_LANGUAGES

HERE = Path(__file__).parent
OTHERS = [language for language in TRANSLATED_LANGUAGES if language != "en"]
SLOT = re.compile(r"\{\{(\w+)\}\}|<(\w+)>.*?</\2>", re.DOTALL)


def slots(texts: Catalog, key: str) -> list[str]:
    return sorted(name or f"<{tag}>" for name, tag in SLOT.findall(texts[key]))


def listed(name: str) -> set[str]:
    return set((HERE / name).read_text(encoding="utf-8").split())


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_keys(language: str) -> None:
    assert catalog(language).keys() == catalog("en").keys()


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_placeholders_of_the_english_text(language: str) -> None:
    english, texts = catalog("en"), catalog(language)
    different = [key for key in english if slots(english, key) != slots(texts, key)]
    assert not different


@pytest.mark.parametrize("language", TRANSLATED_LANGUAGES)
def test_every_brace_and_tag_is_a_well_formed_slot(language: str) -> None:
    leftovers = {key: SLOT.sub("", text) for key, text in catalog(language).items()}
    assert not {key for key, rest in leftovers.items() if re.search(r"[{}<>]", rest)}


@pytest.mark.parametrize("language", TRANSLATED_LANGUAGES)
def test_the_phrases_are_exactly_the_keys_tenants_may_override(language: str) -> None:
    assert set(flatten(phrase_tree(language))) == listed("phrase_keys.txt")


@pytest.mark.parametrize("language", TRANSLATED_LANGUAGES)
def test_every_error_code_of_the_contract_has_a_message(language: str) -> None:
    codes = {key.removeprefix("errors.") for key in catalog(language) if key.startswith("errors.")}
    assert listed("error_codes.txt") <= codes


@pytest.mark.parametrize("language", TRANSLATED_LANGUAGES)
def test_texts_do_not_shout(language: str) -> None:
    assert not [text for text in catalog(language).values() if re.search("[!！]", text)]


def test_japanese_is_written_in_japanese() -> None:
    """Names (`Management API`) and bare placeholders stay; everything else is Japanese, punctuation included."""
    names = {"Management API", "{{requirements}}"}
    japanese = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
    foreign = [text for text in catalog("ja").values() if not japanese.search(text) and text not in {*names, "、"}]
    assert not foreign
    assert not [text for text in catalog("ja").values() if re.search(r"[\u3040-\u9fff][.,?:;]", text)]


def test_a_language_without_a_catalog_serves_english_phrases() -> None:
    assert "fr" in BUILT_IN_LANGUAGES
    assert phrase_tree("fr") == phrase_tree("en")


def test_tenants_may_reword_phrases_and_pages_but_not_error_messages() -> None:
    assert {"action.sign_in", "sekisho.sign_in.title"} <= phrase_keys()
    assert not [key for key in phrase_keys() if key.startswith("errors.")]


def test_merging_overrides_texts_level_by_level_and_changes_neither_side() -> None:
    base = {"action": {"back": "Back", "save": "Save"}, "list": {"or": "or"}}
    override = {"action": {"back": "Zurück"}, "own": {"key": "text"}}
    merged = merge(base, override)
    assert merged == {"action": {"back": "Zurück", "save": "Save"}, "list": {"or": "or"}, "own": {"key": "text"}}
    assert base["action"] == {"back": "Back", "save": "Save"}


def test_empty_texts_do_not_override() -> None:
    assert flatten({"action": {"back": "", "save": "Keep"}}) == {"action.save": "Keep"}
