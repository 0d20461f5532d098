"""Says a sentence in one language.

A `Translator` is a language tag, a catalog and perhaps a tenant's own wording on top; making one costs nothing,
so every request makes its own. Texts are plain: escaping is the page's work.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, TypeAlias

from babel import Locale, UnknownLocaleError
from babel.dates import format_timedelta
from babel.lists import format_list

from sekisho.i18n.catalog import Catalog, catalog
from sekisho.i18n.languages import DEFAULT_LANGUAGE, TRANSLATED_LANGUAGES, Direction, base_language, direction

# `{{name}}`; tenants that moved here may have a format behind the name (`{{types, list}}`), which is done already.
_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*(?:,[^{}]*)?\}\}")
ListStyle: TypeAlias = Literal["standard", "or"]

_NOTHING: Catalog = MappingProxyType({})


class UnknownPhrase(LookupError):
    """A key no catalog has: a mistake in our code, never in a tenant's data."""


class Translator:
    """``t("sekisho.sign_in.title", application="Bookstore")``."""

    __slots__ = ("_custom", "_english", "_texts", "language")

    def __init__(self, *, language: str, texts: Catalog, english: Catalog, custom: Catalog = _NOTHING) -> None:
        self.language = language
        self._texts = texts
        self._english = english
        self._custom = custom

    @property
    def direction(self) -> Direction:
        return direction(self.language)

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of a key we wrote, with ``{{name}}`` filled in; a name without a value stays as it is."""
        text = self.find(key, **values)
        if text is None:
            raise UnknownPhrase(key)
        return text

    def find(self, key: str, /, **values: object) -> str | None:
        """The text of a key that came from data (a scope, an error code), or None."""
        text = self._custom.get(key) or self._texts.get(key) or self._english.get(key)
        return None if text is None else _filled(text, values, language=self.language)

    def plural(self, key: str, /, *, count: int, **values: object) -> str:
        """The form of ``key_one``, ``key_other``, … that this language uses for a number."""
        text = self.find(f"{key}_{_plural_form(self.language, count)}", count=count, **values)
        return self(f"{key}_other", count=count, **values) if text is None else text

    def listed(self, items: Sequence[str], *, style: ListStyle = "standard") -> str:
        """``a, b and c``, or with ``style="or"`` ``a, b or c``, as this language writes lists."""
        return format_list(items, style=style, locale=_locale(base_language(self.language)))

    def error(self, code: str, /, **values: object) -> str:
        """The message of an error code; a code nobody wrote a message for speaks for itself (§3.1)."""
        return self.find(f"errors.{code}", **values) or code


def translator(tag: str, *, custom: Catalog = _NOTHING) -> Translator:
    """The translator of a negotiated tag; ``custom`` are the tenant's flat texts for exactly that tag."""
    if not custom:
        return _plain(tag)
    texts = catalog(tag if tag in TRANSLATED_LANGUAGES else DEFAULT_LANGUAGE)
    return Translator(language=tag, texts=texts, english=catalog(DEFAULT_LANGUAGE), custom=custom)


@lru_cache(maxsize=64)
def _plain(tag: str) -> Translator:
    # A tag without texts is answered in English, and the page says so: `lang` names the language that is written.
    language = tag if tag in TRANSLATED_LANGUAGES else DEFAULT_LANGUAGE
    return Translator(language=language, texts=catalog(language), english=catalog(DEFAULT_LANGUAGE))


def _filled(text: str, values: Mapping[str, object], *, language: str) -> str:
    if "{{" not in text:
        return text
    return _PLACEHOLDER.sub(lambda match: _said(values[match[1]], language) if match[1] in values else match[0], text)


def _said(value: object, language: str) -> str:
    """A value as a reader writes it; a duration is the time from now (``in 5 minutes``)."""
    if isinstance(value, timedelta):
        locale = _locale(base_language(language))
        return format_timedelta(value, granularity="minute", add_direction=True, locale=locale)
    return str(value)


def _plural_form(language: str, count: int) -> str:
    return str(_locale(base_language(language)).plural_form(count))


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return Locale.parse(DEFAULT_LANGUAGE)
