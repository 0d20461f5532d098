"""Decisions about one-time tokens: for whom one is good, how long, and that it is good once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, assert_never

from sekisho.kernel.clock import Clock
from sekisho.kernel.errors import DomainError, InvalidInput
from sekisho.kernel.ids import Ids
from sekisho.kernel.pages import Page, PageRequest
from sekisho.kernel.secret import Secret
from sekisho.one_time_tokens.errors import (
    CannotReactivate,
    EmailMismatch,
    EventMismatch,
    TokenConsumed,
    TokenExpired,
    TokenNotFound,
    TokenRevoked,
)
from sekisho.one_time_tokens.models import OneTimeToken, OneTimeTokenId, TokenStatus
from sekisho.one_time_tokens.store import OneTimeTokenStore

LIFETIME = timedelta(seconds=600)


class OneTimeTokenService:
    def __init__(self, *, store: OneTimeTokenStore, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    async def get(self, token_id: OneTimeTokenId) -> OneTimeToken:
        return self._told(await self._store.get(token_id))

    async def page(
        self, page: PageRequest | None, *, email: str | None = None, status: TokenStatus | None = None
    ) -> Page[OneTimeToken]:
        """Return tokens, newest first; the total counts those that the filters leave out too."""
        rows = await self._store.list(page, email=email, status=status, now=self._clock.now())
        total = len(rows) if page is None else await self._store.count()
        return Page(rows=[self._told(row) for row in rows], total=total)

    async def create(
        self, *, email: str, context: Mapping[str, Any], lifetime: timedelta | None = None
    ) -> OneTimeToken:
        now = self._clock.now()
        try:
            expires_at = now + (LIFETIME if lifetime is None else lifetime)
        except OverflowError as error:
            raise InvalidInput(details="expiresIn is too long.") from error
        token = OneTimeToken(
            id=OneTimeTokenId(self._ids.standard()),
            email=email,
            value=Secret(self._ids.secret()),
            context=context,
            status=TokenStatus.ACTIVE,
            created_at=now,
            expires_at=expires_at,
        )
        await self._store.expire_old(email, now=now)
        await self._store.add(token)
        return token

    async def consume(self, value: str, *, email: str, event: str | None = None) -> OneTimeToken:
        """Use a token for its address, once; raises what speaks against it. `event` is the flow it is used in."""
        token = await self.check(value, email=email)
        wanted = token.context.get("interactionEvent")
        if event is not None and wanted is not None and wanted != event:
            raise EventMismatch
        # Attack: a link that is followed twice at once. Of those who found it active, the first to write has it.
        if not await self._store.consume(token.id):
            raise refusal_of((await self._store.get(token.id)).status)
        return replace(token, status=TokenStatus.CONSUMED)

    async def check(self, value: str, *, email: str) -> OneTimeToken:
        """Return a token that is good for an address, and leave it so; raises what speaks against it."""
        now = self._clock.now()
        token = await self._store.find_by_value(value)
        if token is None:
            raise TokenNotFound
        if token.email != email:
            raise EmailMismatch
        if token.expires_at <= now:
            self._store.expire_afterwards(token.id)
            raise TokenExpired
        if token.status is not TokenStatus.ACTIVE:
            raise refusal_of(token.status)
        return token

    async def set_status(self, token_id: OneTimeTokenId, status: TokenStatus) -> OneTimeToken:
        token = await self._store.get(token_id)
        if status is TokenStatus.ACTIVE:
            raise CannotReactivate
        await self._store.set_status(token_id, status)
        return replace(token, status=status)

    async def delete(self, token_id: OneTimeTokenId) -> None:
        await self._store.remove(token_id)

    def _told(self, token: OneTimeToken) -> OneTimeToken:
        return replace(token, status=token.status_at(self._clock.now()))


def refusal_of(status: TokenStatus) -> DomainError:
    """Return what is said of a token that was found and could not be used."""
    match status:
        case TokenStatus.EXPIRED:
            return TokenExpired()
        case TokenStatus.REVOKED:
            return TokenRevoked()
        case TokenStatus.CONSUMED | TokenStatus.ACTIVE:
            return TokenConsumed()
        case _:
            assert_never(status)
