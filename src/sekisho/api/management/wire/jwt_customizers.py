"""Scripts for custom claims on the wire (management-api.md §14).

Samples are what the Console shows to try a script on; they are kept as they come, and nothing else reads them.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ConfigDict

from sekisho.api.formats import ABSENT
from sekisho.api.management.wire.body import Body
from sekisho.claim_scripts.models import ClaimScript

TokenTypePath = Literal["access-token", "client-credentials"]

_MEMBERS: Mapping[str, Any] = {
    "script": {"type": "string"},
    "environmentVariables": {"type": "object", "additionalProperties": {"type": "string"}},
    "contextSample": {"type": "object"},
    "tokenSample": {"type": "object"},
    "blockIssuanceOnError": {"type": "boolean"},
}
_SCRIPT: Mapping[str, Any] = {"type": "object", "required": ["script"], "properties": _MEMBERS}
#: One of each kind; only their samples differ.
SCRIPT_OUT: Mapping[str, Any] = {"oneOf": [_SCRIPT, _SCRIPT]}
_LISTED: Mapping[str, Any] = {
    "oneOf": [
        {
            "type": "object",
            "required": ["key", "value"],
            "properties": {"key": {"type": "string", "enum": [key]}, "value": _SCRIPT},
        }
        for key in ("jwt.accessToken", "jwt.clientCredentials")
    ]
}
SCRIPTS_OUT: Mapping[str, Any] = {"type": "array", "items": _LISTED}


def _undescribed(schema: dict[str, Any]) -> None:
    """Describe a body as the contract does: its members without types, none required."""
    del schema["required"], schema["type"]
    schema["properties"] = {name: {} for name in _MEMBERS}


def _either(schema: dict[str, Any]) -> None:
    """Describe a body as one of two, told apart by `tokenType`."""
    stated = {"type": "object", "properties": schema["properties"], "required": schema["required"]}
    schema.clear()
    schema["oneOf"] = [stated, stated]


class JwtCustomizerBody(Body):
    """Strict: a member that nobody knows is a mistake of whoever writes a script."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_undescribed)

    script: str
    environment_variables: dict[str, str] = ABSENT
    context_sample: dict[str, Any] = ABSENT
    token_sample: dict[str, Any] = ABSENT
    block_issuance_on_error: bool = ABSENT

    def to_model(self) -> ClaimScript:
        return ClaimScript(**self.given())


class TryOutBody(Body):
    """A script, and what it shall be given."""

    model_config = ConfigDict(json_schema_extra=_either)

    token_type: TokenTypePath
    script: str
    environment_variables: dict[str, str] = ABSENT
    token: dict[str, Any]
    context: dict[str, Any] = ABSENT

    def to_model(self) -> ClaimScript:
        return ClaimScript(script=self.script, environment_variables=self.environment_variables)

    def to_input(self) -> Mapping[str, Any]:
        return {"token": self.token, "context": self.context or {}}
