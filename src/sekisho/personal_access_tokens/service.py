"""Decisions about personal access tokens: what they may be called, how long they are good, whose they are."""

from collections.abc import Sequence
from datetime import datetime

from sekisho.db.errors import UniqueViolation
from sekisho.kernel.clock import Clock
from sekisho.kernel.errors import InvalidInput
from sekisho.kernel.ids import Ids, UserId
from sekisho.kernel.secret import Secret
from sekisho.personal_access_tokens.errors import PersonalAccessTokenNameInUse
from sekisho.personal_access_tokens.models import PersonalAccessToken
from sekisho.personal_access_tokens.store import PersonalAccessTokenStore

PREFIX = "pat_"


class PersonalAccessTokenService:
    """Implements `PersonalAccessTokens` of the protocol's ports."""

    def __init__(self, *, store: PersonalAccessTokenStore, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    async def list(self, user_id: UserId) -> Sequence[PersonalAccessToken]:
        return await self._store.list(user_id)

    async def create(self, user_id: UserId, *, name: str, expires_at: datetime | None = None) -> PersonalAccessToken:
        now = self._clock.now()
        if expires_at is not None and expires_at <= now:
            raise InvalidInput(details="expiresAt must be in the future.")
        token = PersonalAccessToken(
            user_id=user_id,
            name=name,
            value=Secret(PREFIX + self._ids.secret()),
            created_at=now,
            expires_at=expires_at,
        )
        try:
            await self._store.add(token)
        except UniqueViolation as violation:
            raise PersonalAccessTokenNameInUse from violation
        return token

    async def rename(self, user_id: UserId, name: str, *, new_name: str) -> PersonalAccessToken:
        try:
            return await self._store.rename(user_id, name, new_name)
        except UniqueViolation as violation:
            raise PersonalAccessTokenNameInUse from violation

    async def delete(self, user_id: UserId, name: str) -> None:
        await self._store.remove(user_id, name)

    async def holder_of(self, value: str) -> UserId | None:
        """Return whose token this is; None when it is nobody's, or expired."""
        token = await self._store.find_by_value(value)
        if token is None or (token.expires_at is not None and token.expires_at <= self._clock.now()):
            return None
        return token.user_id
