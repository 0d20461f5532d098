"""Rows of requests that wait: devices whose user has not answered yet, and what clients pushed ahead.

The values that devices, people and clients hold are looked up by their SHA-256. A user code is short enough to be found
from it by trying all; it opens nothing without a person who signs in, and it lasts ten minutes.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Executable, Select, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from sekisho.crypto.digests import digest
from sekisho.db.database import UnitOfWork
from sekisho.db.joins import looked_up
from sekisho.db.statements import Row
from sekisho.grants.errors import GrantRevoked
from sekisho.grants.store import GRANT_COLUMNS, authorization_of
from sekisho.grants.tables import DeviceCodeTable, GrantTable, PushedRequestTable
from sekisho.kernel.errors import InvalidRelation
from sekisho.kernel.ids import TenantId
from sekisho.oidc.models import Authorization, DeviceCode, PushedRequest

_TABLES = GrantTable.metadata.tables
_GRANTS = _TABLES[GrantTable.__tablename__]
_DEVICES = _TABLES[DeviceCodeTable.__tablename__]
_PUSHED = _TABLES[PushedRequestTable.__tablename__]

_NOT_READ = {"tenant_id", "digest", "user_code_digest", "grant_id"}
_USER_CODE: Sequence[Column[Any]] = (_DEVICES.c.tenant_id, _DEVICES.c.user_code_digest)
_THE_DEVICE = (_DEVICES.c.tenant_id == bindparam("of_tenant"), _DEVICES.c.id == bindparam("of_id"))
_IS_UNDECIDED: Sequence[ColumnElement[bool]] = (_DEVICES.c.error.is_(None), _DEVICES.c.grant_id.is_(None))


def _find_device(column: Column[Any]) -> Select[*tuple[Any, ...]]:
    its = _DEVICES.c.tenant_id == bindparam("of_tenant"), column == bindparam("of_value")
    found = looked_up(select(_DEVICES).where(*its))
    columns = [each for each in found.c if each.name not in _NOT_READ]
    is_its_grant = (_GRANTS.c.tenant_id == found.c.tenant_id) & (_GRANTS.c.id == found.c.grant_id)
    return select(*columns, *GRANT_COLUMNS).outerjoin_from(found, _GRANTS, is_its_grant)


_FIND_BY_DEVICE_CODE = _find_device(_DEVICES.c.digest)
_FIND_BY_USER_CODE = _find_device(_DEVICES.c.user_code_digest)
_FIND_BY_ID = _find_device(_DEVICES.c.id)
_ADD_ON_SQLITE = sqlite.insert(_DEVICES).on_conflict_do_nothing(index_elements=_USER_CODE)
_ADD_ON_POSTGRESQL = postgresql.insert(_DEVICES).on_conflict_do_nothing(index_elements=_USER_CODE)
_CLAIM = (
    update(_DEVICES)
    .where(*_THE_DEVICE, *_IS_UNDECIDED, _DEVICES.c.claimed_at.is_(None))
    .values(claimed_at=bindparam("claimed_at"))
)
_DECIDE = update(_DEVICES).where(*_THE_DEVICE, *_IS_UNDECIDED)
_CONSUME = (
    update(_DEVICES).where(*_THE_DEVICE, _DEVICES.c.consumed_at.is_(None)).values(consumed_at=bindparam("consumed_at"))
)

_FIND_PUSHED = select(*[each for each in _PUSHED.c if each.name not in _NOT_READ]).where(
    _PUSHED.c.tenant_id == bindparam("of_tenant"), _PUSHED.c.digest == bindparam("of_value")
)
_ADD_PUSHED = insert(_PUSHED)
_CONSUME_PUSHED = (
    update(_PUSHED)
    .where(
        _PUSHED.c.tenant_id == bindparam("of_tenant"),
        _PUSHED.c.id == bindparam("of_id"),
        _PUSHED.c.consumed_at.is_(None),
    )
    .values(consumed_at=bindparam("consumed_at"))
)


class DeviceCodeStore:
    """Implements `DeviceCodes`."""

    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def add(self, code: DeviceCode, *, device_code: str, user_code: str) -> bool:
        values = {
            "tenant_id": self._tenant_id,
            "id": code.id,
            "digest": digest(device_code),
            "user_code_digest": digest(user_code),
            "client_id": code.client_id,
            "params": dict(code.params),
            "created_at": code.created_at,
            "expires_at": code.expires_at,
        }
        statement = _ADD_ON_SQLITE if self._uow.database.is_sqlite else _ADD_ON_POSTGRESQL
        return bool((await self._uow.execute(statement, values)).rowcount)

    async def find(self, device_code: str) -> DeviceCode | None:
        return await self._find(_FIND_BY_DEVICE_CODE, digest(device_code))

    async def find_by_user_code(self, user_code: str) -> DeviceCode | None:
        return await self._find(_FIND_BY_USER_CODE, digest(user_code))

    async def find_by_id(self, code_id: str) -> DeviceCode | None:
        return await self._find(_FIND_BY_ID, code_id)

    async def claim(self, code_id: str, *, at: datetime) -> bool:
        return await self._change(_CLAIM, code_id, claimed_at=at)

    async def approve(self, code_id: str, authorization: Authorization) -> bool:
        try:
            return await self._change(
                _DECIDE,
                code_id,
                grant_id=authorization.grant.id,
                scope=" ".join(authorization.scopes),
                resources=list(authorization.resources),
                nonce=authorization.nonce,
                auth_time=authorization.auth_time,
                acr=authorization.acr,
                proof_key=authorization.proof_key,
                session_uid=authorization.session_uid,
                sid=authorization.sid,
                expires_with_session=authorization.expires_with_session,
            )
        except InvalidRelation as error:
            raise GrantRevoked from error

    async def deny(self, code_id: str, *, error: str, description: str | None) -> bool:
        return await self._change(_DECIDE, code_id, error=error, error_description=description)

    async def consume(self, code_id: str, *, at: datetime) -> None:
        self._uow.require(_CONSUME, {"of_tenant": self._tenant_id, "of_id": code_id, "consumed_at": at})

    async def _find(self, statement: Executable, value: str | bytes) -> DeviceCode | None:
        which = {"of_tenant": self._tenant_id, "of_value": value}
        row = (await self._uow.execute(statement, which)).one_or_none()
        return None if row is None else _device_code(row)

    async def _change(self, statement: Executable, code_id: str, **values: Any) -> bool:
        which = {"of_tenant": self._tenant_id, "of_id": code_id}
        return bool((await self._uow.execute(statement, {**which, **values})).rowcount)


class PushedRequestStore:
    """Implements `PushedRequests`."""

    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def add(self, request: PushedRequest, *, value: str) -> None:
        values = {
            "tenant_id": self._tenant_id,
            "id": request.id,
            "digest": digest(value),
            "client_id": request.client_id,
            "params": dict(request.params),
            "created_at": request.created_at,
            "expires_at": request.expires_at,
        }
        self._uow.write(_ADD_PUSHED, values)

    async def find(self, value: str) -> PushedRequest | None:
        which = {"of_tenant": self._tenant_id, "of_value": digest(value)}
        row = (await self._uow.execute(_FIND_PUSHED, which)).one_or_none()
        if row is None:
            return None
        return PushedRequest(
            id=row.id,
            client_id=row.client_id,
            params=row.params,
            created_at=row.created_at,
            expires_at=row.expires_at,
            is_consumed=row.consumed_at is not None,
        )

    async def consume(self, request_id: str, *, at: datetime) -> bool:
        values = {"of_tenant": self._tenant_id, "of_id": request_id, "consumed_at": at}
        return bool((await self._uow.execute(_CONSUME_PUSHED, values)).rowcount)


def _device_code(row: Row) -> DeviceCode:
    return DeviceCode(
        id=row.id,
        client_id=row.client_id,
        params=row.params,
        created_at=row.created_at,
        expires_at=row.expires_at,
        is_claimed=row.claimed_at is not None,
        error=row.error,
        error_description=row.error_description,
        authorization=None if row.grant_id is None else authorization_of(row),
        is_consumed=row.consumed_at is not None,
    )
