"""What a username may be: the rule no tenant can lift, then the tenant's own (experience.md §9)."""

import re
import string
from enum import StrEnum

from sekisho.kernel.errors import DomainError, ErrorKind
from sekisho.sign_in.models import UsernamePolicy

USERNAME = re.compile(r"[A-Z_a-z][0-9A-Z_a-z]*")
"""The floor for every username, matched whole: ASCII letters, digits and underscore, no digit first."""


class UsernameViolation(StrEnum):
    """What is wrong with a username; the wire says `user.username_<value>`."""

    REQUIRED = "required"
    STARTS_WITH_NUMBER = "starts_with_number"
    INVALID_CHARSET_HARD = "invalid_charset_hard"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    UPPERCASE_NOT_ALLOWED = "uppercase_not_allowed"
    LOWERCASE_NOT_ALLOWED = "lowercase_not_allowed"
    NUMBERS_NOT_ALLOWED = "numbers_not_allowed"
    UNDERSCORE_NOT_ALLOWED = "underscore_not_allowed"


class UsernameRefused(DomainError):
    """The username breaks a rule. Values: `min`, `max`."""

    kind = ErrorKind.UNPROCESSABLE

    def __init__(self, violation: UsernameViolation, *, policy: UsernamePolicy) -> None:
        self.violation = violation
        self.code = f"user.username_{violation}"  # type: ignore[misc] # one class, one code per rule
        super().__init__(min=policy.min_length, max=policy.max_length)


def username_violation(username: str, *, policy: UsernamePolicy) -> UsernameViolation | None:
    """Return the first rule that a new username breaks."""
    allowed = policy.allowed_chars
    rules = (
        (UsernameViolation.REQUIRED, not username),
        (UsernameViolation.STARTS_WITH_NUMBER, username[:1] in tuple(string.digits)),
        (UsernameViolation.INVALID_CHARSET_HARD, USERNAME.fullmatch(username) is None),
        (UsernameViolation.TOO_SHORT, len(username) < policy.min_length),
        (UsernameViolation.TOO_LONG, len(username) > policy.max_length),
        (UsernameViolation.UPPERCASE_NOT_ALLOWED, not allowed.uppercase and _has(username, string.ascii_uppercase)),
        (UsernameViolation.LOWERCASE_NOT_ALLOWED, not allowed.lowercase and _has(username, string.ascii_lowercase)),
        (UsernameViolation.NUMBERS_NOT_ALLOWED, not allowed.numbers and _has(username, string.digits)),
        (UsernameViolation.UNDERSCORE_NOT_ALLOWED, not allowed.underscore and "_" in username),
    )
    return next((violation for violation, is_broken in rules if is_broken), None)


def check_username(username: str, *, policy: UsernamePolicy) -> None:
    """Refuse a new username that breaks a rule: raises `UsernameRefused`."""
    if violation := username_violation(username, policy=policy):
        raise UsernameRefused(violation, policy=policy)


def _has(text: str, characters: str) -> bool:
    return not set(characters).isdisjoint(text)
