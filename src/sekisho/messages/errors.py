"""Why a message is not sent. What a connector itself refuses is `connectors.kit.errors.ConnectorError`."""

from sekisho.kernel.errors import DomainError, ErrorKind


class MessageRateLimited(DomainError):
    """This person has been sent as many messages as one may get in a while."""

    code = "request.message_rate_limited"
    kind = ErrorKind.TOO_MANY
