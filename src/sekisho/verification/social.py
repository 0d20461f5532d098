"""Proof by an account at a social provider."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from sekisho.verification.kinds import VerificationType


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialAccount:
    """What a provider said about somebody; `id` is unique there. `raw_data` is its answer as it came."""

    id: str
    email: str | None = None
    phone: str | None = None
    name: str | None = None
    avatar: str | None = None
    raw_data: Any = None

    def to_document(self) -> dict[str, Any]:
        members = {
            "id": self.id,
            "email": self.email,
            "phone": self.phone,
            "name": self.name,
            "avatar": self.avatar,
            "rawData": self.raw_data,
        }
        return {name: value for name, value in members.items() if value is not None}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        texts = {name: document.get(name) for name in ("email", "phone", "name", "avatar")}
        return cls(id=document["id"], raw_data=document.get("rawData"), **texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialVerification:
    """Somebody was sent to a provider, and came back as `account`. `token_set` is sealed, and for the vault."""

    type: ClassVar[VerificationType] = VerificationType.SOCIAL
    id: str
    connector_id: str
    account: SocialAccount | None = None
    token_set: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def is_verified(self) -> bool:
        return self.account is not None

    def sanitized(self) -> dict[str, Any]:
        """Return what the person's own browser may see."""
        view: dict[str, Any] = {"id": self.id, "type": self.type, "connectorId": self.connector_id}
        if self.account is not None:
            view["socialUserInfo"] = self.account.to_document()
        return view

    def to_document(self) -> dict[str, Any]:
        document = self.sanitized()
        if self.token_set is not None:
            document["encryptedTokenSet"] = dict(self.token_set)
        return document

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        account = document.get("socialUserInfo")
        return cls(
            id=document["id"],
            connector_id=document["connectorId"],
            account=None if account is None else SocialAccount.from_document(account),
            token_set=document.get("encryptedTokenSet"),
        )
