"""A name and a password that nobody has yet: proves nothing, and founds an account (deprecated on the wire)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from sekisho.passwords.models import HashMethod, PasswordHash
from sekisho.users.models import Identifier
from sekisho.verification.kinds import VerificationType, identifier_document, read_identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPasswordIdentity:
    type: ClassVar[VerificationType] = VerificationType.NEW_PASSWORD_IDENTITY
    id: str
    identifier: Identifier
    password: PasswordHash

    @property
    def is_verified(self) -> bool:
        """Always: it is kept only with a password that was accepted."""
        return True

    def sanitized(self) -> dict[str, Any]:
        """Return what the person's own browser may see: nothing of the password."""
        return {"id": self.id, "type": self.type, "identifier": identifier_document(self.identifier)}

    def to_document(self) -> dict[str, Any]:
        return {
            **self.sanitized(),
            "passwordEncrypted": self.password.encoded,
            "passwordEncryptionMethod": self.password.method,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        password = PasswordHash(
            method=HashMethod(document["passwordEncryptionMethod"]), encoded=document["passwordEncrypted"]
        )
        return cls(id=document["id"], identifier=read_identifier(document["identifier"]), password=password)
