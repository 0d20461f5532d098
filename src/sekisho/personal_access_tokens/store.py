"""Rows of personal access tokens. Values are sealed here on the way in and opened on the way out.

A value is looked up by its fingerprint, a hash under the sealing key: whoever reads the rows learns nothing from it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from sekisho.crypto.sealing import Place, Sealer
from sekisho.db.database import UnitOfWork
from sekisho.db.lengths import check_lengths
from sekisho.db.statements import Row
from sekisho.kernel.ids import TenantId, UserId
from sekisho.kernel.secret import Secret
from sekisho.personal_access_tokens.errors import PersonalAccessTokenNotFound
from sekisho.personal_access_tokens.models import PersonalAccessToken
from sekisho.personal_access_tokens.tables import PersonalAccessTokenTable

_TOKENS = PersonalAccessTokenTable.metadata.tables[PersonalAccessTokenTable.__tablename__]
_COLUMNS = (_TOKENS.c.user_id, _TOKENS.c.name, _TOKENS.c.value, _TOKENS.c.created_at, _TOKENS.c.expires_at)

_OF_TENANT = _TOKENS.c.tenant_id == bindparam("of_tenant")
_OF_USER = (_OF_TENANT, _TOKENS.c.user_id == bindparam("of_user"))
_THE_TOKEN = (*_OF_USER, _TOKENS.c.name == bindparam("of_name"))
_LIST = select(*_COLUMNS).where(*_OF_USER).order_by(_TOKENS.c.created_at, _TOKENS.c.name)
_FIND_BY_FINGERPRINT = select(*_COLUMNS).where(
    _OF_TENANT, _TOKENS.c.fingerprint.in_(bindparam("of_fingerprints", expanding=True))
)
_FIND_AND_LOCK = select(*_COLUMNS).where(*_THE_TOKEN).with_for_update()
_ADD = insert(_TOKENS)
_RENAME = update(_TOKENS).where(*_THE_TOKEN)
_REMOVE = delete(_TOKENS).where(*_THE_TOKEN)


class PersonalAccessTokenStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId, sealer: Sealer) -> None:
        self._uow = uow
        self._tenant_id = tenant_id
        self._sealer = sealer

    async def list(self, user_id: UserId) -> Sequence[PersonalAccessToken]:
        which = {"of_tenant": self._tenant_id, "of_user": user_id}
        return [self._token(row) for row in await self._uow.execute(_LIST, which)]

    async def find_by_value(self, value: str) -> PersonalAccessToken | None:
        column = self._place(row="", column="fingerprint")
        which = {"of_tenant": self._tenant_id, "of_fingerprints": self._sealer.fingerprints(value, place=column)}
        row = (await self._uow.execute(_FIND_BY_FINGERPRINT, which)).one_or_none()
        # Attack: who can write rows copies the fingerprint of his own token into somebody else's row. What is sealed is
        # bound to its row, so it is another value, or does not open at all.
        token = None if row is None else self._token(row)
        return token if token is not None and token.value.matches(value) else None

    async def add(self, token: PersonalAccessToken) -> None:
        values = {
            "tenant_id": self._tenant_id,
            "user_id": token.user_id,
            **self._named(token, token.name),
            "created_at": token.created_at,
            "expires_at": token.expires_at,
        }
        check_lengths(PersonalAccessTokenTable, values)
        await self._uow.execute(_ADD, values)

    async def rename(self, user_id: UserId, name: str, new_name: str) -> PersonalAccessToken:
        """Rename a token; its name is part of the place it is sealed for, so it is sealed anew."""
        check_lengths(PersonalAccessTokenTable, {"name": new_name})
        await self._uow.begin()
        which = self._of(user_id, name)
        row = (await self._uow.execute(_FIND_AND_LOCK, which)).one_or_none()
        if row is None:
            raise PersonalAccessTokenNotFound
        token = self._token(row)
        await self._uow.execute(_RENAME, {**which, **self._named(token, new_name)})
        return PersonalAccessToken(
            user_id=token.user_id,
            name=new_name,
            value=token.value,
            created_at=token.created_at,
            expires_at=token.expires_at,
        )

    async def remove(self, user_id: UserId, name: str) -> None:
        if (await self._uow.execute(_REMOVE, self._of(user_id, name))).rowcount == 0:
            raise PersonalAccessTokenNotFound

    def _of(self, user_id: UserId, name: str) -> dict[str, str]:
        return {"of_tenant": self._tenant_id, "of_user": user_id, "of_name": name}

    def _named(self, token: PersonalAccessToken, name: str) -> dict[str, Any]:
        """Return the columns that depend on the name, and on the key that seals today."""
        value = token.value.reveal()
        fingerprint, *_ = self._sealer.fingerprints(value, place=self._place(row="", column="fingerprint"))
        sealed = self._sealer.seal_text(value, place=self._place(row=f"{token.user_id}/{name}", column="value"))
        return {"name": name, "value": sealed, "fingerprint": fingerprint}

    def _token(self, row: Row) -> PersonalAccessToken:
        place = self._place(row=f"{row.user_id}/{row.name}", column="value")
        return PersonalAccessToken(
            user_id=UserId(row.user_id),
            name=row.name,
            value=Secret(self._sealer.open_text(row.value, place=place)),
            created_at=row.created_at,
            expires_at=row.expires_at,
        )

    def _place(self, *, row: str, column: str) -> Place:
        return Place(tenant=self._tenant_id, table="personal_access_tokens", row=row, column=column)
