"""Statements over first-admin tokens, and the one question about users and their roles.

They are built once, because building one takes longer than running it. Parameters named `of_…` say which rows, the
others which columns to write.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, insert, select

from sekisho.administrators.models import ADMINISTRATOR_ROLE
from sekisho.administrators.tables import FirstAdminTokenTable
from sekisho.db.database import UnitOfWork
from sekisho.kernel.ids import TenantId
from sekisho.roles.tables import RoleTable, UserRoleTable
from sekisho.users.tables import UserTable

_TABLES = FirstAdminTokenTable.metadata.tables
_TOKENS = _TABLES[FirstAdminTokenTable.__tablename__]
_USERS = _TABLES[UserTable.__tablename__]
_ROLES = _TABLES[RoleTable.__tablename__]
_HELD = _TABLES[UserRoleTable.__tablename__]

_GOOD_TOKEN = and_(
    _TOKENS.c.tenant_id == bindparam("of_tenant"),
    _TOKENS.c.token_digest == bindparam("of_digest"),
    _TOKENS.c.expires_at > bindparam("of_now"),
)
_FIND_TOKEN = select(exists().where(_GOOD_TOKEN))
_CONSUME_TOKEN = delete(_TOKENS).where(_GOOD_TOKEN)
_REMOVE_TOKENS = delete(_TOKENS).where(_TOKENS.c.tenant_id == bindparam("of_tenant"))
_ADD_TOKEN = insert(_TOKENS)
_FIND_ADMINISTRATOR = (
    select(_USERS.c.id)
    .join_from(_USERS, _HELD, and_(_USERS.c.tenant_id == _HELD.c.tenant_id, _USERS.c.id == _HELD.c.user_id))
    .join(_ROLES, and_(_HELD.c.tenant_id == _ROLES.c.tenant_id, _HELD.c.role_id == _ROLES.c.id))
    .where(
        _USERS.c.tenant_id == bindparam("of_tenant"),
        _USERS.c.is_suspended.is_(False),
        _ROLES.c.name == ADMINISTRATOR_ROLE,
    )
    .limit(1)
)


class AdministratorStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def replace_token(self, digest: bytes, *, expires_at: datetime) -> None:
        await self._uow.execute(_REMOVE_TOKENS, {"of_tenant": self._tenant_id})
        row = {"tenant_id": self._tenant_id, "token_digest": digest, "expires_at": expires_at}
        await self._uow.execute(_ADD_TOKEN, row)

    async def find_token(self, digest: bytes, *, now: datetime) -> bool:
        """Tell whether this token is good at this moment."""
        return bool((await self._uow.execute(_FIND_TOKEN, self._of(digest, now))).scalar())

    async def consume_token(self, digest: bytes, *, now: datetime) -> bool:
        """Remove the token and tell whether it was good. Of several at once, one finds a row to remove."""
        return bool((await self._uow.execute(_CONSUME_TOKEN, self._of(digest, now))).rowcount)

    async def has_administrator(self) -> bool:
        return (await self._uow.execute(_FIND_ADMINISTRATOR, {"of_tenant": self._tenant_id})).first() is not None

    def _of(self, digest: bytes, now: datetime) -> dict[str, Any]:
        return {"of_tenant": self._tenant_id, "of_digest": digest, "of_now": now}
