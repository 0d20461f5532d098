"""Makes subject tokens; what one is exchanged for is the protocol's to decide (`oidc/grants/token_exchange.py`)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import Ids, UserId
from sekisho.kernel.secret import Secret
from sekisho.oidc.models import SUBJECT_TOKEN_PREFIX, SubjectToken
from sekisho.subject_tokens.store import SubjectTokenStore

LIFETIME = timedelta(seconds=600)


class SubjectTokenService:
    """Implements `SubjectTokens` of the protocol's ports."""

    def __init__(self, *, store: SubjectTokenStore, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    async def create(self, user_id: UserId, *, context: Mapping[str, Any], creator_id: str) -> Secret:
        """Return a token for a user, to be used once within `LIFETIME`; its value is not kept."""
        now = self._clock.now()
        value = SUBJECT_TOKEN_PREFIX + self._ids.subject_token()
        token = SubjectToken(account_id=user_id, context=context, expires_at=now + LIFETIME)
        await self._store.add(value, token, creator_id=creator_id, created_at=now)
        return Secret(value)

    async def find(self, value: str) -> SubjectToken | None:
        return await self._store.find(value)

    async def consume(self, value: str, *, at: datetime) -> bool:
        return await self._store.consume(value, at=at)
