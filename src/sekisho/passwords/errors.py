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
    """Nobody here can check hashes of this method. Values: `name`."""

    code = "password.unsupported_encryption_method"


class PasswordsBusy(DomainError):
    """More passwords wait to be hashed than this process can do in reasonable time."""

    code = "sekisho.passwords_busy"
    kind = ErrorKind.UNAVAILABLE
