"""A tenant's script and what comes of running it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from sekisho.oidc.custom_claims import TokenKind


class ScriptKind(StrEnum):
    """Whose access tokens a script adds claims to; the value is the word in the path."""

    ACCESS_TOKEN = "access-token"  # noqa: S105 — the name of a kind
    CLIENT_CREDENTIALS = "client-credentials"

    @classmethod
    def of(cls, kind: TokenKind) -> "ScriptKind":
        return cls.ACCESS_TOKEN if kind is TokenKind.ACCESS_TOKEN else cls.CLIENT_CREDENTIALS


class ClaimScript(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A script as an administrator wrote it, what it is given, and samples for trying it out."""

    script: str
    environment_variables: dict[str, str] | None = None
    context_sample: dict[str, Any] | None = None
    token_sample: dict[str, Any] | None = None
    #: No token rather than one without the claims, when the script fails.
    block_issuance_on_error: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The script ended well."""

    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """The script called `api.denyAccess`."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The script threw, took too long or too much, or returned something else than claims."""

    message: str
    name: str = "Error"


Outcome = Claims | Denied | Failed
