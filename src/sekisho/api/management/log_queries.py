"""What `/api/logs` and a webhook's `recent-logs` are asked with: a key, a window, and whether counting may stop."""

from datetime import datetime
from typing import Annotated, TypeAlias

from fastapi import Depends, Query, Response

from sekisho.api.guard import GuardInvalidInput
from sekisho.api.paging import Paging
from sekisho.api.responses import with_links
from sekisho.api.search import is_truthy
from sekisho.audit.models import CAP, LogEntry, LogFilter
from sekisho.kernel.clock import from_epoch_milliseconds
from sekisho.kernel.pages import Page


class LogQuery:
    """Filters every list of log entries takes."""

    def __init__(self, *, filter_: LogFilter, is_capped: bool) -> None:
        self.filter_ = filter_
        self.is_capped = is_capped


async def _log_query(
    log_key: Annotated[str | None, Query(alias="logKey")] = None,
    enable_cap: Annotated[str | None, Query(alias="enableCap")] = None,
    start_time: Annotated[str | None, Query()] = None,
    end_time: Annotated[str | None, Query()] = None,
) -> LogQuery:
    filter_ = LogFilter(
        key=log_key or None, start=_instant("start_time", start_time), end=_instant("end_time", end_time)
    )
    return LogQuery(filter_=filter_, is_capped=is_truthy(enable_cap))


LogQueryDep: TypeAlias = Annotated[LogQuery, Depends(_log_query)]


def paged(response: Response, page: Page[LogEntry], *, paging: Paging, query: LogQuery) -> Response:
    """Add the headers of a page; a capped total has no last page (management-api.md §4)."""
    if not query.is_capped or page.total <= CAP:
        return with_links(response, paging.links(page.total), total=page.total)
    known = [link for link in paging.links(page.total) if not link.endswith(('rel="last"', 'rel="next"'))]
    response.headers["total-number-is-capped"] = "true"
    return with_links(response, known, total=page.total)


def _instant(name: str, text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return from_epoch_milliseconds(int(float(text)))
    except (ValueError, OverflowError, OSError):
        issue = {"code": "custom", "path": [name], "message": "Invalid input"}
        raise GuardInvalidInput(part="query", issues=[issue]) from None
