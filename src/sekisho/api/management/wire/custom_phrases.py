"""A tenant's own phrases on the wire (management-api.md §13.3): a tree of texts."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

import msgspec
from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from sekisho.kernel.ids import TenantId
from sekisho.phrases.models import CustomPhrase

_TREE: dict[str, Any] = {"type": "object", "properties": {"[translationKey]": {"oneOf": [{"type": "string"}]}}}


def _tree(value: dict[str, Any]) -> dict[str, Any]:
    for below in value.values():
        if isinstance(below, dict):
            _tree(below)
        elif not isinstance(below, str):
            raise PydanticCustomError("custom", "Invalid input")
    return value


TranslationBody: TypeAlias = Annotated[dict[str, Any], AfterValidator(_tree), WithJsonSchema(_TREE)]


class CustomPhraseOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    tenant_id: str
    id: str
    language_tag: str
    translation: Annotated[Mapping[str, Any], msgspec.Meta(extra_json_schema=_TREE)]


def custom_phrase_out(phrase: CustomPhrase, *, tenant_id: TenantId) -> CustomPhraseOut:
    return CustomPhraseOut(
        tenant_id=tenant_id, id=phrase.id, language_tag=phrase.language_tag, translation=phrase.translation
    )
