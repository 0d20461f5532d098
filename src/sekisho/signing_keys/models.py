"""Keys as their users see them, and what time does to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sekisho.crypto.ecdsa import Sign
from sekisho.crypto.jwk import SigningKeyObject


class SigningKeyStatus(StrEnum):
    """A tenant has one Current key, and at most one of each other kind."""

    CURRENT = "Current"
    NEXT = "Next"
    PREVIOUS = "Previous"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key and what follows from it; `jwk` is what the JWKS shows."""

    id: str
    kid: str
    algorithm: str
    status: SigningKeyStatus
    key: SigningKeyObject
    sign: Sign
    jwk: Mapping[str, str]
    created_at: datetime
    #: When a Next key becomes Current.
    effective_at: datetime | None = None


_ORDER = tuple(SigningKeyStatus)  # the order of the JWKS
#: What a key becomes when the next one is activated; the Previous one is dropped.
SUCCESSION = {
    SigningKeyStatus.NEXT: SigningKeyStatus.CURRENT,
    SigningKeyStatus.CURRENT: SigningKeyStatus.PREVIOUS,
}


class KeyRing:
    """The signing keys of a tenant. Which of them signs follows from the time alone.

    No job and no message is waited for: at its time the next key signs in every process that has read the ring.
    """

    __slots__ = ("_after", "_before", "_turns_at")

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        self._before = tuple(sorted(keys, key=lambda key: _ORDER.index(key.status)))
        self._turns_at = next((key.effective_at for key in keys if key.status is SigningKeyStatus.NEXT), None)
        self._after = tuple(
            replace(key, status=SUCCESSION[key.status], effective_at=None)
            for key in sorted(keys, key=lambda key: key.status is not SigningKeyStatus.NEXT)
            if key.status in SUCCESSION
        )

    def at(self, now: datetime) -> Sequence[SigningKey]:
        """Return the keys that count at this time: Current, Next, Previous."""
        return self._after if self.is_due(now) else self._before

    def is_due(self, now: datetime) -> bool:
        """Tell whether the next key's time has come, and is yet to be written down."""
        return self._turns_at is not None and now >= self._turns_at


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey:
    """A key as it lies at rest."""

    id: str
    sealed: bytes
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSigningKey(SealedKey):
    status: SigningKeyStatus
    effective_at: datetime | None = None
