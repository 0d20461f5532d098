"""Statements over the usernames of a whole tenant: those that differ only by case, and all their keys at once.

Usernames are ASCII, and so is the folding (`identifiers.py`); PostgreSQL is told so, because its own `lower` follows
the locale of the database.
"""

from typing import Any

from sqlalchemy import ColumnElement, collate, func, select, update

from sekisho.db.database import UnitOfWork
from sekisho.kernel.ids import TenantId, UserId
from sekisho.users.models import UsernameConflict, UsernameConflicts
from sekisho.users.tables import UserTable


class UsernameStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def conflicts(self, *, limit: int) -> UsernameConflicts:
        folded = self._folded()
        clashing = (
            select(folded.label("folded"))
            .where(self._of_tenant, UserTable.username.is_not(None))
            .group_by(folded)
            .having(func.count() > 1)
        )
        total = (await self._uow.execute(select(func.count()).select_from(clashing.subquery()))).scalar_one()
        if not total:
            return UsernameConflicts(total_conflicts=0, samples=())
        names = (await self._uow.execute(clashing.order_by(folded).limit(limit))).scalars()
        rows = await self._uow.execute(
            select(folded.label("folded"), UserTable.id)
            .where(self._of_tenant, folded.in_(names))
            .order_by(folded, UserTable.id)
        )
        holders: dict[str, list[UserId]] = {name: [] for name in names}
        for row in rows:
            holders[row.folded].append(UserId(row.id))
        samples = tuple(UsernameConflict(username_lower=name, user_ids=tuple(ids)) for name, ids in holders.items())
        return UsernameConflicts(total_conflicts=total, samples=samples)

    async def rekey(self, *, is_case_sensitive: bool) -> None:
        """Write the key of every username that has another."""
        key: ColumnElement[Any] = UserTable.username if is_case_sensitive else self._folded()
        outdated = (self._of_tenant, UserTable.username.is_not(None), UserTable.username_key != key)
        await self._uow.execute(update(UserTable).where(*outdated).values(username_key=key))

    @property
    def _of_tenant(self) -> ColumnElement[bool]:
        return UserTable.tenant_id == self._tenant_id

    def _folded(self) -> ColumnElement[str]:
        name: ColumnElement[Any] = UserTable.__table__.c.username
        return func.lower(name if self._uow.database.is_sqlite else collate(name, "C"))
