"""Proof by a code that was sent to an address or a number."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, assert_never

from sekisho.users.models import Identifier, IdentifierType
from sekisho.verification.kinds import VerificationType, identifier_document, read_identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeVerification:
    """A code was sent, and came back when `is_verified`; `template` is what the message was for."""

    id: str
    identifier: Identifier
    template: str
    is_verified: bool = False

    @property
    def type(self) -> VerificationType:
        return code_verification_type(self.identifier.type)

    def sanitized(self) -> dict[str, Any]:
        """Return what the person's own browser may see."""
        return {
            "id": self.id,
            "type": self.type,
            "identifier": identifier_document(self.identifier),
            "templateType": self.template,
            "verified": self.is_verified,
        }

    def to_document(self) -> dict[str, Any]:
        return self.sanitized()

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        return cls(
            id=document["id"],
            identifier=read_identifier(document["identifier"]),
            template=document["templateType"],
            is_verified=document["verified"],
        )


def code_verification_type(identifier: IdentifierType) -> VerificationType:
    """Return the kind of proof a code sent to such an identifier is; nothing is sent to a username."""
    match identifier:
        case IdentifierType.EMAIL:
            return VerificationType.EMAIL_VERIFICATION_CODE
        case IdentifierType.PHONE:
            return VerificationType.PHONE_VERIFICATION_CODE
        case IdentifierType.USERNAME:
            raise ValueError(identifier)
        case _:
            assert_never(identifier)
