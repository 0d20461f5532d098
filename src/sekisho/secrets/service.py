"""Keeps the token sets that providers give for users: at most one for each user and target.

Between the way back from a provider and the end of the sign-in a token set travels in the interaction, sealed for the
road; whoever reads the interaction learns nothing from it.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from sekisho.connectors.kit.social import TokenResponse
from sekisho.connectors.models import ConnectorId
from sekisho.crypto.sealing import Place, Sealer
from sekisho.kernel.clock import Clock, epoch_seconds
from sekisho.kernel.ids import Ids, TenantId, UserId
from sekisho.secrets.errors import SecretNotFound
from sekisho.secrets.models import Origin, SecretId, SocialSecret, TokenFacts, Tokens, TokenSet
from sekisho.secrets.store import SecretStore


class SecretService:
    """The token vault of one tenant."""

    def __init__(self, *, tenant_id: TenantId, store: SecretStore, sealer: Sealer, clock: Clock, ids: Ids) -> None:
        self._tenant_id = tenant_id
        self._store = store
        self._sealer = sealer
        self._clock = clock
        self._ids = ids

    def token_set(self, response: TokenResponse) -> TokenSet | None:
        """Return what a token endpoint answered as a token set; None where it holds no access token."""
        if not response.access_token:
            return None
        tokens = Tokens(
            access_token=response.access_token, refresh_token=response.refresh_token, id_token=response.id_token
        )
        ends_at = None if response.expires_in is None else epoch_seconds(self._clock.now()) + response.expires_in
        facts = TokenFacts(
            has_refresh_token=response.refresh_token is not None,
            scope=UNSET if response.scope is None else response.scope,
            token_type=UNSET if response.token_type is None else response.token_type,
            expires_at=UNSET if ends_at is None else ends_at,
        )
        return TokenSet(tokens=tokens, facts=facts)

    def pack(self, token_set: TokenSet, *, connector_id: ConnectorId) -> dict[str, Any]:
        """Return a token set as a document for the road, good only for this connector's sign-in."""
        sealed = self._sealer.seal_text(json.dumps(token_set.tokens.to_document()), place=self._road(connector_id))
        return {
            "encryptedTokenSetBase64": b64encode(sealed).decode(),
            "metadata": msgspec.to_builtins(token_set.facts),
        }

    def unpack(self, document: Mapping[str, Any], *, connector_id: ConnectorId) -> TokenSet:
        """Return what was packed for this connector; anything else raises `CannotOpen`."""
        sealed = b64decode(document["encryptedTokenSetBase64"])
        opened = json.loads(self._sealer.open_text(sealed, place=self._road(connector_id)))
        return TokenSet(tokens=Tokens.from_document(opened), facts=msgspec.convert(document["metadata"], TokenFacts))

    async def keep(self, user_id: UserId, token_set: TokenSet, *, origin: Origin) -> None:
        """Keep a token set, in place of the one the user had of this target. The caller has locked the user's row."""
        await self._store.remove_of_target(user_id, origin.target)
        now = self._clock.now()
        secret = SocialSecret(
            id=SecretId(self._ids.standard()),
            user_id=user_id,
            origin=origin,
            facts=token_set.facts,
            created_at=now,
            updated_at=now,
        )
        await self._store.add(secret, token_set.tokens)

    async def of_user(self, user_id: UserId) -> Mapping[str, SocialSecret]:
        """Return a user's secrets by target, without their values."""
        return {each.origin.target: each for each in await self._store.list(user_id)}

    async def open(self, secret: SocialSecret) -> TokenSet:
        """Return a token set."""
        if token_set := await self._store.open(secret):
            return token_set
        raise SecretNotFound

    async def remove(self, secret_id: SecretId) -> None:
        if not await self._store.remove(secret_id):
            raise SecretNotFound

    async def forget_connector(self, connector_id: ConnectorId) -> None:
        """Remove all that came through a connector."""
        await self._store.remove_of_connector(connector_id)

    async def forget_identity(self, user_id: UserId, target: str) -> None:
        """Remove what belongs to an identity the user no longer has."""
        await self._store.remove_of_target(user_id, target)

    def _road(self, connector_id: ConnectorId) -> Place:
        return Place(tenant=self._tenant_id, table="interactions", row=connector_id, column="token_set")
