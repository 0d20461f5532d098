"""What a verification code is, and what it was sent for."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from sekisho.connectors.kit.messages import TemplateType
from sekisho.users.models import Identifier

VerificationCodeId = NewType("VerificationCodeId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Why a code is sent, and to whom. Without a verification record it is found by its recipient alone."""

    purpose: TemplateType
    recipient: Identifier
    record_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingCode:
    """A code that waits to come back. Of the code itself only a keyed hash is kept."""

    id: VerificationCodeId
    recipient: Identifier
    fingerprint: bytes
    created_at: datetime
