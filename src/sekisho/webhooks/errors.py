"""Refusals of the webhooks slice."""

from sekisho.kernel.errors import DomainError, EntityIdNotFound, ErrorKind


class HookNotFound(EntityIdNotFound):
    """There is no such webhook."""

    def __init__(self, hook_id: str) -> None:
        super().__init__(name="hooks", id=hook_id)


class DeadLetterNotFound(EntityIdNotFound):
    """No message of this id was given up, or it has been sent since."""

    def __init__(self, letter_id: str) -> None:
        super().__init__(name="dead letters", id=letter_id)


class MissingEvents(DomainError):
    """A webhook that would listen to nothing."""

    code = "hook.missing_events"


class SampleNotSent(DomainError):
    """The receiver of a test could not be reached, or took too long."""

    code = "hook.send_test_payload_failed"
    kind = ErrorKind.UNPROCESSABLE


class SampleRefused(DomainError):
    """The receiver of a test answered, but not that it has taken it."""

    code = "hook.endpoint_responded_with_error"
    kind = ErrorKind.UNPROCESSABLE

    def __init__(self, *, status: int, body: str) -> None:
        super().__init__(data={"responseStatus": status, "responseBody": body})
