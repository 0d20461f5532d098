"""Rows of secrets. Token sets are sealed on the way in and opened on the way out."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, insert, select

from sekisho.connectors.models import ConnectorId
from sekisho.crypto.sealing import Place, Sealer
from sekisho.db.database import UnitOfWork
from sekisho.db.lengths import check_lengths
from sekisho.db.statements import Row
from sekisho.kernel.ids import TenantId, UserId
from sekisho.secrets.models import Origin, SecretId, SecretType, SocialSecret, TokenFacts, Tokens, TokenSet
from sekisho.secrets.tables import SecretTable, SocialSecretTable

_SECRETS = SecretTable.metadata.tables[SecretTable.__tablename__]
_SOCIAL = SocialSecretTable.metadata.tables[SocialSecretTable.__tablename__]
_JOINED = _SECRETS.join(_SOCIAL, (_SECRETS.c.tenant_id == _SOCIAL.c.tenant_id) & (_SECRETS.c.id == _SOCIAL.c.secret_id))
_OF_TENANT = _SECRETS.c.tenant_id == bindparam("of_tenant")
_OF_USER = (_OF_TENANT, _SECRETS.c.user_id == bindparam("of_user"))
_LIST = (
    select(
        _SECRETS.c.id,
        _SECRETS.c.user_id,
        _SECRETS.c.facts,
        _SECRETS.c.created_at,
        _SECRETS.c.updated_at,
        _SOCIAL.c.connector_id,
        _SOCIAL.c.target,
        _SOCIAL.c.identity_id,
    )
    .select_from(_JOINED)
    .where(*_OF_USER)
    .order_by(_SECRETS.c.created_at, _SECRETS.c.id)
)
_OPEN = select(_SECRETS.c.value).where(_OF_TENANT, _SECRETS.c.id == bindparam("of_id"))
_ADD = insert(_SECRETS)
_ADD_ORIGIN = insert(_SOCIAL)
_REMOVE = delete(_SECRETS).where(_OF_TENANT, _SECRETS.c.id == bindparam("of_id"))


def _whose(column: Any, parameter: str) -> Any:
    """Return which secrets have this value in a column of their origin."""
    return _SECRETS.c.id.in_(
        select(_SOCIAL.c.secret_id).where(_SOCIAL.c.tenant_id == bindparam("of_tenant"), column == bindparam(parameter))
    )


_REMOVE_OF_CONNECTOR = delete(_SECRETS).where(_OF_TENANT, _whose(_SOCIAL.c.connector_id, "of_connector"))
_REMOVE_OF_TARGET = delete(_SECRETS).where(*_OF_USER, _whose(_SOCIAL.c.target, "of_target"))


class SecretStore:
    def __init__(self, *, uow: UnitOfWork, tenant_id: TenantId, sealer: Sealer) -> None:
        self._uow = uow
        self._tenant_id = tenant_id
        self._sealer = sealer

    async def list(self, user_id: UserId) -> Sequence[SocialSecret]:
        rows = await self._uow.execute(_LIST, {"of_tenant": self._tenant_id, "of_user": user_id})
        return [_secret(row) for row in rows]

    async def open(self, secret: SocialSecret) -> TokenSet | None:
        """Return a token set, if it is still there."""
        which = {"of_tenant": self._tenant_id, "of_id": secret.id}
        row = (await self._uow.execute(_OPEN, which)).one_or_none()
        if row is None:
            return None
        opened = json.loads(self._sealer.open_text(row.value, place=self._place(secret.id)))
        return TokenSet(tokens=Tokens.from_document(opened), facts=secret.facts)

    async def add(self, secret: SocialSecret, tokens: Tokens) -> None:
        whose = {"tenant_id": self._tenant_id}
        values = {
            **whose,
            "id": secret.id,
            "user_id": secret.user_id,
            "type": SecretType.FEDERATED_TOKEN_SET,
            "value": self._sealer.seal_text(json.dumps(tokens.to_document()), place=self._place(secret.id)),
            "facts": msgspec.to_builtins(secret.facts),
            "created_at": secret.created_at,
            "updated_at": secret.updated_at,
        }
        origin = {
            **whose,
            "secret_id": secret.id,
            "connector_id": secret.origin.connector_id,
            "target": secret.origin.target,
            "identity_id": secret.origin.identity_id,
        }
        check_lengths(SocialSecretTable, origin)
        await self._uow.execute(_ADD, values)
        await self._uow.execute(_ADD_ORIGIN, origin)

    async def remove(self, secret_id: SecretId) -> bool:
        """Remove one; False when there was none."""
        removed = await self._uow.execute(_REMOVE, {"of_tenant": self._tenant_id, "of_id": secret_id})
        return bool(removed.rowcount)

    async def remove_of_connector(self, connector_id: ConnectorId) -> None:
        await self._uow.execute(_REMOVE_OF_CONNECTOR, {"of_tenant": self._tenant_id, "of_connector": connector_id})

    async def remove_of_target(self, user_id: UserId, target: str) -> None:
        which = {"of_tenant": self._tenant_id, "of_user": user_id, "of_target": target}
        await self._uow.execute(_REMOVE_OF_TARGET, which)

    def _place(self, secret_id: str) -> Place:
        return Place(tenant=self._tenant_id, table="secrets", row=secret_id, column="value")


def _secret(row: Row) -> SocialSecret:
    return SocialSecret(
        id=SecretId(row.id),
        user_id=UserId(row.user_id),
        origin=Origin(connector_id=ConnectorId(row.connector_id), target=row.target, identity_id=row.identity_id),
        facts=msgspec.convert(row.facts, TokenFacts),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
