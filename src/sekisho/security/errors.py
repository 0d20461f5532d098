"""Refusals of the sentinel."""

from datetime import timedelta

from sekisho.kernel.errors import DomainError


class TooManyAttempts(DomainError):
    """Guessing was stopped, right guesses included. Values: `relative_time`, until it is allowed again."""

    code = "session.verification_blocked_too_many_attempts"

    def __init__(self, remaining: timedelta) -> None:
        super().__init__(relative_time=remaining)
        self.remaining = remaining
