"""Rows of sessions and interactions: statements, and rows made into the protocol's models."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase

from sekisho.crypto.digests import digest
from sekisho.db.database import UnitOfWork
from sekisho.kernel.ids import TenantId, UserId
from sekisho.oidc.models import (
    ClientAuthorization,
    Interaction,
    InteractionSession,
    LogoutRequest,
    Prompt,
    Session,
)
from sekisho.sessions.models import SessionExtension
from sekisho.sessions.tables import (
    InteractionTable,
    SessionAuthorizationTable,
    SessionExtensionTable,
    SessionTable,
)

_SESSION = (
    SessionTable.uid,
    SessionTable.account_id,
    SessionTable.login_at,
    SessionTable.logout,
    SessionTable.created_at,
    SessionTable.expires_at,
)
_AUTHORIZATION = (
    SessionAuthorizationTable.client_id,
    SessionAuthorizationTable.sid,
    SessionAuthorizationTable.grant_id,
    SessionAuthorizationTable.persists_logout,
)


class SessionStore:
    """Sessions with the clients they signed in to; found by cookie value (kept as a digest) or by uid."""

    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def find(self, session_id: str) -> Session | None:
        return await self._find(SessionTable.id_digest == digest(session_id))

    async def find_by_uid(self, uid: str) -> Session | None:
        return await self._find(SessionTable.uid == uid)

    async def add(self, session: Session, *, session_id: str) -> None:
        values = {**_columns(session), "uid": session.uid, "id_digest": digest(session_id)}
        values["created_at"] = session.created_at
        await self._uow.execute(insert(SessionTable).values(tenant_id=self._tenant_id, **values))

    async def save(self, session: Session, *, session_id: str | None = None) -> bool:
        values = _columns(session)
        if session_id is not None:
            values["id_digest"] = digest(session_id)
        result = await self._uow.execute(update(SessionTable).where(*self._rules(session.uid)).values(**values))
        return bool(result.rowcount)

    async def authorize(self, uid: str, *, client_id: str, authorization: ClientAuthorization) -> None:
        key = {"tenant_id": self._tenant_id, "session_uid": uid, "client_id": client_id}
        await self._upsert(SessionAuthorizationTable, key=key, values=asdict(authorization))

    async def forget_client(self, uid: str, *, client_id: str) -> None:
        rules = (
            SessionAuthorizationTable.tenant_id == self._tenant_id,
            SessionAuthorizationTable.session_uid == uid,
            SessionAuthorizationTable.client_id == client_id,
        )
        await self._uow.execute(delete(SessionAuthorizationTable).where(*rules))

    async def remove(self, uid: str) -> None:
        await self._uow.execute(delete(SessionTable).where(*self._rules(uid)))

    async def remove_of_account(self, account_id: UserId) -> None:
        rules = (SessionTable.tenant_id == self._tenant_id, SessionTable.account_id == account_id)
        await self._uow.execute(delete(SessionTable).where(*rules))

    async def extend(self, extension: SessionExtension, *, now: datetime) -> None:
        key = {"tenant_id": self._tenant_id, "session_uid": extension.session_uid}
        values = {
            "account_id": extension.account_id,
            "last_submission": dict(extension.last_submission),
            "client_id": extension.client_id,
            "updated_at": now,
        }
        await self._upsert(SessionExtensionTable, key=key, values=values, only_new={"created_at": now})

    async def find_extension(self, uid: str) -> SessionExtension | None:
        rules = (SessionExtensionTable.tenant_id == self._tenant_id, SessionExtensionTable.session_uid == uid)
        columns = (
            SessionExtensionTable.session_uid,
            SessionExtensionTable.account_id,
            SessionExtensionTable.last_submission,
            SessionExtensionTable.client_id,
        )
        row = (await self._uow.execute(select(*columns).where(*rules))).one_or_none()
        return None if row is None else SessionExtension(**row._asdict())

    async def _find(self, rule: ColumnElement[bool]) -> Session | None:
        joined = SessionAuthorizationTable
        statement = (
            select(*_SESSION, *_AUTHORIZATION)
            .outerjoin(joined, (joined.tenant_id == SessionTable.tenant_id) & (joined.session_uid == SessionTable.uid))
            .where(SessionTable.tenant_id == self._tenant_id, rule)
        )
        rows = (await self._uow.execute(statement)).all()
        return _session(rows) if rows else None

    async def _upsert(
        self,
        table: type[DeclarativeBase],
        *,
        key: Mapping[str, Any],
        values: Mapping[str, Any],
        only_new: Mapping[str, Any] | None = None,
    ) -> None:
        new_row = {**key, **values, **(only_new or {})}
        make = sqlite.insert if self._uow.database.is_sqlite else postgresql.insert
        statement = make(table).values(**new_row)
        await self._uow.execute(statement.on_conflict_do_update(index_elements=list(key), set_=dict(values)))

    def _rules(self, uid: str) -> tuple[ColumnElement[bool], ...]:
        return SessionTable.tenant_id == self._tenant_id, SessionTable.uid == uid


class InteractionStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def find(self, uid: str) -> Interaction | None:
        columns = [column for column in InteractionTable.__table__.columns if column.name != "tenant_id"]
        row = (await self._uow.execute(select(*columns).where(*self._rules(uid)))).one_or_none()
        return None if row is None else _interaction(row)

    async def add(self, interaction: Interaction) -> None:
        session = interaction.session
        values = {
            "uid": interaction.uid,
            "client_id": interaction.client_id,
            "prompt": {
                "name": interaction.prompt.name,
                "reasons": list(interaction.prompt.reasons),
                "details": dict(interaction.prompt.details),
            },
            "params": dict(interaction.params),
            "session_uid": None if session is None else session.uid,
            "account_id": None if session is None else session.account_id,
            "grant_id": interaction.grant_id,
            "last_submission": dict(interaction.last_submission),
            "result": dict(interaction.result),
            "return_to": interaction.return_to,
            "created_at": interaction.created_at,
            "expires_at": interaction.expires_at,
        }
        await self._uow.execute(insert(InteractionTable).values(tenant_id=self._tenant_id, **values))

    async def save_result(self, uid: str, result: Mapping[str, Any]) -> None:
        await self._uow.execute(update(InteractionTable).where(*self._rules(uid)).values(result=dict(result)))

    async def replace_result(self, uid: str, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        rules = (*self._rules(uid), InteractionTable.result == dict(before))
        result = await self._uow.execute(update(InteractionTable).where(*rules).values(result=dict(after)))
        return bool(result.rowcount)

    async def detach_session(self, uid: str) -> None:
        values = {"session_uid": None, "account_id": None}
        await self._uow.execute(update(InteractionTable).where(*self._rules(uid)).values(**values))

    async def consume(self, uid: str) -> bool:
        result = await self._uow.execute(delete(InteractionTable).where(*self._rules(uid)))
        return bool(result.rowcount)

    def _rules(self, uid: str) -> tuple[ColumnElement[bool], ...]:
        return InteractionTable.tenant_id == self._tenant_id, InteractionTable.uid == uid


def _columns(session: Session) -> dict[str, Any]:
    return {
        "account_id": session.account_id,
        "login_at": session.login_at,
        "logout": None if session.logout is None else asdict(session.logout),
        "expires_at": session.expires_at,
    }


def _session(rows: Sequence[Row[Any]]) -> Session:
    first = rows[0]
    return Session(
        uid=first.uid,
        created_at=first.created_at,
        expires_at=first.expires_at,
        account_id=None if first.account_id is None else UserId(first.account_id),
        login_at=first.login_at,
        logout=None if first.logout is None else LogoutRequest(**first.logout),
        authorizations={
            row.client_id: ClientAuthorization(sid=row.sid, grant_id=row.grant_id, persists_logout=row.persists_logout)
            for row in rows
            if row.client_id is not None
        },
    )


def _interaction(row: Row[Any]) -> Interaction:
    signed_in = row.session_uid is not None and row.account_id is not None
    return Interaction(
        uid=row.uid,
        client_id=row.client_id,
        prompt=Prompt(**row.prompt),
        params=row.params,
        return_to=row.return_to,
        created_at=row.created_at,
        expires_at=row.expires_at,
        session=InteractionSession(uid=row.session_uid, account_id=UserId(row.account_id)) if signed_in else None,
        result=row.result,
        last_submission=row.last_submission,
        grant_id=row.grant_id,
    )
