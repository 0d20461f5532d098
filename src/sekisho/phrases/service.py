"""Keeps a tenant's own wording, and lays it over ours for whoever draws pages."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from sekisho.i18n.catalog import Catalog, flatten, merge, phrase_keys, phrase_tree
from sekisho.kernel.ids import Ids
from sekisho.phrases.errors import CustomPhraseNotFound, FallbackLanguageNeeded, UnknownPhrases
from sekisho.phrases.models import CustomPhrase, PhraseId
from sekisho.phrases.store import PhraseStore
from sekisho.tenants.cache import TenantCache


class FallbackLanguage(Protocol):
    """Tells the language that pages speak when they speak none of the reader's."""

    async def __call__(self) -> str: ...


class PhraseService:
    """The wording of one tenant."""

    def __init__(
        self, *, store: PhraseStore, cache: TenantCache, ids: Ids, fallback_language: FallbackLanguage
    ) -> None:
        self._store = store
        self._cache = cache
        self._ids = ids
        self._fallback_language = fallback_language

    async def list(self) -> Sequence[CustomPhrase]:
        """Return every language the tenant translated, by tag."""
        return await self._cache.get(("custom_phrases",), self._store.list)

    async def find(self, language_tag: str) -> CustomPhrase | None:
        return next((each for each in await self.list() if each.language_tag == language_tag), None)

    async def get(self, language_tag: str) -> CustomPhrase:
        if phrase := await self.find(language_tag):
            return phrase
        raise CustomPhraseNotFound

    async def languages(self) -> frozenset[str]:
        """Return the tags of the languages the tenant translated."""
        return frozenset(each.language_tag for each in await self.list())

    async def put(self, language_tag: str, translation: Mapping[str, Any]) -> CustomPhrase:
        """Word a language anew; empty texts are left out. Raises `UnknownPhrases`."""
        if not _is_known(translation):
            raise UnknownPhrases
        kept = _without_empty(translation)
        # First, because it locks: two that translate one language at once add one row.
        await self._cache.changed()
        if known := await self.find(language_tag):
            phrase = replace(known, translation=kept)
            await self._store.update(phrase)
            return phrase
        phrase = CustomPhrase(id=PhraseId(self._ids.standard()), language_tag=language_tag, translation=kept)
        await self._store.add(phrase)
        return phrase

    async def remove(self, language_tag: str) -> None:
        """Speak a language in our words again, or no longer."""
        if language_tag == await self._fallback_language():
            raise FallbackLanguageNeeded
        await self._cache.changed()
        if not await self._store.remove(language_tag):
            raise CustomPhraseNotFound

    async def document(self, language_tag: str) -> Mapping[str, Any]:
        """Return the phrases of a language as pages get them: ours, in English where we do not speak it, and theirs."""
        ours, theirs = phrase_tree(language_tag), await self.find(language_tag)
        return ours if theirs is None else merge(ours, theirs.translation)

    async def texts(self, language_tag: str) -> Catalog:
        """Return the tenant's own texts of a language, by dotted key."""
        theirs = await self.find(language_tag)
        return {} if theirs is None else flatten(theirs.translation)


def _is_known(tree: Mapping[str, Any], *, prefix: str = "") -> bool:
    """Tell whether pages have every text of the tree. A dot parts keys, so there is none in one."""
    return all(
        "." not in key
        and (_is_known(value, prefix=f"{name}.") if isinstance(value, Mapping) else name in phrase_keys())
        for key, value in tree.items()
        for name in (f"{prefix}{key}",)
    )


def _without_empty(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tree without empty texts, and without branches that had nothing else."""
    kept = {key: _without_empty(value) if isinstance(value, Mapping) else value for key, value in tree.items()}
    return {key: value for key, value in kept.items() if value}
