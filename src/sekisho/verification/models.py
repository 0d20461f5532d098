"""All kinds of proof, and how one is read from an interaction (experience.md §3).

A new kind is a module beside this one, a member of `VerificationRecord`, and a line in the table at the end.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from sekisho.verification.code import CodeVerification
from sekisho.verification.kinds import VerificationType
from sekisho.verification.new_password import NewPasswordIdentity
from sekisho.verification.one_time_token import OneTimeTokenVerification
from sekisho.verification.password import PasswordVerification
from sekisho.verification.social import SocialVerification

VerificationRecord: TypeAlias = (
    PasswordVerification | CodeVerification | SocialVerification | OneTimeTokenVerification | NewPasswordIdentity
)

_KINDS: Mapping[str, type[VerificationRecord]] = {
    VerificationType.PASSWORD: PasswordVerification,
    VerificationType.EMAIL_VERIFICATION_CODE: CodeVerification,
    VerificationType.PHONE_VERIFICATION_CODE: CodeVerification,
    VerificationType.SOCIAL: SocialVerification,
    VerificationType.ONE_TIME_TOKEN: OneTimeTokenVerification,
    VerificationType.NEW_PASSWORD_IDENTITY: NewPasswordIdentity,
}


def from_document(document: Mapping[str, Any]) -> VerificationRecord:
    """Read a record of any kind; an unknown one raises KeyError."""
    return _KINDS[document["type"]].from_document(document)


def email_of(record: VerificationRecord) -> str | None:
    """Return the e-mail address a record is about, if it is about one."""
    if isinstance(record, SocialVerification):
        return None if record.account is None else record.account.email
    return record.identifier.value if record.identifier.type == "email" else None
