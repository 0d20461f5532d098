"""Statements over attempts, built once, because building one takes longer than running it.

Parameters named `of_…` say which rows, the others which columns to write (`new_…` where SQL selects what is written).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, delete, func, insert, select, update

from sekisho.db.database import UnitOfWork
from sekisho.db.locks import lock
from sekisho.kernel.ids import TenantId
from sekisho.security.models import Action, Attempt, Decision, Result, Tally
from sekisho.security.tables import SentinelActivityTable

_TARGET = "User"

_ATTEMPTS = SentinelActivityTable.metadata.tables[SentinelActivityTable.__tablename__]
_OF_TENANT = _ATTEMPTS.c.tenant_id == bindparam("of_tenant")
_IS_BLOCKED = _ATTEMPTS.c.decision == Decision.BLOCKED
_STILL_BLOCKS = _IS_BLOCKED & (_ATTEMPTS.c.decision_expires_at > bindparam("of_now"))
_TALLY = select(
    func.count(case(((_ATTEMPTS.c.action_result == Result.FAILED) & ~_IS_BLOCKED, 1))).label("failed"),
    func.count(case(((_ATTEMPTS.c.action_result == Result.PENDING) & ~_IS_BLOCKED, 1))).label("pending"),
    func.max(case((_STILL_BLOCKS, _ATTEMPTS.c.decision_expires_at))).label("until"),
).where(
    _OF_TENANT,
    _ATTEMPTS.c.target_type == _TARGET,
    _ATTEMPTS.c.target_hash == bindparam("of_target"),
    _ATTEMPTS.c.action.in_(bindparam("of_pool", expanding=True)),
    # A block may outlive the window in which failures count.
    (_ATTEMPTS.c.created_at > bindparam("of_since")) | _STILL_BLOCKS,
)
_COUNT = select(func.count()).where(
    _OF_TENANT,
    _ATTEMPTS.c.target_type == _TARGET,
    _ATTEMPTS.c.target_hash == bindparam("of_target"),
    _ATTEMPTS.c.action == bindparam("of_action"),
    _ATTEMPTS.c.action_result == Result.SUCCESS,
    _ATTEMPTS.c.created_at > bindparam("of_since"),
)
_ADD = insert(_ATTEMPTS)
_ADDED = {column.name: bindparam(f"new_{column.name}", type_=column.type) for column in _ATTEMPTS.c}
_SO_FAR = _TALLY.subquery()
_ADD_IF_ALLOWED = _ADD.from_select(
    list(_ADDED),
    select(*_ADDED.values()).where(
        _SO_FAR.c.until.is_(None), _SO_FAR.c.failed + _SO_FAR.c.pending < bindparam("of_limit")
    ),
)
_CHANGE = update(_ATTEMPTS).where(_OF_TENANT, _ATTEMPTS.c.id == bindparam("of_id"))
_REMOVE = delete(_ATTEMPTS).where(
    _OF_TENANT,
    _ATTEMPTS.c.target_type == _TARGET,
    _ATTEMPTS.c.target_hash.in_(bindparam("of_targets", expanding=True)),
    _ATTEMPTS.c.created_at > bindparam("of_since"),
)


class SentinelStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def queue_up(self, target_hash: str) -> None:
        """Wait until nobody else counts attempts on this target; held to the end of the unit of work."""
        await lock(self._uow, "sentinel", self._tenant_id, target_hash)

    async def add_if_allowed(self, attempt: Attempt, *, now: datetime, since: datetime) -> bool:
        """Add an attempt, unless its target is blocked or was tried as often as may be, and tell whether it was."""
        row = self._row(attempt, now=now, result=Result.PENDING)
        values = {f"new_{name}": value for name, value in row.items()} | self._counted(attempt, now=now, since=since)
        added = await self._uow.execute(_ADD_IF_ALLOWED, values | {"of_limit": attempt.limits.attempts})
        return added.rowcount == 1

    async def tally(self, attempt: Attempt, *, now: datetime, since: datetime) -> Tally:
        """Count what was tried on the target of an attempt."""
        row = (await self._uow.execute(_TALLY, self._counted(attempt, now=now, since=since))).one()
        return Tally(failed=row.failed, pending=row.pending, blocked_until=row.until)

    async def count_successes(self, target_hash: str, *, action: Action, since: datetime) -> int:
        values = {
            "of_tenant": self._tenant_id,
            "of_target": target_hash,
            "of_action": action,
            "of_since": since,
        }
        return int((await self._uow.execute(_COUNT, values)).scalar_one())

    async def add(self, attempt: Attempt, *, now: datetime, result: Result = Result.PENDING) -> None:
        await self._uow.execute(_ADD, self._row(attempt, now=now, result=result))

    def settle(self, attempt: Attempt, result: Result) -> None:
        self._uow.write(_CHANGE, {**self._of(attempt), "action_result": result})

    def block(self, attempt: Attempt, *, until: datetime) -> None:
        blocked = {"action_result": Result.FAILED, "decision": Decision.BLOCKED, "decision_expires_at": until}
        self._uow.write(_CHANGE, {**self._of(attempt), **blocked})

    async def remove(self, target_hashes: Sequence[str], *, since: datetime) -> None:
        values = {"of_tenant": self._tenant_id, "of_targets": tuple(target_hashes), "of_since": since}
        await self._uow.execute(_REMOVE, values)

    def _row(self, attempt: Attempt, *, now: datetime, result: Result) -> dict[str, Any]:
        return {
            "tenant_id": self._tenant_id,
            "id": attempt.id,
            "target_type": _TARGET,
            "target_hash": attempt.target_hash,
            "action": attempt.action,
            "action_result": result,
            "payload": {},
            "decision": Decision.ALLOWED,
            "decision_expires_at": now,
            "created_at": now,
        }

    def _counted(self, attempt: Attempt, *, now: datetime, since: datetime) -> dict[str, Any]:
        return {
            "of_tenant": self._tenant_id,
            "of_target": attempt.target_hash,
            "of_pool": attempt.action.pool,
            "of_now": now,
            "of_since": since,
        }

    def _of(self, attempt: Attempt) -> dict[str, Any]:
        return {"of_tenant": self._tenant_id, "of_id": attempt.id}
