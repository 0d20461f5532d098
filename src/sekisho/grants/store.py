"""Rows of grants, codes and tokens: `sekisho.oidc.ports` over the database, with every decision left to the protocol.

Bearer values come in plain and are looked up by their SHA-256. A code or token is read together with its grant, so a
revoked grant takes everything with it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, or_, select, update

from sekisho.crypto.digests import digest
from sekisho.db.database import UnitOfWork
from sekisho.grants.errors import GrantRevoked
from sekisho.grants.tables import AccessTokenTable, AuthorizationCodeTable, GrantTable, Issued, RefreshTokenTable
from sekisho.kernel.errors import InvalidRelation
from sekisho.kernel.ids import TenantId, UserId
from sekisho.oidc.models import AccessToken, Authorization, AuthorizationCode, Grant, RefreshToken

_GRANT = tuple(column.label(f"grant_{column.name}") for column in GrantTable.__table__.columns)
_NOT_READ = {"tenant_id", "digest", "grant_id"}


class GrantStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def find(self, grant_id: str) -> Grant | None:
        row = (await self._uow.execute(select(*_GRANT).where(*self._rules(grant_id)))).one_or_none()
        return None if row is None else _grant(row)

    async def add(self, grant: Grant) -> None:
        values = {
            **_allowed(grant),
            "id": grant.id,
            "account_id": grant.account_id,
            "client_id": grant.client_id,
            "created_at": grant.created_at,
            "expires_at": grant.expires_at,
        }
        await self._uow.execute(insert(GrantTable).values(tenant_id=self._tenant_id, **values))

    async def save(self, grant: Grant) -> None:
        await self._uow.execute(update(GrantTable).where(*self._rules(grant.id)).values(**_allowed(grant)))

    async def hold(self, grant_id: str) -> bool:
        await self._uow.begin()
        # KEY SHARE goes together with other holders and with changes of scopes, but not with removal.
        statement = select(GrantTable.id).where(*self._rules(grant_id)).with_for_update(read=True, key_share=True)
        return (await self._uow.execute(statement)).one_or_none() is not None

    async def revoke(self, grant_id: str) -> None:
        await self._uow.execute(delete(GrantTable).where(*self._rules(grant_id)))

    async def revoke_tokens(self, grant_id: str) -> None:
        await self._uow.begin()
        # The grant first, as everywhere: who is issuing under it finishes before its tokens go.
        await self._uow.execute(select(GrantTable.id).where(*self._rules(grant_id)).with_for_update())
        for table in (AccessTokenTable, RefreshTokenTable, AuthorizationCodeTable):
            rules = (table.tenant_id == self._tenant_id, table.grant_id == grant_id)
            await self._uow.execute(delete(table).where(*rules))

    def revoke_despite_refusal(self, grant_id: str) -> None:
        async def work(own: UnitOfWork) -> None:
            await GrantStore(uow=own, tenant_id=self._tenant_id).revoke(grant_id)

        self._uow.after(work)

    async def remove_tokens_of_account(self, account_id: UserId) -> None:
        grants = select(GrantTable.id).where(
            GrantTable.tenant_id == self._tenant_id, GrantTable.account_id == account_id
        )
        await self._uow.begin()
        await self._uow.execute(grants.with_for_update())
        for table in (AccessTokenTable, RefreshTokenTable):
            rules = (table.tenant_id == self._tenant_id, table.grant_id.in_(grants))
            await self._uow.execute(delete(table).where(*rules))

    def _rules(self, grant_id: str) -> tuple[ColumnElement[bool], ...]:
        return GrantTable.tenant_id == self._tenant_id, GrantTable.id == grant_id


class _IssuedStore:
    """What codes and tokens have in common: look-up by digest together with the grant, and insertion under one."""

    _table: type[Issued]

    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId) -> None:
        self._uow = uow
        self._tenant_id = tenant_id

    async def _find(self, value: str) -> Row[Any] | None:
        table = self._table
        columns = [column for column in table.__table__.columns if column.name not in _NOT_READ]
        statement = (
            select(*columns, *_GRANT)
            .join(GrantTable, (GrantTable.tenant_id == table.tenant_id) & (GrantTable.id == table.grant_id))
            .where(*self._rules(value))
        )
        return (await self._uow.execute(statement)).one_or_none()

    async def _add(self, value: str, authorization: Authorization, more: Mapping[str, Any]) -> None:
        values = {
            "tenant_id": self._tenant_id,
            "digest": digest(value),
            "grant_id": authorization.grant.id,
            "scope": " ".join(authorization.scopes),
            "resources": list(authorization.resources),
            "nonce": authorization.nonce,
            "auth_time": authorization.auth_time,
            "session_uid": authorization.session_uid,
            "sid": authorization.sid,
            "expires_with_session": authorization.expires_with_session,
            **more,
        }
        try:
            await self._uow.execute(insert(self._table).values(**values))
        except InvalidRelation as error:
            raise GrantRevoked from error

    def _rules(self, value: str) -> tuple[ColumnElement[bool], ...]:
        return self._table.tenant_id == self._tenant_id, self._table.digest == digest(value)


class AuthorizationCodeStore(_IssuedStore):
    _table = AuthorizationCodeTable

    async def find(self, value: str) -> AuthorizationCode | None:
        row = await self._find(value)
        if row is None:
            return None
        return AuthorizationCode(
            authorization=_authorization(row),
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

    async def consume(self, value: str, *, at: datetime) -> bool:
        table = AuthorizationCodeTable
        statement = update(table).where(*self._rules(value), table.consumed_at.is_(None)).values(consumed_at=at)
        return bool((await self._uow.execute(statement)).rowcount)


class AccessTokenStore(_IssuedStore):
    _table = AccessTokenTable

    async def find(self, value: str) -> AccessToken | None:
        row = await self._find(value)
        if row is None:
            return None
        return AccessToken(
            authorization=_authorization(row),
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
    _table = RefreshTokenTable

    async def find(self, value: str) -> RefreshToken | None:
        row = await self._find(value)
        if row is None:
            return None
        return RefreshToken(
            authorization=_authorization(row),
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

    async def consume(self, value: str, *, at: datetime, unless_consumed_before: datetime) -> bool:
        consumed_at = RefreshTokenTable.consumed_at
        rule = or_(consumed_at.is_(None), consumed_at >= unless_consumed_before)
        statement = update(RefreshTokenTable).where(*self._rules(value), rule).values(consumed_at=at)
        return bool((await self._uow.execute(statement)).rowcount)


def _allowed(grant: Grant) -> dict[str, Any]:
    return {
        "scopes": list(grant.scopes),
        "resources": {indicator: list(scopes) for indicator, scopes in grant.resources.items()},
        "rejected_scopes": list(grant.rejected_scopes),
        "rejected_resources": {indicator: list(scopes) for indicator, scopes in grant.rejected_resources.items()},
    }


def _grant(row: Row[Any]) -> Grant:
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


def _authorization(row: Row[Any]) -> Authorization:
    return Authorization(
        grant=_grant(row),
        scopes=row.scope.split(),
        resources=row.resources,
        nonce=row.nonce,
        auth_time=row.auth_time,
        session_uid=row.session_uid,
        sid=row.sid,
        expires_with_session=row.expires_with_session,
    )
