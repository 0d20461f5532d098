"""Refusals of the audit slice."""

from sekisho.kernel.errors import DomainError, EntityIdNotFound


class LogNotFound(EntityIdNotFound):
    """There is no such entry."""

    def __init__(self, log_id: str) -> None:
        super().__init__(name="logs", id=log_id)


class InvalidTimeWindow(DomainError):
    """The window ends before it begins."""

    code = "log.invalid_time_window"
