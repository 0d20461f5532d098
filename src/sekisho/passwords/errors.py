"""Refusals about passwords."""

from collections.abc import Sequence
from typing import Any

from sekisho.kernel.errors import DomainError, ErrorKind
from sekisho.passwords.models import Issue


class PasswordRejected(DomainError):
    """The tenant's policy refuses the password; `data` lists the issues in the order people should mend them."""

    code = "password.rejected"
    kind = ErrorKind.UNPROCESSABLE

    def __init__(self, issues: Sequence[Issue]) -> None:
        wire: list[Any] = [issue.to_wire() for issue in issues]
        super().__init__(data=wire)
        self.issues = tuple(issues)


class PasswordExpired(DomainError):
    """The password matched, and is too old to be used."""

    code = "password.expired"
    kind = ErrorKind.UNPROCESSABLE


class SamePassword(DomainError):
    """The new password is the old one."""

    code = "user.same_password"
    kind = ErrorKind.UNPROCESSABLE


class UnsupportedHash(DomainError):
    """A method that is none without its digest. Values: `name`."""

    code = "password.unsupported_encryption_method"


class InvalidLegacyDigest(DomainError):
    """The digest of the method `Legacy` is not `[algorithm, args, hash]`."""

    code = "password.invalid_legacy_password_format"


class UnsupportedLegacyAlgorithm(DomainError):
    """A legacy digest names an algorithm that nobody here knows. Values: `algorithm`."""

    code = "password.unsupported_legacy_hash_algorithm"


class PasswordsBusy(DomainError):
    """More passwords wait to be hashed than this process can do in reasonable time."""

    code = "sekisho.passwords_busy"
    kind = ErrorKind.UNAVAILABLE
