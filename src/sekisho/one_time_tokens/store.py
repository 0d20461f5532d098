"""Rows of one-time tokens. Values are sealed on the way in and opened on the way out.

A value is looked up by its fingerprint, a hash under the sealing key: whoever reads the rows learns nothing from it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from sekisho.crypto.sealing import Place, Sealer
from sekisho.db.database import UnitOfWork
from sekisho.db.lengths import check_lengths
from sekisho.db.statements import Row
from sekisho.kernel.errors import EntityIdNotFound, EntityNotFound
from sekisho.kernel.ids import TenantId
from sekisho.kernel.pages import PageRequest
from sekisho.kernel.secret import Secret
from sekisho.one_time_tokens.models import OneTimeToken, OneTimeTokenId, TokenStatus
from sekisho.one_time_tokens.tables import OneTimeTokenTable

_TOKENS = OneTimeTokenTable.metadata.tables[OneTimeTokenTable.__tablename__]
_COLUMNS = tuple(column for column in _TOKENS.c if column.name not in {"tenant_id", "fingerprint"})

_OF_TENANT = _TOKENS.c.tenant_id == bindparam("of_tenant")
_THE_TOKEN = (_OF_TENANT, _TOKENS.c.id == bindparam("of_id"))
_IS_ACTIVE = _TOKENS.c.status == TokenStatus.ACTIVE
_FIND = select(*_COLUMNS).where(*_THE_TOKEN)
_FIND_BY_FINGERPRINT = select(*_COLUMNS).where(
    _OF_TENANT, _TOKENS.c.fingerprint.in_(bindparam("of_fingerprints", expanding=True))
)
_COUNT = select(func.count()).select_from(_TOKENS).where(_OF_TENANT)
_ADD = insert(_TOKENS)
_SET_STATUS = update(_TOKENS).where(*_THE_TOKEN)
_END = update(_TOKENS).where(*_THE_TOKEN, _IS_ACTIVE)
_EXPIRE_OLD = update(_TOKENS).where(
    _OF_TENANT, _TOKENS.c.email == bindparam("of_email"), _IS_ACTIVE, _TOKENS.c.expires_at <= bindparam("of_now")
)
_REMOVE = delete(_TOKENS).where(*_THE_TOKEN)


class OneTimeTokenStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId, sealer: Sealer) -> None:
        self._uow = uow
        self._tenant_id = tenant_id
        self._sealer = sealer

    async def get(self, token_id: OneTimeTokenId) -> OneTimeToken:
        row = (await self._uow.execute(_FIND, self._of(token_id))).one_or_none()
        if row is None:
            raise self._missing(token_id)
        return self._token(row)

    async def find_by_value(self, value: str) -> OneTimeToken | None:
        place = self._place(row="", column="fingerprint")
        which = {"of_tenant": self._tenant_id, "of_fingerprints": self._sealer.fingerprints(value, place=place)}
        row = (await self._uow.execute(_FIND_BY_FINGERPRINT, which)).one_or_none()
        # Attack: who can write rows copies the fingerprint of his own token into somebody else's row. What is sealed is
        # bound to its row, so it is another value, or does not open at all.
        token = None if row is None else self._token(row)
        return token if token is not None and token.value.matches(value) else None

    async def list(
        self, page: PageRequest | None, *, email: str | None, status: TokenStatus | None, now: datetime
    ) -> Sequence[OneTimeToken]:
        """Return tokens, newest first; `status` is what it is at `now`."""
        statement = select(*_COLUMNS).where(_TOKENS.c.tenant_id == self._tenant_id)
        if email is not None:
            statement = statement.where(_TOKENS.c.email == email)
        match status:
            case None:
                pass
            case TokenStatus.ACTIVE:
                statement = statement.where(_IS_ACTIVE, _TOKENS.c.expires_at > now)
            case TokenStatus.EXPIRED:
                is_over = _IS_ACTIVE & (_TOKENS.c.expires_at <= now)
                statement = statement.where((_TOKENS.c.status == status) | is_over)
            case _:
                statement = statement.where(_TOKENS.c.status == status)
        statement = statement.order_by(_TOKENS.c.created_at.desc(), _TOKENS.c.id.desc())
        if page is not None:
            statement = statement.offset(page.offset).limit(page.size)
        return [self._token(row) for row in await self._uow.execute(statement)]

    async def count(self) -> int:
        return int((await self._uow.execute(_COUNT, {"of_tenant": self._tenant_id})).scalar_one())

    async def add(self, token: OneTimeToken) -> None:
        value = token.value.reveal()
        fingerprint, *_ = self._sealer.fingerprints(value, place=self._place(row="", column="fingerprint"))
        values = {
            "tenant_id": self._tenant_id,
            "id": token.id,
            "email": token.email,
            "value": self._sealer.seal_text(value, place=self._place(row=token.id, column="value")),
            "fingerprint": fingerprint,
            "context": dict(token.context),
            "status": token.status,
            "created_at": token.created_at,
            "expires_at": token.expires_at,
        }
        check_lengths(OneTimeTokenTable, values)
        await self._uow.execute(_ADD, values)

    async def consume(self, token_id: OneTimeTokenId) -> bool:
        """Use an active token; False when it is active no more."""
        return await self._end(self._uow, token_id, TokenStatus.CONSUMED)

    def expire_afterwards(self, token_id: OneTimeTokenId) -> None:
        """Write down that an active token is over, though the request that found it so is refused."""

        async def expire(own: UnitOfWork) -> None:
            await self._end(own, token_id, TokenStatus.EXPIRED)

        self._uow.after(expire)

    async def set_status(self, token_id: OneTimeTokenId, status: TokenStatus) -> None:
        if (await self._uow.execute(_SET_STATUS, {**self._of(token_id), "status": status})).rowcount == 0:
            raise self._missing(token_id)

    async def expire_old(self, email: str, *, now: datetime) -> None:
        which = {"of_tenant": self._tenant_id, "of_email": email, "of_now": now, "status": TokenStatus.EXPIRED}
        await self._uow.execute(_EXPIRE_OLD, which)

    async def remove(self, token_id: OneTimeTokenId) -> None:
        if (await self._uow.execute(_REMOVE, self._of(token_id))).rowcount == 0:
            raise EntityNotFound

    async def _end(self, uow: UnitOfWork, token_id: OneTimeTokenId, status: TokenStatus) -> bool:
        return (await uow.execute(_END, {**self._of(token_id), "status": status})).rowcount == 1

    def _of(self, token_id: OneTimeTokenId) -> dict[str, Any]:
        return {"of_tenant": self._tenant_id, "of_id": token_id}

    def _missing(self, token_id: OneTimeTokenId) -> EntityIdNotFound:
        return EntityIdNotFound(name="one_time_tokens", id=token_id)

    def _token(self, row: Row) -> OneTimeToken:
        return OneTimeToken(
            id=OneTimeTokenId(row.id),
            email=row.email,
            value=Secret(self._sealer.open_text(row.value, place=self._place(row=row.id, column="value"))),
            context=row.context,
            status=TokenStatus(row.status),
            created_at=row.created_at,
            expires_at=row.expires_at,
        )

    def _place(self, *, row: str, column: str) -> Place:
        return Place(tenant=self._tenant_id, table="one_time_tokens", row=row, column=column)
