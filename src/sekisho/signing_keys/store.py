"""Statements over signing and cookie keys, built once, because building one takes longer than running it.

Parameters named `of_…` say which rows, the others which columns to write.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from sekisho.db.database import UnitOfWork
from sekisho.kernel.ids import TenantId
from sekisho.signing_keys.models import SealedKey, SealedSigningKey, SigningKeyStatus
from sekisho.signing_keys.tables import CookieKeyTable, SigningKeyTable

_TABLES = SigningKeyTable.metadata.tables
_SIGNING = _TABLES[SigningKeyTable.__tablename__]
_COOKIE = _TABLES[CookieKeyTable.__tablename__]

_SIGNING_OF_TENANT = _SIGNING.c.tenant_id == bindparam("of_tenant")
_LIST_SIGNING = select(
    _SIGNING.c.id, _SIGNING.c.sealed, _SIGNING.c.status, _SIGNING.c.created_at, _SIGNING.c.effective_at
).where(_SIGNING_OF_TENANT)
_LIST_COOKIE = (
    select(_COOKIE.c.id, _COOKIE.c.sealed, _COOKIE.c.created_at)
    .where(_COOKIE.c.tenant_id == bindparam("of_tenant"))
    .order_by(_COOKIE.c.created_at.desc(), _COOKIE.c.id)
)
_ADD_SIGNING = insert(_SIGNING)
_ADD_COOKIE = insert(_COOKIE)
_OF_STATUS = (_SIGNING_OF_TENANT, _SIGNING.c.status == bindparam("of_status"))
_SUCCEED = update(_SIGNING).where(*_OF_STATUS).values(status=bindparam("status"), effective_at=None)
_REMOVE_STATUS = delete(_SIGNING).where(*_OF_STATUS)
_REMOVE_COOKIE = delete(_COOKIE).where(
    _COOKIE.c.tenant_id == bindparam("of_tenant"), _COOKIE.c.id == bindparam("of_id")
)


class SigningKeyStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def list_signing(self) -> Sequence[SealedSigningKey]:
        rows = await self._uow.execute(_LIST_SIGNING, {"of_tenant": self._tenant_id})
        return [
            SealedSigningKey(
                id=row.id,
                sealed=row.sealed,
                created_at=row.created_at,
                status=SigningKeyStatus(row.status),
                effective_at=row.effective_at,
            )
            for row in rows
        ]

    async def list_cookie(self) -> Sequence[SealedKey]:
        """Return the cookie keys, newest first."""
        rows = await self._uow.execute(_LIST_COOKIE, {"of_tenant": self._tenant_id})
        return [SealedKey(id=row.id, sealed=row.sealed, created_at=row.created_at) for row in rows]

    async def add_signing(self, key: SealedSigningKey) -> None:
        values = {"status": key.status, "effective_at": key.effective_at, **self._common(key)}
        await self._uow.execute(_ADD_SIGNING, values)

    async def add_cookie(self, key: SealedKey) -> None:
        await self._uow.execute(_ADD_COOKIE, self._common(key))

    async def succeed(self, status: SigningKeyStatus, *, to: SigningKeyStatus) -> None:
        """Give the key of one status, if there is one, another."""
        await self._uow.execute(_SUCCEED, {**self._with(status), "status": to})

    async def remove_signing(self, status: SigningKeyStatus) -> None:
        await self._uow.execute(_REMOVE_STATUS, self._with(status))

    async def remove_cookie(self, key_id: str) -> None:
        await self._uow.execute(_REMOVE_COOKIE, {"of_tenant": self._tenant_id, "of_id": key_id})

    async def rest(self) -> None:
        """Hold no connection while something slow is done."""
        await self._uow.rest()

    def _with(self, status: SigningKeyStatus) -> dict[str, Any]:
        return {"of_tenant": self._tenant_id, "of_status": status}

    def _common(self, key: SealedKey) -> dict[str, Any]:
        return {"tenant_id": self._tenant_id, "id": key.id, "sealed": key.sealed, "created_at": key.created_at}
