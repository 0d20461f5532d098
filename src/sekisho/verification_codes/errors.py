"""Why a code is not taken (experience.md §11.2)."""

from sekisho.kernel.errors import DomainError


class CodeRefused(DomainError):
    """What is said against a code; each reason is a subclass."""


class CodeNotFound(CodeRefused):
    """No code waits here: none was sent, it was used, or another was sent since."""

    code = "verification_code.not_found"


class EmailMismatch(CodeRefused):
    """The code was sent to another address."""

    code = "verification_code.email_mismatch"


class PhoneMismatch(CodeRefused):
    """The code was sent to another number."""

    code = "verification_code.phone_mismatch"


class CodeExpired(CodeRefused):
    code = "verification_code.expired"


class TooManyTries(CodeRefused):
    """This code was mistyped too often; the right one comes too late."""

    code = "verification_code.exceed_max_try"


class CodeMismatch(CodeRefused):
    """Another code was sent."""

    code = "verification_code.code_mismatch"
