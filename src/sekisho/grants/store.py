"""Rows of grants, codes and tokens: `sekisho.oidc.ports` over the database, with every decision left to the protocol.

Bearer values come in plain and are looked up by their SHA-256. A code or token is read together with its grant, so a
revoked grant takes everything with it, and with its user. Statements are built once, because building one takes longer
than running it; parameters named `of_…` say which rows, the others which columns to write.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Delete,
    Executable,
    Select,
    Table,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from sekisho.crypto.digests import digest
from sekisho.db.database import UnitOfWork
from sekisho.db.joins import looked_up
from sekisho.db.statements import Row
from sekisho.db.types import Instant
from sekisho.grants.tables import (
    AccessTokenTable,
    AuthorizationCodeTable,
    DeviceCodeTable,
    GrantTable,
    RefreshTokenTable,
)
from sekisho.kernel.ids import TenantId, UserId
from sekisho.oidc.models import AccessToken, Authorization, AuthorizationCode, Grant, RefreshToken
from sekisho.users.rows import BESIDE, USERS, Meet, meet_nobody, user_beside

_TABLES = GrantTable.metadata.tables
_GRANTS = _TABLES[GrantTable.__tablename__]
_CODES = _TABLES[AuthorizationCodeTable.__tablename__]
_ACCESS_TOKENS = _TABLES[AccessTokenTable.__tablename__]
_REFRESH_TOKENS = _TABLES[RefreshTokenTable.__tablename__]
_DEVICE_CODES = _TABLES[DeviceCodeTable.__tablename__]

GRANT_COLUMNS = tuple(column.label(f"grant_{column.name}") for column in _GRANTS.c)
_NOT_READ = {"tenant_id", "digest", "grant_id"}


def _the_issued(table: Table) -> tuple[ColumnElement[bool], ...]:
    return table.c.tenant_id == bindparam("of_tenant"), table.c.digest == bindparam("of_digest")


def _find_with_grant(table: Table) -> Select[*tuple[Any, ...]]:
    found = looked_up(select(table).where(*_the_issued(table)))
    columns = [column for column in found.c if column.name not in _NOT_READ]
    is_its_grant = (_GRANTS.c.tenant_id == found.c.tenant_id) & (_GRANTS.c.id == found.c.grant_id)
    is_its_user = (USERS.c.tenant_id == _GRANTS.c.tenant_id) & (USERS.c.id == _GRANTS.c.account_id)
    return select(*columns, *GRANT_COLUMNS, *BESIDE).join_from(found, _GRANTS, is_its_grant).join(USERS, is_its_user)


def _remove_of_grant(table: Table) -> Delete:
    return delete(table).where(table.c.tenant_id == bindparam("of_tenant"), table.c.grant_id == bindparam("of_id"))


def _remove_of_account(table: Table) -> Delete:
    return delete(table).where(table.c.tenant_id == bindparam("of_tenant"), table.c.grant_id.in_(_GRANTS_OF_ACCOUNT))


_THE_GRANT = (_GRANTS.c.tenant_id == bindparam("of_tenant"), _GRANTS.c.id == bindparam("of_id"))
_FIND_GRANT = select(*GRANT_COLUMNS).where(*_THE_GRANT)
_ADD_GRANT = insert(_GRANTS)
_SAVE_GRANT = update(_GRANTS).where(*_THE_GRANT)
# KEY SHARE goes together with other holders and with changes of scopes, but not with removal.
_HOLD_GRANT = select(_GRANTS.c.id).where(*_THE_GRANT).with_for_update(read=True, key_share=True)
_LOCK_GRANT = select(_GRANTS.c.id).where(*_THE_GRANT).with_for_update()
_REVOKE_GRANT = delete(_GRANTS).where(*_THE_GRANT)
_REMOVE_TOKENS_OF_GRANT = (
    _remove_of_grant(_ACCESS_TOKENS),
    _remove_of_grant(_REFRESH_TOKENS),
    _remove_of_grant(_CODES),
    _remove_of_grant(_DEVICE_CODES),
)

_LIST_OF_ACCOUNT = (
    select(*GRANT_COLUMNS)
    .where(
        _GRANTS.c.tenant_id == bindparam("of_tenant"),
        _GRANTS.c.account_id == bindparam("of_account"),
        _GRANTS.c.expires_at > bindparam("of_now"),
    )
    .order_by(_GRANTS.c.created_at.desc(), _GRANTS.c.id)
)
_LIST_OF_CLIENT = _LIST_OF_ACCOUNT.where(_GRANTS.c.client_id == bindparam("of_client"))
_GRANTS_OF_ACCOUNT = select(_GRANTS.c.id).where(
    _GRANTS.c.tenant_id == bindparam("of_tenant"), _GRANTS.c.account_id == bindparam("of_account")
)
_LOCK_GRANTS_OF_ACCOUNT = _GRANTS_OF_ACCOUNT.with_for_update()
# Codes, too. Attack: what was approved before a suspension is redeemed after it.
_REMOVE_TOKENS_OF_ACCOUNT = (
    _remove_of_account(_ACCESS_TOKENS),
    _remove_of_account(_REFRESH_TOKENS),
    _remove_of_account(_CODES),
    _remove_of_account(_DEVICE_CODES),
)

_CONSUME_CODE = (
    update(_CODES)
    .where(*_the_issued(_CODES), _CODES.c.consumed_at.is_(None))
    .values(consumed_at=bindparam("consumed_at"))
)
_HOLD_REFRESH_TOKEN = (
    select(_REFRESH_TOKENS.c.digest).where(*_the_issued(_REFRESH_TOKENS)).with_for_update(read=True, key_share=True)
)
_CONSUME_REFRESH_TOKEN = (
    update(_REFRESH_TOKENS)
    .where(
        *_the_issued(_REFRESH_TOKENS),
        or_(_REFRESH_TOKENS.c.consumed_at.is_(None), _REFRESH_TOKENS.c.consumed_at >= bindparam("of_consumed_since")),
    )
    # The first use stays: a grace that each use renewed would never end.
    .values(consumed_at=func.coalesce(_REFRESH_TOKENS.c.consumed_at, bindparam("consumed_at", type_=Instant)))
)


class GrantStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def find(self, grant_id: str) -> Grant | None:
        row = (await self._uow.execute(_FIND_GRANT, self._of(grant_id))).one_or_none()
        return None if row is None else _grant(row)

    async def add(self, grant: Grant) -> None:
        values = {
            **_allowed(grant),
            "tenant_id": self._tenant_id,
            "id": grant.id,
            "account_id": grant.account_id,
            "client_id": grant.client_id,
            "created_at": grant.created_at,
            "expires_at": grant.expires_at,
        }
        self._uow.write(_ADD_GRANT, values)

    async def save(self, grant: Grant) -> None:
        self._uow.write(_SAVE_GRANT, {**self._of(grant.id), **_allowed(grant)})

    async def hold(self, grant_id: str) -> None:
        self._uow.require(_HOLD_GRANT, self._of(grant_id))

    async def revoke(self, grant_id: str) -> None:
        self._uow.write(_REVOKE_GRANT, self._of(grant_id))

    async def revoke_tokens(self, grant_id: str) -> None:
        await self._uow.begin()
        # The grant first, as everywhere: who is issuing under it finishes before its tokens go.
        await self._uow.execute(_LOCK_GRANT, self._of(grant_id))
        for statement in _REMOVE_TOKENS_OF_GRANT:
            await self._uow.execute(statement, self._of(grant_id))

    def revoke_despite_refusal(self, grant_id: str) -> None:
        async def work(own: UnitOfWork) -> None:
            await GrantStore(uow=own, tenant_id=self._tenant_id).revoke(grant_id)

        self._uow.after(work)

    async def list_of_account(
        self, account_id: UserId, *, now: datetime, client_id: str | None = None
    ) -> Sequence[Grant]:
        """Return what an account allows, to one client or to all, the newest first."""
        which = {"of_tenant": self._tenant_id, "of_account": account_id, "of_now": now}
        if client_id is None:
            rows = await self._uow.execute(_LIST_OF_ACCOUNT, which)
        else:
            rows = await self._uow.execute(_LIST_OF_CLIENT, {**which, "of_client": client_id})
        return [_grant(row) for row in rows]

    async def remove_tokens_of_account(self, account_id: UserId) -> None:
        whose = {"of_tenant": self._tenant_id, "of_account": account_id}
        await self._uow.begin()
        await self._uow.execute(_LOCK_GRANTS_OF_ACCOUNT, whose)
        for statement in _REMOVE_TOKENS_OF_ACCOUNT:
            await self._uow.execute(statement, whose)

    def _of(self, grant_id: str) -> dict[str, str]:
        return {"of_tenant": self._tenant_id, "of_id": grant_id}


class _IssuedStore:
    """What codes and tokens have in common: look-up by digest together with the grant, and insertion under one.

    Whoever was issued one is introduced to `meet` when it is found.
    """

    _FIND: Executable
    _ADD: Executable

    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId, meet: Meet = meet_nobody) -> None:
        self._uow = uow
        self._tenant_id = tenant_id
        self._meet = meet

    async def _find(self, value: str) -> Row | None:
        row = (await self._uow.execute(self._FIND, self._of(value))).one_or_none()
        if row is not None and (user := user_beside(row)) is not None:
            self._meet(user)
        return row

    async def _add(self, value: str, authorization: Authorization, more: Mapping[str, Any]) -> None:
        values = {
            "tenant_id": self._tenant_id,
            "digest": digest(value),
            "grant_id": authorization.grant.id,
            "scope": " ".join(authorization.scopes),
            "resources": list(authorization.resources),
            "nonce": authorization.nonce,
            "auth_time": authorization.auth_time,
            "acr": authorization.acr,
            "proof_key": authorization.proof_key,
            "session_uid": authorization.session_uid,
            "sid": authorization.sid,
            "expires_with_session": authorization.expires_with_session,
            **more,
        }
        self._uow.write(self._ADD, values)

    def _of(self, value: str) -> dict[str, Any]:
        return {"of_tenant": self._tenant_id, "of_digest": digest(value)}


class AuthorizationCodeStore(_IssuedStore):
    _FIND = _find_with_grant(_CODES)
    _ADD = insert(_CODES)

    async def find(self, value: str) -> AuthorizationCode | None:
        row = await self._find(value)
        if row is None:
            return None
        return AuthorizationCode(
            authorization=authorization_of(row),
            redirect_uri=row.redirect_uri,
            created_at=row.created_at,
            expires_at=row.expires_at,
            code_challenge=row.code_challenge,
            is_consumed=row.consumed_at is not None,
        )

    async def add(self, value: str, code: AuthorizationCode) -> None:
        more = {
            "redirect_uri": code.redirect_uri,
            "code_challenge": code.code_challenge,
            "created_at": code.created_at,
            "expires_at": code.expires_at,
        }
        await self._add(value, code.authorization, more)

    async def consume(self, value: str, *, at: datetime) -> None:
        self._uow.require(_CONSUME_CODE, {**self._of(value), "consumed_at": at})


class AccessTokenStore(_IssuedStore):
    _FIND = _find_with_grant(_ACCESS_TOKENS)
    _ADD = insert(_ACCESS_TOKENS)

    async def find(self, value: str) -> AccessToken | None:
        row = await self._find(value)
        if row is None:
            return None
        return AccessToken(
            authorization=authorization_of(row),
            created_at=row.created_at,
            expires_at=row.expires_at,
            grant_history=row.grant_history,
            extra=row.extra,
        )

    async def add(self, value: str, token: AccessToken) -> None:
        more = {
            "grant_history": token.grant_history,
            "extra": dict(token.extra),
            "created_at": token.created_at,
            "expires_at": token.expires_at,
        }
        await self._add(value, token.authorization, more)


class RefreshTokenStore(_IssuedStore):
    _FIND = _find_with_grant(_REFRESH_TOKENS)
    _ADD = insert(_REFRESH_TOKENS)

    async def find(self, value: str) -> RefreshToken | None:
        row = await self._find(value)
        if row is None:
            return None
        return RefreshToken(
            authorization=authorization_of(row),
            created_at=row.created_at,
            expires_at=row.expires_at,
            grant_history=row.grant_history,
            chain_started_at=row.chain_started_at,
            rotations=row.rotations,
            consumed_at=row.consumed_at,
        )

    async def add(self, value: str, token: RefreshToken) -> None:
        more = {
            "grant_history": token.grant_history,
            "chain_started_at": token.chain_started_at,
            "rotations": token.rotations,
            "consumed_at": token.consumed_at,
            "created_at": token.created_at,
            "expires_at": token.expires_at,
        }
        await self._add(value, token.authorization, more)

    async def consume(self, value: str, *, at: datetime, unless_consumed_before: datetime) -> None:
        values = {**self._of(value), "of_consumed_since": unless_consumed_before, "consumed_at": at}
        self._uow.require(_CONSUME_REFRESH_TOKEN, values)

    async def hold(self, value: str) -> None:
        self._uow.require(_HOLD_REFRESH_TOKEN, self._of(value))


def _allowed(grant: Grant) -> dict[str, Any]:
    return {
        "scopes": list(grant.scopes),
        "resources": {indicator: list(scopes) for indicator, scopes in grant.resources.items()},
        "rejected_scopes": list(grant.rejected_scopes),
        "rejected_resources": {indicator: list(scopes) for indicator, scopes in grant.rejected_resources.items()},
    }


def _grant(row: Row) -> Grant:
    return Grant(
        id=row.grant_id,
        account_id=UserId(row.grant_account_id),
        client_id=row.grant_client_id,
        created_at=row.grant_created_at,
        expires_at=row.grant_expires_at,
        scopes=row.grant_scopes,
        resources=row.grant_resources,
        rejected_scopes=row.grant_rejected_scopes,
        rejected_resources=row.grant_rejected_resources,
    )


def authorization_of(row: Row) -> Authorization:
    """Return what a row allows; it was read together with `GRANT_COLUMNS`."""
    return Authorization(
        grant=_grant(row),
        scopes=row.scope.split(),
        resources=row.resources,
        nonce=row.nonce,
        auth_time=row.auth_time,
        acr=row.acr,
        proof_key=row.proof_key,
        session_uid=row.session_uid,
        sid=row.sid,
        expires_with_session=row.expires_with_session,
    )
