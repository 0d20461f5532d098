"""Proof by a one-time token, which came by a link in a message to an address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from sekisho.users.models import Identifier
from sekisho.verification.kinds import VerificationType, identifier_document, read_identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeTokenVerification:
    """A token was used up; `context` is what its maker said about its use, as the wire has it."""

    type: ClassVar[VerificationType] = VerificationType.ONE_TIME_TOKEN
    id: str
    identifier: Identifier
    is_verified: bool
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def jit_organization_ids(self) -> tuple[str, ...]:
        return tuple(self.context.get("jitOrganizationIds", ()))

    def sanitized(self) -> dict[str, Any]:
        """Return what the person's own browser may see."""
        return {
            "id": self.id,
            "type": self.type,
            "identifier": identifier_document(self.identifier),
            "verified": self.is_verified,
            "oneTimeTokenContext": dict(self.context),
        }

    def to_document(self) -> dict[str, Any]:
        return self.sanitized()

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        return cls(
            id=document["id"],
            identifier=read_identifier(document["identifier"]),
            is_verified=document["verified"],
            context=document.get("oneTimeTokenContext", {}),
        )
