"""Proof by a password."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from sekisho.kernel.clock import epoch_milliseconds, from_epoch_milliseconds
from sekisho.kernel.ids import UserId
from sekisho.users.models import Identifier, User
from sekisho.verification.kinds import VerificationType, identifier_document, read_identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordVerification:
    """Somebody knew the password of a user, as it was set at that time."""

    type: ClassVar[VerificationType] = VerificationType.PASSWORD
    id: str
    identifier: Identifier
    is_verified: bool
    user_id: UserId
    password_set_at: datetime | None

    def holds_for(self, user: User) -> bool:
        """Tell whether this is the user whose password was known, and whether he still has that password."""
        return user.id == self.user_id and user.password_updated_at == self.password_set_at

    def sanitized(self) -> dict[str, Any]:
        """Return what the person's own browser may see."""
        return {
            "id": self.id,
            "type": self.type,
            "identifier": identifier_document(self.identifier),
            "verified": self.is_verified,
        }

    def to_document(self) -> dict[str, Any]:
        set_at = self.password_set_at
        return {
            **self.sanitized(),
            "userId": self.user_id,
            "passwordSetAt": None if set_at is None else epoch_milliseconds(set_at),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        set_at = document["passwordSetAt"]
        return cls(
            id=document["id"],
            identifier=read_identifier(document["identifier"]),
            is_verified=document["verified"],
            user_id=UserId(document["userId"]),
            password_set_at=None if set_at is None else from_epoch_milliseconds(set_at),
        )
