"""Counting users: those who came, and those who came back."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import func, select

from sekisho.dashboard.tables import DailyActiveUserTable
from sekisho.db.database import UnitOfWork
from sekisho.kernel.ids import TenantId
from sekisho.users.tables import UserTable

_ACTIVE, _USERS = DailyActiveUserTable, UserTable


class DashboardStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def count_new(self, start: datetime, end: datetime) -> int:
        """Return how many users were made from `start` until before `end`."""
        within = (_USERS.tenant_id == self._tenant_id, _USERS.created_at >= start, _USERS.created_at < end)
        counted = select(func.count()).select_from(_USERS).where(*within)
        return int((await self._uow.execute(counted)).scalar_one())

    async def count_by_day(self, first: date, last: date) -> Mapping[date, int]:
        """Return how many users were active on each day that had any."""
        within = (_ACTIVE.tenant_id == self._tenant_id, _ACTIVE.day.between(first, last))
        counted = select(_ACTIVE.day, func.count().label("users")).where(*within).group_by(_ACTIVE.day)
        return {row.day: row.users for row in await self._uow.execute(counted)}

    async def count_active(self, first: date, last: date) -> int:
        """Return how many users were active on any of these days."""
        within = (_ACTIVE.tenant_id == self._tenant_id, _ACTIVE.day.between(first, last))
        counted = select(func.count(_ACTIVE.user_id.distinct())).where(*within)
        return int((await self._uow.execute(counted)).scalar_one())
