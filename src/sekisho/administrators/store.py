"""Statements over first-admin tokens, and the one question about users and their roles."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, insert, select

from sekisho.administrators.models import ADMINISTRATOR_ROLE
from sekisho.administrators.tables import FirstAdminTokenTable
from sekisho.db.database import UnitOfWork
from sekisho.kernel.ids import TenantId
from sekisho.roles.tables import RoleTable, UserRoleTable
from sekisho.users.tables import UserTable


class AdministratorStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def replace_token(self, digest: bytes, *, expires_at: datetime) -> None:
        table = FirstAdminTokenTable
        await self._uow.execute(delete(table).where(table.tenant_id == self._tenant_id))
        row = {"tenant_id": self._tenant_id, "token_digest": digest, "expires_at": expires_at}
        await self._uow.execute(insert(table).values(row))

    async def find_token(self, digest: bytes, *, now: datetime) -> bool:
        """Tell whether this token is good at this moment."""
        table = FirstAdminTokenTable
        found = select(exists().where(self._is_it(digest), table.expires_at > now))
        return bool((await self._uow.execute(found)).scalar())

    async def consume_token(self, digest: bytes, *, now: datetime) -> bool:
        """Remove the token and tell whether it was good. Of several at once, one finds a row to remove."""
        table = FirstAdminTokenTable
        removed = await self._uow.execute(delete(table).where(self._is_it(digest), table.expires_at > now))
        return bool(removed.rowcount)

    async def has_administrator(self) -> bool:
        is_its_role = and_(UserRoleTable.tenant_id == RoleTable.tenant_id, UserRoleTable.role_id == RoleTable.id)
        is_holder = and_(UserTable.tenant_id == UserRoleTable.tenant_id, UserTable.id == UserRoleTable.user_id)
        holders = select(UserTable.id).join(UserRoleTable, is_holder).join(RoleTable, is_its_role)
        active = holders.where(
            UserTable.tenant_id == self._tenant_id,
            UserTable.is_suspended.is_(False),
            RoleTable.name == ADMINISTRATOR_ROLE,
        )
        return (await self._uow.execute(active.limit(1))).first() is not None

    def _is_it(self, digest: bytes) -> ColumnElement[bool]:
        table = FirstAdminTokenTable
        return and_(table.tenant_id == self._tenant_id, table.token_digest == digest)
