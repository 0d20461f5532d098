"""A token set that a social provider gave for a user, and what may be told of it (connectors.md §4.10)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

import msgspec
from msgspec import UNSET, UnsetType

from sekisho.connectors.models import ConnectorId
from sekisho.kernel.ids import UserId

SecretId = NewType("SecretId", str)


class SecretType(StrEnum):
    FEDERATED_TOKEN_SET = "federated_token_set"  # noqa: S105 — a type


class TokenFacts(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What of a token set is no secret; `expires_at` is in seconds since 1970. Stored and sent as it stands."""

    has_refresh_token: bool
    scope: str | UnsetType = UNSET
    token_type: str | UnsetType = UNSET
    expires_at: int | UnsetType = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The token set itself."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    id_token: str | None = field(default=None, repr=False)

    def to_document(self) -> dict[str, Any]:
        members = {
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
            "id_token": self.id_token,
        }
        return {name: value for name, value in members.items() if value is not None}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Tokens":
        return cls(
            access_token=document["access_token"],
            refresh_token=document.get("refresh_token"),
            id_token=document.get("id_token"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSet:
    """Tokens with what may be told of them."""

    tokens: Tokens
    facts: TokenFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a token set comes from: the connector, and whose identity at its target."""

    connector_id: ConnectorId
    target: str
    identity_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialSecret:
    """A token set of a user, without the tokens."""

    id: SecretId
    user_id: UserId
    origin: Origin
    facts: TokenFacts
    created_at: datetime
    updated_at: datetime
