"""What the dashboard shows. Days are those of UTC; a period is compared with the one of the same length before it."""

from datetime import UTC, date, datetime, time, timedelta

from sekisho.dashboard.models import ActiveUsersReport, Figure, NewUsers
from sekisho.dashboard.store import DashboardStore
from sekisho.kernel.clock import Clock
from sekisho.kernel.pages import PageRequest
from sekisho.users.service import UserService

_DAY, _WEEK, _MONTH = 1, 7, 30


class DashboardService:
    def __init__(self, *, store: DashboardStore, users: UserService, clock: Clock) -> None:
        self._store = store
        self._users = users
        self._clock = clock

    async def total_users(self) -> int:
        """Return how many users there are; they are counted as they come and go."""
        return (await self._users.page(PageRequest(size=1))).total

    async def new_users(self) -> NewUsers:
        today = self._clock.now().date()
        return NewUsers(today=await self._new(today, days=_DAY), last_week=await self._new(today, days=_WEEK))

    async def active_users(self, day: date | None = None) -> ActiveUsersReport:
        """Return who came back in the periods that end on a day; today, if none is named."""
        last = day or self._clock.now().date()
        first = last - timedelta(days=_MONTH - 1)
        counted = await self._store.count_by_day(first - timedelta(days=1), last)
        days = [first + timedelta(days=number) for number in range(_MONTH)]
        on_day, before = counted.get(last, 0), counted.get(last - timedelta(days=1), 0)
        return ActiveUsersReport(
            curve=[(each, counted.get(each, 0)) for each in days],
            daily=Figure(count=on_day, delta=on_day - before),
            weekly=await self._active(last, days=_WEEK),
            monthly=await self._active(last, days=_MONTH),
        )

    async def _new(self, last: date, *, days: int) -> Figure:
        end = _midnight(last + timedelta(days=1))
        length = timedelta(days=days)
        count = await self._store.count_new(end - length, end)
        return Figure(count=count, delta=count - await self._store.count_new(end - 2 * length, end - length))

    async def _active(self, last: date, *, days: int) -> Figure:
        first = last - timedelta(days=days - 1)
        count = await self._store.count_active(first, last)
        before = await self._store.count_active(first - timedelta(days=days), first - timedelta(days=1))
        return Figure(count=count, delta=count - before)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(tzinfo=UTC))
