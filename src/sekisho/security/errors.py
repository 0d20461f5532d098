"""Refusals of the sentinel."""

from datetime import timedelta

from sekisho.kernel.errors import DomainError


class TooManyAttempts(DomainError):
    """Guessing was stopped, right guesses included. Values: `relative_time`, until it is allowed again.

    `is_new`: this very attempt was the last one allowed.
    """

    code = "session.verification_blocked_too_many_attempts"

    def __init__(self, remaining: timedelta, *, is_new: bool = False) -> None:
        super().__init__(relative_time=remaining)
        self.remaining = remaining
        self.is_new = is_new
