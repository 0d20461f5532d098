"""How a server process writes its log: one JSON object per line, or plain lines for people who develop."""

import structlog

from sekisho.settings import Settings


def configure_logs(settings: Settings) -> None:
    """Set the log up for this process and those it forks. Exceptions are traced without the values of variables."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if settings.development:
        plain = structlog.dev.plain_traceback
        last: list[structlog.types.Processor] = [structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    else:
        last = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    structlog.configure(processors=[*shared, *last], cache_logger_on_first_use=True)
