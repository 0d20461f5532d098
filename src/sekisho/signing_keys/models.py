"""Keys as their users see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sekisho.crypto.jwk import SigningKeyObject


class SigningKeyStatus(StrEnum):
    """A tenant has one Current key, and at most one of each other kind."""

    CURRENT = "Current"
    NEXT = "Next"
    PREVIOUS = "Previous"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key and what follows from it; `jwk` is what the JWKS shows."""

    kid: str
    algorithm: str
    status: SigningKeyStatus
    key: SigningKeyObject
    jwk: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey:
    """A key as it lies at rest."""

    id: str
    sealed: bytes
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSigningKey(SealedKey):
    status: SigningKeyStatus
