"""Names of the kinds of proof, and what their documents have in common."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sekisho.users.models import Identifier, IdentifierType


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


def identifier_document(identifier: Identifier) -> dict[str, str]:
    return {"type": identifier.type.value, "value": identifier.value}


def read_identifier(document: Mapping[str, Any]) -> Identifier:
    return Identifier(type=IdentifierType(document["type"]), value=document["value"])
