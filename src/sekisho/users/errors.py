"""Refusals of the users slice."""

from sekisho.kernel.errors import DomainError, EntityNotFound, ErrorKind


class UserNotFound(EntityNotFound):
    """There is no such user."""


class UsernameInUse(DomainError):
    code = "user.username_already_in_use"
    kind = ErrorKind.UNPROCESSABLE


class EmailInUse(DomainError):
    code = "user.email_already_in_use"
    kind = ErrorKind.UNPROCESSABLE


class PhoneInUse(DomainError):
    code = "user.phone_already_in_use"
    kind = ErrorKind.UNPROCESSABLE


class CannotDeleteSelf(DomainError):
    code = "user.cannot_delete_self"


class PasswordAndDigest(DomainError):
    code = "user.password_and_digest"


class PasswordAlgorithmRequired(DomainError):
    code = "user.password_algorithm_required"


class IdentityInUse(DomainError):
    """Somebody else has this identity at the provider."""

    code = "user.identity_already_in_use"
    kind = ErrorKind.UNPROCESSABLE


class IdentityNotExist(DomainError):
    """The user has no identity at this provider."""

    code = "user.identity_not_exist"
    kind = ErrorKind.NOT_FOUND


class EmailNotExist(DomainError):
    """The user has no e-mail address."""

    code = "user.email_not_exist"


class TotpInUse(DomainError):
    code = "user.totp_already_in_use"
    kind = ErrorKind.UNPROCESSABLE


class TotpSecretInvalid(DomainError):
    """Not upper-case base32 of 16 to 32 characters."""

    code = "user.totp_secret_invalid"
    kind = ErrorKind.UNPROCESSABLE


class BackupCodesInUse(DomainError):
    """There are backup codes that were not used yet."""

    code = "user.backup_code_already_in_use"
    kind = ErrorKind.UNPROCESSABLE


class BackupCodesAlone(DomainError):
    """Backup codes stand in for another factor, and there is none."""

    code = "session.mfa.backup_code_can_not_be_alone"
    kind = ErrorKind.UNPROCESSABLE


class WrongBackupCodes(DomainError):
    """Not exactly ten codes of ten hexadecimal digits."""

    code = "user.wrong_backup_code_format"
    kind = ErrorKind.UNPROCESSABLE


class PasswordExpirationNotEnabled(DomainError):
    """Passwords do not expire in this tenant."""

    code = "sign_in_experiences.password_expiration_not_enabled"
