"""Rows of one person's sessions for those who look after them: with what was last submitted, and found by grants.

Statements are built once. Parameters named `of_…` say which rows, the others which columns to write.
"""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from sekisho.crypto.digests import digest
from sekisho.db.database import UnitOfWork
from sekisho.db.joins import looked_up
from sekisho.db.statements import Row
from sekisho.kernel.ids import TenantId, UserId
from sekisho.sessions.models import SessionExtension, SessionRecord
from sekisho.sessions.store import session_of, with_clients
from sekisho.sessions.tables import SessionAuthorizationTable, SessionExtensionTable, SessionTable

_TABLES = SessionTable.metadata.tables
_SESSIONS = _TABLES[SessionTable.__tablename__]
_AUTHORIZATIONS = _TABLES[SessionAuthorizationTable.__tablename__]
_EXTENSIONS = _TABLES[SessionExtensionTable.__tablename__]

_OF_ACCOUNT = (
    _SESSIONS.c.tenant_id == bindparam("of_tenant"),
    _SESSIONS.c.account_id == bindparam("of_account"),
)
_FOUND = looked_up(select(_SESSIONS).where(*_OF_ACCOUNT, _SESSIONS.c.expires_at > bindparam("of_now")))
_LIST = (
    with_clients(
        _FOUND,
        _FOUND.c.id_digest,
        _EXTENSIONS.c.last_submission,
        _EXTENSIONS.c.account_id.label("extension_account_id"),
        _EXTENSIONS.c.client_id.label("extension_client_id"),
    )
    .outerjoin(
        _EXTENSIONS, (_EXTENSIONS.c.tenant_id == _FOUND.c.tenant_id) & (_EXTENSIONS.c.session_uid == _FOUND.c.uid)
    )
    .order_by(_FOUND.c.login_at.desc(), _FOUND.c.uid, _AUTHORIZATIONS.c.client_id)
)
_HOLDS_GRANT = (
    _AUTHORIZATIONS.c.tenant_id == bindparam("of_tenant"),
    # The way over the account: there is an index for it, and a person has few sessions.
    _AUTHORIZATIONS.c.session_uid.in_(select(_SESSIONS.c.uid).where(*_OF_ACCOUNT)),
    _AUTHORIZATIONS.c.grant_id.in_(bindparam("of_grants", expanding=True)),
)
_LOCK_HOLDERS = (
    select(_SESSIONS.c.uid)
    .where(*_OF_ACCOUNT, _SESSIONS.c.uid.in_(select(_AUTHORIZATIONS.c.session_uid).where(*_HOLDS_GRANT)))
    .order_by(_SESSIONS.c.uid)
    .with_for_update()
)
_FORGET_GRANTS = delete(_AUTHORIZATIONS).where(*_HOLDS_GRANT)
_REPLACE_ID = update(_SESSIONS).where(
    _SESSIONS.c.tenant_id == bindparam("of_tenant"), _SESSIONS.c.uid == bindparam("of_uid")
)


class SessionRecordStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def list_of_account(self, account_id: UserId, *, now: datetime) -> Sequence[SessionRecord]:
        """Return a person's sessions that have not expired, the latest sign-in first."""
        rows = (await self._uow.execute(_LIST, {**self._of(account_id), "of_now": now})).all()
        return [_record(tuple(group)) for _, group in groupby(rows, key=lambda row: row.uid)]

    async def lock_holders(self, account_id: UserId, *, grant_ids: Sequence[str]) -> Sequence[str]:
        """Return the uids of a person's sessions in which a client has one of these grants, and keep them as they are.

        An authorization holds its session, too, before it touches the grants in it: hence no deadlock.
        """
        await self._uow.begin()
        which = {**self._of(account_id), "of_grants": list(grant_ids)}
        return (await self._uow.execute(_LOCK_HOLDERS, which)).scalars()

    async def forget_grants(self, account_id: UserId, *, grant_ids: Sequence[str]) -> None:
        """Take grants out of every session of a person."""
        await self._uow.execute(_FORGET_GRANTS, {**self._of(account_id), "of_grants": list(grant_ids)})

    async def replace_id(self, uid: str, *, session_id: str) -> None:
        """Make the session answer to another cookie value."""
        values = {"of_tenant": self._tenant_id, "of_uid": uid, "id_digest": digest(session_id)}
        await self._uow.execute(_REPLACE_ID, values)

    def _of(self, account_id: UserId) -> dict[str, Any]:
        return {"of_tenant": self._tenant_id, "of_account": account_id}


def _record(rows: Sequence[Row]) -> SessionRecord:
    first = rows[0]
    extension = None
    if first.extension_account_id is not None:
        extension = SessionExtension(
            session_uid=first.uid,
            account_id=UserId(first.extension_account_id),
            last_submission=first.last_submission,
            client_id=first.extension_client_id,
        )
    return SessionRecord(
        session=session_of(rows),
        fingerprint=urlsafe_b64encode(first.id_digest).rstrip(b"=").decode(),
        extension=extension,
    )
