"""What a provider's answers must look like: a model each, because none of them is trusted to have its shape."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from sekisho.connectors.kit.errors import ConnectorError, ErrorCode, ProviderFailed


class Answer(BaseModel):
    """Base of models of answers, whose members are named as the provider names them. Nothing is coerced."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    @classmethod
    def of(cls, document: Any, *, otherwise: ErrorCode | None = ErrorCode.INVALID_RESPONSE) -> Self:
        """Read JSON values; raises `ConnectorError(otherwise)`, which says where the shape is wrong but no values.

        Where the reference has no code for it, `otherwise` is None, and the provider has failed.
        """
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            places = (".".join(map(str, each["loc"])) or "the answer" for each in error.errors(include_input=False))
            reason = f"Not as expected: {', '.join(places)}."
            raise (ProviderFailed(reason) if otherwise is None else ConnectorError(otherwise, reason)) from None
