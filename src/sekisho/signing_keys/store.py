"""Statements over signing and cookie keys."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select

from sekisho.db.database import UnitOfWork
from sekisho.kernel.ids import TenantId
from sekisho.signing_keys.models import SealedKey, SealedSigningKey, SigningKeyStatus
from sekisho.signing_keys.tables import CookieKeyTable, SigningKeyTable


class SigningKeyStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def list_signing(self) -> Sequence[SealedSigningKey]:
        table = SigningKeyTable
        columns = select(table.id, table.sealed, table.status, table.created_at)
        rows = await self._uow.execute(columns.where(table.tenant_id == self._tenant_id))
        return [
            SealedSigningKey(
                id=row.id, sealed=row.sealed, created_at=row.created_at, status=SigningKeyStatus(row.status)
            )
            for row in rows
        ]

    async def list_cookie(self) -> Sequence[SealedKey]:
        """Return the cookie keys, newest first."""
        table = CookieKeyTable
        columns = select(table.id, table.sealed, table.created_at)
        newest_first = columns.where(table.tenant_id == self._tenant_id).order_by(table.created_at.desc(), table.id)
        rows = await self._uow.execute(newest_first)
        return [SealedKey(id=row.id, sealed=row.sealed, created_at=row.created_at) for row in rows]

    async def add_signing(self, key: SealedSigningKey) -> None:
        await self._uow.execute(insert(SigningKeyTable).values(status=key.status, **self._common(key)))

    async def add_cookie(self, key: SealedKey) -> None:
        await self._uow.execute(insert(CookieKeyTable).values(**self._common(key)))

    def _common(self, key: SealedKey) -> dict[str, Any]:
        return {"tenant_id": self._tenant_id, "id": key.id, "sealed": key.sealed, "created_at": key.created_at}
