"""Provider options on the wire: ours, without a counterpart in the reference."""

from collections import Counter
from datetime import timedelta
from typing import Annotated, Literal

import msgspec
from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from sekisho.api.formats import ABSENT
from sekisho.api.management.wire.body import Body
from sekisho.oidc.options import AcrLevel, DpopMode, ProviderOptions
from sekisho.oidc_adapters.options import OptionsChange

DpopName = Literal["disabled", "enabled", "required"]
SigningAlgorithmName = Literal["ES256", "EdDSA", "RS256"]
#: Less would ask a person again who is still reading the consent page.
_SHORTEST_AGE = 60
_LONGEST_AGE = 365 * 86_400
_MOST_LEVELS = 20


class StrictBody(Body):
    """A body that takes no member it does not know: a misspelt security setting must not pass for a set one."""

    model_config = ConfigDict(extra="forbid")


class AcrLevelBody(StrictBody):
    # Values are separated by spaces in a request.
    value: Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[\x21-\x7e]+$")]
    max_age: Annotated[int, Field(ge=_SHORTEST_AGE, le=_LONGEST_AGE)] | None = None

    def to_model(self) -> AcrLevel:
        return AcrLevel(value=self.value, max_age=None if self.max_age is None else timedelta(seconds=self.max_age))


def _all_different(levels: list[AcrLevelBody]) -> list[AcrLevelBody]:
    if any(count > 1 for count in Counter(level.value for level in levels).values()):
        raise PydanticCustomError("custom", "Each value may be listed once")
    return levels


class ProviderOptionsBody(StrictBody):
    authorization_server_metadata: bool = ABSENT
    dpop: DpopName = ABSENT
    acr_values: Annotated[list[AcrLevelBody], Field(max_length=_MOST_LEVELS), AfterValidator(_all_different)] = ABSENT
    signing_algorithm: SigningAlgorithmName | None = None

    def to_change(self) -> OptionsChange:
        change: OptionsChange = {}
        given = self.model_fields_set
        if "authorization_server_metadata" in given:
            change["has_authorization_server_metadata"] = self.authorization_server_metadata
        if "dpop" in given:
            change["dpop"] = DpopMode(self.dpop)
        if "acr_values" in given:
            change["acr_levels"] = tuple(level.to_model() for level in self.acr_values)
        if "signing_algorithm" in given:
            change["signing_algorithm"] = self.signing_algorithm
        return change


class AcrLevelOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    value: str
    max_age: int | None


class ProviderOptionsOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    authorization_server_metadata: bool
    dpop: DpopName
    acr_values: list[AcrLevelOut]
    signing_algorithm: str | None


def provider_options_out(options: ProviderOptions) -> ProviderOptionsOut:
    return ProviderOptionsOut(
        authorization_server_metadata=options.has_authorization_server_metadata,
        dpop=options.dpop.value,
        acr_values=[
            AcrLevelOut(
                value=level.value, max_age=None if level.max_age is None else int(level.max_age.total_seconds())
            )
            for level in options.acr_levels
        ],
        signing_algorithm=options.signing_algorithm,
    )
