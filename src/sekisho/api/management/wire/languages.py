"""Language tags on the wire: one of those that everybody knows."""

from typing import Annotated, TypeAlias

import msgspec
from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from sekisho.i18n.languages import KNOWN_LANGUAGES


def _known(tag: str) -> str:
    if tag not in KNOWN_LANGUAGES:
        expected = ", ".join(f"'{known}'" for known in KNOWN_LANGUAGES)
        raise PydanticCustomError("literal_error", "Unknown language", {"expected": expected})
    return tag


LanguageTag: TypeAlias = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": [*KNOWN_LANGUAGES]})
]
LanguageTagOut: TypeAlias = Annotated[str, msgspec.Meta(extra_json_schema={"enum": [*KNOWN_LANGUAGES]})]
