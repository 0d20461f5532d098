"""Rows that keep every social identity to one user."""

from sqlalchemy import bindparam, delete, insert, select

from sekisho.db.database import UnitOfWork
from sekisho.db.lengths import check_lengths
from sekisho.kernel.ids import TenantId, UserId
from sekisho.users.tables import UserIdentityTable

_IDENTITIES = UserIdentityTable.metadata.tables[UserIdentityTable.__tablename__]
_FIND_OWNER = select(_IDENTITIES.c.user_id).where(
    _IDENTITIES.c.tenant_id == bindparam("of_tenant"),
    _IDENTITIES.c.target == bindparam("of_target"),
    _IDENTITIES.c.identity_id == bindparam("of_identity"),
)
_ADD = insert(_IDENTITIES)
_REMOVE = delete(_IDENTITIES).where(
    _IDENTITIES.c.tenant_id == bindparam("of_tenant"),
    _IDENTITIES.c.user_id == bindparam("of_user"),
    _IDENTITIES.c.target == bindparam("of_target"),
)


class IdentityStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def find_owner(self, target: str, identity_id: str) -> UserId | None:
        values = {"of_tenant": self._tenant_id, "of_target": target, "of_identity": identity_id}
        row = (await self._uow.execute(_FIND_OWNER, values)).one_or_none()
        return None if row is None else UserId(row.user_id)

    async def add(self, user_id: UserId, target: str, identity_id: str) -> None:
        """Write one; raises `UniqueViolation` when somebody has it."""
        values = {"user_id": user_id, "target": target, "identity_id": identity_id}
        check_lengths(UserIdentityTable, values)
        await self._uow.execute(_ADD, {"tenant_id": self._tenant_id, **values})

    async def remove(self, user_id: UserId, target: str) -> None:
        """Remove one, if there is one."""
        values = {"of_tenant": self._tenant_id, "of_user": user_id, "of_target": target}
        await self._uow.execute(_REMOVE, values)
