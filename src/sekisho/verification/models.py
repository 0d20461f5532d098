"""The kinds of proof, and how each is written into an interaction (experience.md §3).

A new kind is a dataclass here, a member of `VerificationRecord`, and a line in the table at the end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, TypeAlias

from sekisho.kernel.clock import epoch_milliseconds, from_epoch_milliseconds
from sekisho.kernel.ids import UserId
from sekisho.users.models import Identifier, IdentifierType, User


class VerificationType(StrEnum):
    PASSWORD = "Password"  # noqa: S105 — the name of a kind
    EMAIL_VERIFICATION_CODE = "EmailVerificationCode"
    PHONE_VERIFICATION_CODE = "PhoneVerificationCode"
    MFA_EMAIL_VERIFICATION_CODE = "MfaEmailVerificationCode"
    MFA_PHONE_VERIFICATION_CODE = "MfaPhoneVerificationCode"
    SOCIAL = "Social"
    ENTERPRISE_SSO = "EnterpriseSso"
    TOTP = "Totp"
    WEB_AUTHN = "WebAuthn"
    SIGN_IN_PASSKEY = "SignInPasskey"
    BACKUP_CODE = "BackupCode"
    NEW_PASSWORD_IDENTITY = "NewPasswordIdentity"  # noqa: S105 — the same
    ONE_TIME_TOKEN = "OneTimeToken"  # noqa: S105 — the same


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

    def to_document(self) -> dict[str, Any]:
        set_at = self.password_set_at
        return {
            **self.sanitized(),
            "userId": self.user_id,
            "passwordSetAt": None if set_at is None else epoch_milliseconds(set_at),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "PasswordVerification":
        identifier, set_at = document["identifier"], document["passwordSetAt"]
        return cls(
            id=document["id"],
            identifier=Identifier(type=IdentifierType(identifier["type"]), value=identifier["value"]),
            is_verified=document["verified"],
            user_id=UserId(document["userId"]),
            password_set_at=None if set_at is None else from_epoch_milliseconds(set_at),
        )

    def sanitized(self) -> dict[str, Any]:
        """Return what the person's own browser may see."""
        return {
            "id": self.id,
            "type": self.type,
            "identifier": {"type": self.identifier.type, "value": self.identifier.value},
            "verified": self.is_verified,
        }


VerificationRecord: TypeAlias = PasswordVerification

_KINDS: Mapping[str, type[VerificationRecord]] = {VerificationType.PASSWORD: PasswordVerification}


def from_document(document: Mapping[str, Any]) -> VerificationRecord:
    """Read a record of any kind; an unknown one raises KeyError."""
    return _KINDS[document["type"]].from_document(document)
