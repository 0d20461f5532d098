"""Second factors on the wire (management-api.md §6.5)."""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType
from pydantic import Field

from sekisho.api.formats import ABSENT
from sekisho.api.management.wire.body import Body
from sekisho.users.mfa_records import MfaFactor, MfaRecord, remaining_codes


class TotpBody(Body):
    type: Literal["Totp"]
    secret: str = ABSENT


class BackupCodeBody(Body):
    type: Literal["BackupCode"]
    codes: list[str] = ABSENT


FactorBody: TypeAlias = Annotated[TotpBody | BackupCodeBody, Field(discriminator="type")]


class TotpOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="type", tag="Totp"):
    """A new authenticator app: the only time its secret is told."""

    secret: str
    secret_qr_code: str


class BackupCodesOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="type", tag="BackupCode"):
    """New backup codes: the only time they are told."""

    codes: list[str]


class MfaVerificationOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    id: str
    created_at: str
    type: Literal["Totp", "WebAuthn", "BackupCode", "EmailVerificationCode", "PhoneVerificationCode"]
    last_used_at: str | UnsetType = UNSET
    agent: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    remain_codes: int | UnsetType = UNSET


def mfa_verification_out(record: MfaRecord) -> MfaVerificationOut:
    extras: dict[str, Any] = {}
    match record["type"]:
        case MfaFactor.WEBAUTHN:
            members = {"agent": "agent", "name": "name", "lastUsedAt": "last_used_at"}
            extras = {ours: record[theirs] for theirs, ours in members.items() if theirs in record}
        case MfaFactor.BACKUP_CODE:
            extras = {"remain_codes": remaining_codes(record)}
    return MfaVerificationOut(id=record["id"], created_at=record["createdAt"], type=record["type"], **extras)
