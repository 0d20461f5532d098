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
