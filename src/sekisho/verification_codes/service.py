"""Sends codes and takes them back: one waits per errand, it lives for a while, and it may be mistyped so often.

A code is kept when its message is on the way: what nobody was sent, nobody can prove anything by.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol, assert_never

from sekisho.crypto.sealing import Sealer
from sekisho.db.database import UnitOfWork
from sekisho.kernel.clock import Clock
from sekisho.kernel.ids import Ids, TenantId
from sekisho.kernel.secret import Secret
from sekisho.messages.models import Delivery, Letter
from sekisho.sign_in.service import SignInService
from sekisho.users.models import Identifier, IdentifierType
from sekisho.verification_codes.errors import (
    CodeExpired,
    CodeMismatch,
    CodeNotFound,
    CodeRefused,
    EmailMismatch,
    PhoneMismatch,
    TooManyTries,
)
from sekisho.verification_codes.models import Errand, PendingCode, VerificationCodeId
from sekisho.verification_codes.store import VerificationCodeStore

_DIGITS = 6


class Post(Protocol):
    """Who brings messages to people."""

    async def send(self, letter: Letter, /, *, delivery: Delivery) -> None: ...


class VerificationCodeService:
    """The codes of one tenant. Sending and checking are slow: the caller must not hold a transaction open."""

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        tenant_id: TenantId,
        sealer: Sealer,
        sign_in: SignInService,
        post: Post,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._uow = uow
        self._tenant_id = tenant_id
        self._sealer = sealer
        self._sign_in = sign_in
        self._post = post
        self._clock = clock
        self._ids = ids

    async def send(
        self, errand: Errand, *, variables: Mapping[str, Any] | None = None, delivery: Delivery = Delivery.OPEN
    ) -> None:
        """Send a new code, in place of the one that waits; raises what keeps the message from being sent."""
        code = Secret(self._ids.digits(_DIGITS))
        letter = Letter(
            purpose=errand.purpose, to=errand.recipient, payload={"code": code.reveal(), **(variables or {})}
        )
        await self._post.send(letter, delivery=delivery)
        code_id = VerificationCodeId(self._ids.standard())
        await self._store(self._uow).replace(errand, code_id=code_id, code=code, now=self._clock.now())

    async def check(self, code: str, errand: Errand) -> PendingCode:
        """Return the code that waits if it is this one; raises a `CodeRefused`. It is used up by `consume`."""
        store = self._store(self._uow)
        pending = await store.find(errand)
        if pending is None:
            raise CodeNotFound
        if pending.recipient != errand.recipient:
            raise _mismatch(errand.recipient)
        policy = (await self._sign_in.get()).verification_code_policy
        if self._clock.now() >= pending.created_at + policy.lifetime:
            raise CodeExpired
        # Attack: a thousand guesses that are all compared before one is counted. A try is counted, and the count
        # committed, before it is looked at.
        async with self._own_store() as own:
            may_try = await own.take_try(pending.id, most=policy.tries)
        if not may_try:
            raise CodeNotFound if await store.find(errand) is None else TooManyTries
        if not store.matches(pending, code):
            raise CodeMismatch
        return pending

    async def consume(self, pending: PendingCode) -> None:
        """Use a code up, in the caller's transaction; raises `CodeNotFound` when another request was faster."""
        if not await self._store(self._uow).consume(pending.id):
            raise CodeNotFound

    @asynccontextmanager
    async def _own_store(self) -> AsyncIterator[VerificationCodeStore]:
        await self._uow.release()
        async with self._uow.database.unit_of_work() as own:
            yield self._store(own)

    def _store(self, uow: UnitOfWork) -> VerificationCodeStore:
        return VerificationCodeStore(uow=uow, tenant_id=self._tenant_id, sealer=self._sealer)


def _mismatch(claimed: Identifier) -> CodeRefused:
    match claimed.type:
        case IdentifierType.EMAIL:
            return EmailMismatch()
        case IdentifierType.PHONE:
            return PhoneMismatch()
        case IdentifierType.USERNAME:
            raise ValueError(claimed.type)
        case _:
            assert_never(claimed.type)
