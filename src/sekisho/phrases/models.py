"""A tenant's own wording of one language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NewType

PhraseId = NewType("PhraseId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomPhrase:
    """The translation is a tree of texts, as the public phrases are."""

    id: PhraseId
    language_tag: str
    translation: Mapping[str, Any]
