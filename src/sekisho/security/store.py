"""Statements over attempts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Update, case, delete, func, insert, select, update

from sekisho.db.database import UnitOfWork
from sekisho.db.locks import lock
from sekisho.kernel.ids import TenantId
from sekisho.security.models import Action, Attempt, Decision, Result, Tally
from sekisho.security.tables import SentinelActivityTable

_TARGET = "User"


class SentinelStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def queue_up(self, target_hash: str) -> None:
        """Wait until nobody else counts attempts on this target; held to the end of the unit of work."""
        await lock(self._uow, "sentinel", self._tenant_id, target_hash)

    async def tally(self, target_hash: str, *, pool: Sequence[Action], now: datetime, since: datetime) -> Tally:
        table = SentinelActivityTable
        is_blocked = table.decision == Decision.BLOCKED
        statement = select(
            func.count(case(((table.action_result == Result.FAILED) & ~is_blocked, 1))).label("failed"),
            func.count(case(((table.action_result == Result.PENDING) & ~is_blocked, 1))).label("pending"),
            func.max(case((is_blocked & (table.decision_expires_at > now), table.decision_expires_at))).label("until"),
        ).where(
            table.tenant_id == self._tenant_id,
            table.target_type == _TARGET,
            table.target_hash == target_hash,
            table.action.in_(pool),
            # A block may outlive the window in which failures count.
            (table.created_at > since) | (is_blocked & (table.decision_expires_at > now)),
        )
        row = (await self._uow.execute(statement)).one()
        return Tally(failed=row.failed, pending=row.pending, blocked_until=row.until)

    async def add(self, attempt: Attempt, *, now: datetime) -> None:
        values = {
            "tenant_id": self._tenant_id,
            "id": attempt.id,
            "target_type": _TARGET,
            "target_hash": attempt.target_hash,
            "action": attempt.action,
            "action_result": Result.PENDING,
            "payload": {},
            "decision": Decision.ALLOWED,
            "decision_expires_at": now,
            "created_at": now,
        }
        await self._uow.execute(insert(SentinelActivityTable).values(values))

    async def settle(self, attempt: Attempt, result: Result) -> None:
        await self._uow.execute(self._update(attempt).values(action_result=result))

    async def block(self, attempt: Attempt, *, until: datetime) -> None:
        blocked = {"action_result": Result.FAILED, "decision": Decision.BLOCKED, "decision_expires_at": until}
        await self._uow.execute(self._update(attempt).values(blocked))

    async def remove(self, target_hashes: Sequence[str], *, since: datetime) -> None:
        table = SentinelActivityTable
        await self._uow.execute(
            delete(table).where(
                table.tenant_id == self._tenant_id,
                table.target_type == _TARGET,
                table.target_hash.in_(target_hashes),
                table.created_at > since,
            )
        )

    def _update(self, attempt: Attempt) -> Update:
        table = SentinelActivityTable
        return update(table).where(table.tenant_id == self._tenant_id, table.id == attempt.id)
