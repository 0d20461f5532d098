"""What a one-time token is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

from sekisho.kernel.secret import Secret

OneTimeTokenId = NewType("OneTimeTokenId", str)


class TokenStatus(StrEnum):
    ACTIVE = "active"
    CONSUMED = "consumed"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeToken:
    """A token for one e-mail address; `context` says what it may be used for."""

    id: OneTimeTokenId
    email: str
    value: Secret
    context: Mapping[str, Any]
    status: TokenStatus
    created_at: datetime
    expires_at: datetime

    def status_at(self, now: datetime) -> TokenStatus:
        """Return the status as it is told: an active token past its end has expired, whatever its row says."""
        if self.status is TokenStatus.ACTIVE and self.expires_at <= now:
            return TokenStatus.EXPIRED
        return self.status
