"""Rows of sessions and interactions: statements, and rows made into the protocol's models.

Statements are built once, because building one takes longer than running it. Parameters named `of_…` say which rows,
the others which columns to write.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    Executable,
    Select,
    bindparam,
    delete,
    func,
    insert,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from sekisho.crypto.digests import digest
from sekisho.db.database import UnitOfWork
from sekisho.db.joins import looked_up
from sekisho.db.statements import Row
from sekisho.kernel.errors import Outdated
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
from sekisho.users.rows import BESIDE, USERS, Meet, meet_nobody, user_beside

_TABLES = SessionTable.metadata.tables
_SESSIONS = _TABLES[SessionTable.__tablename__]
_AUTHORIZATIONS = _TABLES[SessionAuthorizationTable.__tablename__]
_EXTENSIONS = _TABLES[SessionExtensionTable.__tablename__]
_INTERACTIONS = _TABLES[InteractionTable.__tablename__]


def _or_overwrite(
    statement: sqlite.Insert | postgresql.Insert, *columns: Column[Any]
) -> sqlite.Insert | postgresql.Insert:
    """Write these columns of the row that is there, when there is one."""
    key = [column.name for column in statement.table.primary_key]
    values = {column.name: statement.excluded[column.name] for column in columns}
    return statement.on_conflict_do_update(index_elements=key, set_=values)


_THE_SESSION = (_SESSIONS.c.tenant_id == bindparam("of_tenant"), _SESSIONS.c.uid == bindparam("of_uid"))
_IS_OF_COOKIE = (_SESSIONS.c.tenant_id == bindparam("of_tenant")) & (_SESSIONS.c.id_digest == bindparam("of_digest"))
_READ = ("uid", "account_id", "login_at", "logout", "device_xsrf", "created_at", "expires_at")
_OF_CLIENT = (
    _AUTHORIZATIONS.c.client_id,
    _AUTHORIZATIONS.c.sid,
    _AUTHORIZATIONS.c.grant_id,
    _AUTHORIZATIONS.c.persists_logout,
)


def _read(sessions: CTE) -> Sequence[ColumnElement[Any]]:
    return *(sessions.c[name] for name in _READ), *_OF_CLIENT


def _is_in(sessions: CTE) -> ColumnElement[bool]:
    return (_AUTHORIZATIONS.c.tenant_id == sessions.c.tenant_id) & (_AUTHORIZATIONS.c.session_uid == sessions.c.uid)


def with_clients(sessions: CTE, *columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Return a row for each client of sessions that were looked up, or one row without; `session_of` reads them."""
    return select(*_read(sessions), *columns).outerjoin_from(sessions, _AUTHORIZATIONS, _is_in(sessions))


_OF_COOKIE = looked_up(select(_SESSIONS).where(_IS_OF_COOKIE), name="session")
_FIND_SESSION_BY_COOKIE = with_clients(_OF_COOKIE)
_FIND_SESSION_BY_UID = with_clients(looked_up(select(_SESSIONS).where(*_THE_SESSION)))
_ADD_SESSION = insert(_SESSIONS)
_SAVE_SESSION = update(_SESSIONS).where(*_THE_SESSION)
_LOCK_SESSION = select(_SESSIONS.c.uid).where(*_THE_SESSION).with_for_update()
_REMOVE_SESSION = delete(_SESSIONS).where(*_THE_SESSION)
_REMOVE_SESSIONS_OF_ACCOUNT = delete(_SESSIONS).where(
    _SESSIONS.c.tenant_id == bindparam("of_tenant"), _SESSIONS.c.account_id == bindparam("of_account")
)

_AUTHORIZED = (_AUTHORIZATIONS.c.sid, _AUTHORIZATIONS.c.grant_id, _AUTHORIZATIONS.c.persists_logout)
_AUTHORIZE_ON_SQLITE = _or_overwrite(sqlite.insert(_AUTHORIZATIONS), *_AUTHORIZED)
_AUTHORIZE_ON_POSTGRESQL = _or_overwrite(postgresql.insert(_AUTHORIZATIONS), *_AUTHORIZED)
_FORGET_CLIENT = delete(_AUTHORIZATIONS).where(
    _AUTHORIZATIONS.c.tenant_id == bindparam("of_tenant"),
    _AUTHORIZATIONS.c.session_uid == bindparam("of_uid"),
    _AUTHORIZATIONS.c.client_id == bindparam("of_client"),
)

_EXTENDED = (
    _EXTENSIONS.c.account_id,
    _EXTENSIONS.c.last_submission,
    _EXTENSIONS.c.client_id,
    _EXTENSIONS.c.updated_at,
)
_EXTEND_ON_SQLITE = _or_overwrite(sqlite.insert(_EXTENSIONS), *_EXTENDED)
_EXTEND_ON_POSTGRESQL = _or_overwrite(postgresql.insert(_EXTENSIONS), *_EXTENDED)
_FIND_EXTENSION = select(
    _EXTENSIONS.c.session_uid,
    _EXTENSIONS.c.account_id,
    _EXTENSIONS.c.last_submission,
    _EXTENSIONS.c.client_id,
).where(_EXTENSIONS.c.tenant_id == bindparam("of_tenant"), _EXTENSIONS.c.session_uid == bindparam("of_uid"))

_THE_INTERACTION = (_INTERACTIONS.c.tenant_id == bindparam("of_tenant"), _INTERACTIONS.c.uid == bindparam("of_uid"))
_SIGNED_IN = "login", "accountId"
_FOUND = looked_up(select(_INTERACTIONS).where(*_THE_INTERACTION))
_INTERACTION = tuple(column for column in _FOUND.c if column.name != "tenant_id")
# With whoever is signed in by it, or was before: the protocol asks for him next.
_WITH_USER = _FOUND.outerjoin(
    USERS,
    (USERS.c.tenant_id == _FOUND.c.tenant_id)
    & (USERS.c.id == func.coalesce(_FOUND.c.result[_SIGNED_IN].as_string(), _FOUND.c.account_id)),
)
# A row for each client of the session, as where the session is found alone.
_WITH_SESSION = _WITH_USER.outerjoin(_OF_COOKIE, true()).outerjoin(_AUTHORIZATIONS, _is_in(_OF_COOKIE))
_SESSION_FOUND = [column.label(f"found_{column.name}") for column in _read(_OF_COOKIE)]
_FIND_INTERACTION = select(*_INTERACTION, *BESIDE).select_from(_WITH_USER)
_FIND_INTERACTION_WITH_SESSION = select(*_INTERACTION, *_SESSION_FOUND, *BESIDE).select_from(_WITH_SESSION)
_ADD_INTERACTION = insert(_INTERACTIONS)
_REPLACE_RESULT = (
    update(_INTERACTIONS)
    .where(*_THE_INTERACTION, _INTERACTIONS.c.result == bindparam("of_result"))
    .values(result=bindparam("result"))
)
_DETACH_SESSION = update(_INTERACTIONS).where(*_THE_INTERACTION).values(session_uid=None, account_id=None)
_CONSUME_INTERACTION = delete(_INTERACTIONS).where(*_THE_INTERACTION)
_UNDO_SIGN_INS_OF_ACCOUNT = (
    update(_INTERACTIONS)
    .where(
        _INTERACTIONS.c.tenant_id == bindparam("of_tenant"),
        _INTERACTIONS.c.result[_SIGNED_IN].as_string() == bindparam("of_account"),
    )
    .values(result=bindparam("result"))
)


class SessionStore:
    """Sessions with the clients they signed in to; found by cookie value (kept as a digest) or by uid."""

    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def find(self, session_id: str) -> Session | None:
        return await self._find(_FIND_SESSION_BY_COOKIE, of_digest=digest(session_id))

    async def find_by_uid(self, uid: str) -> Session | None:
        return await self._find(_FIND_SESSION_BY_UID, of_uid=uid)

    async def add(self, session: Session, *, session_id: str) -> None:
        values = {
            **_columns(session),
            "tenant_id": self._tenant_id,
            "uid": session.uid,
            "id_digest": digest(session_id),
            "created_at": session.created_at,
        }
        self._uow.write(_ADD_SESSION, values)

    async def save(self, session: Session, *, session_id: str | None = None) -> None:
        values = _columns(session)
        if session_id is not None:
            values["id_digest"] = digest(session_id)
        self._uow.require(_SAVE_SESSION, {**self._of(session.uid), **values})

    async def authorize(self, uid: str, *, client_id: str, authorization: ClientAuthorization) -> None:
        values = {
            "tenant_id": self._tenant_id,
            "session_uid": uid,
            "client_id": client_id,
            "sid": authorization.sid,
            "grant_id": authorization.grant_id,
            "persists_logout": authorization.persists_logout,
        }
        is_sqlite = self._uow.database.is_sqlite
        self._uow.write(_AUTHORIZE_ON_SQLITE if is_sqlite else _AUTHORIZE_ON_POSTGRESQL, values)

    async def forget_client(self, uid: str, *, client_id: str) -> None:
        self._uow.write(_FORGET_CLIENT, {**self._of(uid), "of_client": client_id})

    async def take(self, uid: str) -> Session | None:
        """Remove the session and return what it was. Of several at once, one finds it."""
        await self._uow.begin()
        # Whoever adds a client to it finishes first: what was given is part of what ends.
        await self._uow.execute(_LOCK_SESSION, self._of(uid))
        session = await self.find_by_uid(uid)
        await self.remove(uid)
        return session

    async def remove(self, uid: str) -> None:
        await self._uow.execute(_REMOVE_SESSION, self._of(uid))

    async def remove_of_account(self, account_id: UserId) -> None:
        whose = {"of_tenant": self._tenant_id, "of_account": account_id}
        # Attack: a sign-in that is finished but for the way back is kept until a suspension is over. Before the
        # sessions, as whoever comes back: the same order of locks everywhere, hence no deadlock.
        await self._uow.execute(_UNDO_SIGN_INS_OF_ACCOUNT, {**whose, "result": {}})
        await self._uow.execute(_REMOVE_SESSIONS_OF_ACCOUNT, whose)

    async def extend(self, extension: SessionExtension, *, now: datetime) -> None:
        values = {
            "tenant_id": self._tenant_id,
            "session_uid": extension.session_uid,
            "account_id": extension.account_id,
            "last_submission": dict(extension.last_submission),
            "client_id": extension.client_id,
            "created_at": now,
            "updated_at": now,
        }
        is_sqlite = self._uow.database.is_sqlite
        self._uow.write(_EXTEND_ON_SQLITE if is_sqlite else _EXTEND_ON_POSTGRESQL, values)

    async def find_extension(self, uid: str) -> SessionExtension | None:
        row = (await self._uow.execute(_FIND_EXTENSION, self._of(uid))).one_or_none()
        if row is None:
            return None
        return SessionExtension(
            session_uid=row.session_uid,
            account_id=row.account_id,
            last_submission=row.last_submission,
            client_id=row.client_id,
        )

    async def _find(self, statement: Executable, **which: Any) -> Session | None:
        rows = (await self._uow.execute(statement, {"of_tenant": self._tenant_id, **which})).all()
        return session_of(rows) if rows else None

    def _of(self, uid: str) -> dict[str, Any]:
        return {"of_tenant": self._tenant_id, "of_uid": uid}


class InteractionStore:
    """Interactions by uid. Whoever is signed in by one is introduced to `meet` when it is found."""

    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId, meet: Meet = meet_nobody) -> None:
        self._uow = uow
        self._tenant_id = tenant_id
        self._meet = meet

    async def find_with_session(self, uid: str, *, session_id: str | None) -> tuple[Interaction | None, Session | None]:
        """Return an interaction, and with it the session of a cookie; without an interaction, neither."""
        if session_id is None:
            rows = (await self._uow.execute(_FIND_INTERACTION, self._of(uid))).all()
        else:
            which = {**self._of(uid), "of_digest": digest(session_id)}
            rows = (await self._uow.execute(_FIND_INTERACTION_WITH_SESSION, which)).all()
        if not rows:
            return None, None
        first = rows[0]
        if (user := user_beside(first)) is not None:
            self._meet(user)
        if session_id is None or first.found_uid is None:
            return _interaction(first), None
        return _interaction(first), session_of([row[len(_INTERACTION) :] for row in rows])

    async def add(self, interaction: Interaction) -> None:
        session = interaction.session
        values = {
            "tenant_id": self._tenant_id,
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
            "device_code_id": interaction.device_code_id,
            "pushed_request_id": interaction.pushed_request_id,
            "last_submission": dict(interaction.last_submission),
            "result": dict(interaction.result),
            "return_to": interaction.return_to,
            "created_at": interaction.created_at,
            "expires_at": interaction.expires_at,
        }
        self._uow.write(_ADD_INTERACTION, values)

    async def replace_result(self, uid: str, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        self._uow.require(_REPLACE_RESULT, self._replacing(uid, before=before, after=after))

    def replace_result_afterwards(self, uid: str, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        async def replace_(own: UnitOfWork) -> None:
            own.write(_REPLACE_RESULT, self._replacing(uid, before=before, after=after))

        self._uow.after(replace_)

    async def replace_result_at_once(self, uid: str, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
        await self._uow.release()
        async with self._uow.database.unit_of_work() as own:
            own.require(_REPLACE_RESULT, self._replacing(uid, before=before, after=after))
            try:
                await own.commit()
            except Outdated:
                return False
        return True

    async def detach_session(self, uid: str) -> None:
        self._uow.write(_DETACH_SESSION, self._of(uid))

    async def consume(self, uid: str) -> None:
        self._uow.require(_CONSUME_INTERACTION, self._of(uid))

    def _replacing(self, uid: str, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
        return {**self._of(uid), "of_result": dict(before), "result": dict(after)}

    def _of(self, uid: str) -> dict[str, Any]:
        return {"of_tenant": self._tenant_id, "of_uid": uid}


def _columns(session: Session) -> dict[str, Any]:
    return {
        "account_id": session.account_id,
        "login_at": session.login_at,
        "logout": None if session.logout is None else asdict(session.logout),
        "device_xsrf": session.device_xsrf,
        "expires_at": session.expires_at,
    }


def session_of(rows: Sequence[Row]) -> Session:
    """Return the session of rows of `with_clients`: one for each client."""
    uid, account_id, login_at, logout, device_xsrf, created_at, expires_at = rows[0][:7]
    clients = [row[7:11] for row in rows]
    return Session(
        uid=uid,
        created_at=created_at,
        expires_at=expires_at,
        account_id=None if account_id is None else UserId(account_id),
        login_at=login_at,
        logout=None if logout is None else LogoutRequest(**logout),
        device_xsrf=device_xsrf,
        authorizations={
            client_id: ClientAuthorization(sid=sid, grant_id=grant_id, persists_logout=persists_logout)
            for client_id, sid, grant_id, persists_logout in clients
            if client_id is not None
        },
    )


def _interaction(row: Row) -> Interaction:
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
        device_code_id=row.device_code_id,
        pushed_request_id=row.pushed_request_id,
    )
