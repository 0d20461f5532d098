"""Rows of subject tokens, found by the digest of their value."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from sekisho.crypto.digests import digest
from sekisho.db.database import UnitOfWork
from sekisho.db.lengths import check_lengths
from sekisho.kernel.ids import TenantId, UserId
from sekisho.oidc.models import SubjectToken
from sekisho.subject_tokens.tables import SubjectTokenTable

_TOKENS = SubjectTokenTable.metadata.tables[SubjectTokenTable.__tablename__]

_THE_TOKEN = (_TOKENS.c.tenant_id == bindparam("of_tenant"), _TOKENS.c.digest == bindparam("of_digest"))
_FIND = select(_TOKENS.c.user_id, _TOKENS.c.context, _TOKENS.c.expires_at, _TOKENS.c.consumed_at).where(*_THE_TOKEN)
_ADD = insert(_TOKENS)
_CONSUME = (
    update(_TOKENS).where(*_THE_TOKEN, _TOKENS.c.consumed_at.is_(None)).values(consumed_at=bindparam("consumed_at"))
)


class SubjectTokenStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def find(self, value: str) -> SubjectToken | None:
        row = (await self._uow.execute(_FIND, self._of(value))).one_or_none()
        if row is None:
            return None
        return SubjectToken(
            account_id=UserId(row.user_id),
            context=row.context,
            expires_at=row.expires_at,
            is_consumed=row.consumed_at is not None,
        )

    async def add(self, value: str, token: SubjectToken, *, creator_id: str, created_at: datetime) -> None:
        values: Mapping[str, Any] = {
            "tenant_id": self._tenant_id,
            "digest": digest(value),
            "user_id": token.account_id,
            "creator_id": creator_id,
            "context": dict(token.context),
            "created_at": created_at,
            "expires_at": token.expires_at,
        }
        check_lengths(SubjectTokenTable, values)
        await self._uow.execute(_ADD, values)

    async def consume(self, value: str, *, at: datetime) -> bool:
        return bool((await self._uow.execute(_CONSUME, {**self._of(value), "consumed_at": at})).rowcount)

    def _of(self, value: str) -> dict[str, Any]:
        return {"of_tenant": self._tenant_id, "of_digest": digest(value)}
