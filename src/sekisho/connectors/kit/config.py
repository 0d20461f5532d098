"""What a connector must be told: a model of its configuration, validated each time it is used.

Names are ours in code and camelCase on the wire. Unknown keys are dropped, nothing is coerced.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from sekisho.connectors.kit.errors import ConnectorError, ErrorCode
from sekisho.kernel.issues import details_of, document_of, issues_of


class Config(BaseModel):
    """Base of every configuration, and of the models nested in one. It is never printed: it holds secrets."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, alias_generator=to_camel)

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        return ()


C = TypeVar("C", bound=Config)


def parse(config: type[C], document: Mapping[str, Any]) -> C:
    """Read a configuration; raises `ConnectorError(INVALID_CONFIG)`, which names every mistake and where it is."""
    try:
        return config.model_validate(document)
    except ValidationError as error:
        issues = issues_of(error.errors(include_url=False), shape=config)
        raise ConnectorError(ErrorCode.INVALID_CONFIG, document_of(issues), details=details_of(issues)) from None


def mistake(message: str) -> PydanticCustomError:
    """Return what a validator of a configuration raises; the message reaches the administrator."""
    return PydanticCustomError("custom", "{message}", {"message": message})
