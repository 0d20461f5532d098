"""Refusals of the personal access tokens slice."""

from sekisho.kernel.errors import DomainError, EntityNotFound, ErrorKind


class PersonalAccessTokenNotFound(EntityNotFound):
    """The user has no token of this name."""


class PersonalAccessTokenNameInUse(DomainError):
    code = "user.personal_access_token_name_exists"
    kind = ErrorKind.UNPROCESSABLE
