"""The texts themselves: TOML files read once, then immutable.

A catalog is flat (``sekisho.sign_in.title`` → text); the tree is only how it is written down and how the public
phrases document is served. Error messages live under ``errors.<code>``.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, TypeAlias

from sekisho.i18n.languages import DEFAULT_LANGUAGE, TRANSLATED_LANGUAGES

Catalog: TypeAlias = Mapping[str, str]
Tree: TypeAlias = Mapping[str, Any]


@cache
def catalog(language: str) -> Catalog:
    """Every text of one translated language, by dotted key."""
    texts = {
        **flatten(_read("phrases", language)),
        **flatten(_read("pages", language), prefix="sekisho."),
        **flatten(_read("errors", language), prefix="errors."),
    }
    return MappingProxyType(texts)


@cache
def phrase_tree(language: str) -> Tree:
    """The phrases a tenant may reword, as the public document has them; English where we have no catalog."""
    return MappingProxyType(_read("phrases", language if language in TRANSLATED_LANGUAGES else DEFAULT_LANGUAGE))


@cache
def phrase_keys() -> frozenset[str]:
    """The keys a tenant's own phrases may have: the contract's tree, and the texts of our pages."""
    return frozenset(key for key in catalog(DEFAULT_LANGUAGE) if not key.startswith("errors."))


def flatten(tree: Tree, *, prefix: str = "") -> dict[str, str]:
    """``{"action": {"back": "Back"}}`` → ``{"action.back": "Back"}``; empty texts are left out (§22.4)."""
    return dict(_leaves(tree, prefix=prefix))


def merge(base: Tree, override: Tree) -> dict[str, Any]:
    """``base`` with the texts of ``override``, level by level; the arguments stay as they are."""
    merged = dict(base)
    for key, value in override.items():
        below = merged.get(key)
        merged[key] = merge(below, value) if isinstance(value, Mapping) and isinstance(below, Mapping) else value
    return merged


def _leaves(tree: Tree, *, prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, prefix=f"{prefix}{key}.")
        elif value:
            yield f"{prefix}{key}", str(value)


def _read(kind: str, language: str) -> dict[str, Any]:
    file = resources.files(__package__) / "catalogs" / kind / f"{language}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))
