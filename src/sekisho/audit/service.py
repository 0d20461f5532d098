"""Writing and reading the audit log.

What a request tried is collected, and written once its transaction has ended, well or not, and before its answer: a
refused request leaves its trace too. Entries of many requests are committed together (`db/group_commit.py`). An entry
of what only the transaction makes true is written in it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sekisho.audit.errors import InvalidTimeWindow
from sekisho.audit.masking import masked
from sekisho.audit.models import CAP, HOOK_FAMILY, LISTED_FAMILIES, LogEntry, LogFilter, Result
from sekisho.audit.store import ENTRIES, LogStore, row_of
from sekisho.db.group_commit import Grouped
from sekisho.kernel.clock import Clock
from sekisho.kernel.events import Caller
from sekisho.kernel.ids import Ids, TenantId
from sekisho.kernel.pages import Page, PageRequest

_LONGEST_USER_AGENT = 500


class AuditLog:
    """One tenant's log, for one unit of work."""

    def __init__(
        self,
        *,
        tenant_id: TenantId,
        store: LogStore,
        grouped: Grouped,
        clock: Clock,
        ids: Ids,
        caller: Caller,
    ) -> None:
        self._tenant_id = tenant_id
        self._store = store
        self._grouped = grouped
        self._clock = clock
        self._ids = ids
        self._caller = caller

    def record(self, key: str, *, error: Mapping[str, Any] | str | None = None, **context: Any) -> None:
        """Note what was done, or with `error` refused; members of `context` that are None are left out."""
        self._grouped.add(ENTRIES, row_of(self.entry(key, error=error, **context), tenant_id=self._tenant_id))

    def entry(self, key: str, *, error: Mapping[str, Any] | str | None = None, **context: Any) -> LogEntry:
        """Return an entry that somebody else writes."""
        payload: dict[str, Any] = {"key": key, "result": Result.SUCCESS if error is None else Result.ERROR}
        if error is not None:
            payload["error"] = error
        if self._caller.ip:
            payload["ip"] = self._caller.ip
        if self._caller.user_agent:
            payload["userAgent"] = self._caller.user_agent[:_LONGEST_USER_AGENT]
        payload |= {name: value for name, value in context.items() if value is not None}
        return LogEntry(id=self._ids.standard(), key=key, payload=masked(payload), created_at=self._clock.now())

    def add(self, entry: LogEntry) -> None:
        """Write an entry in the caller's transaction: one commit for what was done and what tells of it.

        It cannot fail alone, and cost the caller what it tells of: it refers to nothing, its id is new, its texts fit
        their columns, and masking has taken from its payload what no database keeps.
        """
        self._store.add(entry)

    async def get(self, log_id: str) -> LogEntry:
        return await self._store.get(log_id)

    async def page(self, page: PageRequest, *, filter_: LogFilter, is_capped: bool) -> Page[LogEntry]:
        """Return entries of the families that are listed, newest first; raises `InvalidTimeWindow`."""
        return await self._page(page, filter_, families=LISTED_FAMILIES, is_capped=is_capped)

    async def page_of_hook(
        self, hook_id: str, page: PageRequest, *, filter_: LogFilter, is_capped: bool
    ) -> Page[LogEntry]:
        """Return deliveries to a webhook, newest first: of the last day, if no window is given."""
        if filter_.start is None and filter_.end is None:
            filter_ = replace(filter_, start=self._clock.now() - timedelta(days=1))
        filter_ = replace(filter_, hook_id=hook_id)
        return await self._page(page, filter_, families=(HOOK_FAMILY,), is_capped=is_capped)

    async def deliveries(self, hook_ids: list[str]) -> Mapping[str, Mapping[str, int]]:
        """Return how many deliveries of the last day ended how, by webhook and result."""
        since = self._clock.now() - timedelta(days=1)
        return await self._store.count_by_result(hook_ids, since=since) if hook_ids else {}

    async def _page(
        self, page: PageRequest, filter_: LogFilter, *, families: tuple[str, ...], is_capped: bool
    ) -> Page[LogEntry]:
        if filter_.start is not None and filter_.end is not None and filter_.start > filter_.end:
            raise InvalidTimeWindow
        filter_ = replace(filter_, families=families)
        return await self._store.page(page, filter_=filter_, cap=CAP if is_capped else None)
