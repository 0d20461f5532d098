"""Counting while tokens are issued: written in groups with the audit log, so that it costs the token nothing."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import partial

from sqlalchemy.dialects import postgresql, sqlite

from sekisho.dashboard.tables import DailyActiveUserTable, DailyTokenUsageTable
from sekisho.db.group_commit import Grouped, Kind, Row, rows_of
from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import TenantId, UserId

_ACTIVE = DailyActiveUserTable.metadata.tables[DailyActiveUserTable.__tablename__]
_USAGE = DailyTokenUsageTable.metadata.tables[DailyTokenUsageTable.__tablename__]
_MOST_KNOWN = 100_000


def _adding(insert: "sqlite.Insert | postgresql.Insert") -> "sqlite.Insert | postgresql.Insert":
    """Add to what is counted already."""
    counted = ("user_tokens", "machine_tokens")
    more = {name: _USAGE.c[name] + insert.excluded[name] for name in counted}
    return insert.on_conflict_do_update(index_elements=["tenant_id", "day"], set_=more)


def _in_order(rows: Sequence[Row]) -> Sequence[Row]:
    # Processes that insert the same rows in different orders would wait for each other for ever.
    return sorted(rows, key=lambda row: (row["tenant_id"], row["day"], row["user_id"]))


def _summed(rows: Sequence[Row]) -> Sequence[Row]:
    users: Counter[tuple[str, date]] = Counter()
    machines: Counter[tuple[str, date]] = Counter()
    for row in rows:
        users[row["tenant_id"], row["day"]] += row["user_tokens"]
        machines[row["tenant_id"], row["day"]] += row["machine_tokens"]
    return [
        {"tenant_id": tenant_id, "day": day, "user_tokens": count, "machine_tokens": machines[tenant_id, day]}
        for (tenant_id, day), count in sorted(users.items())
    ]


_ACTIVE_USERS = Kind(
    table=_ACTIVE.name,
    on_sqlite=sqlite.insert(_ACTIVE).on_conflict_do_nothing(),
    on_postgresql=postgresql.insert(_ACTIVE).from_select(*rows_of(_ACTIVE)).on_conflict_do_nothing(),
    condense=_in_order,
)
TOKENS = Kind(
    table=_USAGE.name,
    on_sqlite=_adding(sqlite.insert(_USAGE)),
    on_postgresql=_adding(postgresql.insert(_USAGE).from_select(*rows_of(_USAGE))),
    condense=_summed,
)


class ActiveUsers:
    """Who is known to be written down for a day already. One per process; forgetting costs a write, nothing more."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._known: set[tuple[str, str]] = set()

    def is_new(self, day: date, tenant_id: TenantId, user_id: UserId) -> bool:
        """Tell whether a user has yet to be written down, and take it that he will be."""
        if day != self._day or len(self._known) >= _MOST_KNOWN:
            self._day, self._known = day, set()
        who = (tenant_id, user_id)
        if who in self._known:
            return False
        self._known.add(who)
        return True


class Usage:
    """Counts for one tenant in one unit of work."""

    def __init__(self, *, tenant_id: TenantId, grouped: Grouped, clock: Clock, known: ActiveUsers) -> None:
        self._tenant_id = tenant_id
        self._grouped = grouped
        self._clock = clock
        self._known = known

    def token_issued(self, user_id: UserId | None) -> None:
        """Count an access token, a user's or without one a machine's, once it is certain that it was issued."""
        self._grouped.when_durable(partial(self._count, user_id))

    def _count(self, user_id: UserId | None) -> None:
        day = self._clock.now().date()
        whose = {"tenant_id": self._tenant_id, "day": day}
        is_users = user_id is not None
        self._grouped.add(TOKENS, {**whose, "user_tokens": int(is_users), "machine_tokens": int(not is_users)})
        if user_id is not None and self._known.is_new(day, self._tenant_id, user_id):
            self._grouped.add(_ACTIVE_USERS, {**whose, "user_id": user_id})
