"""Hashes and checks passwords without holding up the event loop, and without letting a flood fill the memory.

One `PasswordHasher` per process. Callers give their database connection back first (`uow.release()`): a hash takes
some 20 ms of a core.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

from sekisho.kernel.errors import DomainError
from sekisho.kernel.secret import Secret
from sekisho.passwords import argon2id
from sekisho.passwords.digests import verifier_of
from sekisho.passwords.errors import PasswordsBusy
from sekisho.passwords.models import MAX_PASSWORD_BYTES, HashMethod, PasswordHash

T = TypeVar("T")

_WAITING_PER_CORE = 64
_NICENESS = 5

_DUMMY = "a password nobody has"
_SLOW = frozenset({HashMethod.ARGON2ID, HashMethod.ARGON2I, HashMethod.ARGON2D})


class PasswordHasher:
    """A bounded pool of threads that hash."""

    def __init__(self, *, threads: int | None = None, waiting: int | None = None) -> None:
        count = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="password", initializer=_let_others_go_first)
        self._places = BoundedSemaphore(count + (_WAITING_PER_CORE * count if waiting is None else waiting))

    async def hash(self, password: Secret) -> PasswordHash:
        """Hash a new password; raises `PasswordsBusy`."""
        encoded = await self._run(lambda: argon2id.hash_password(password.reveal()))
        return PasswordHash(method=HashMethod.ARGON2ID, encoded=encoded)

    async def verify(self, password: Secret, kept: PasswordHash) -> bool:
        """Tell whether the password is the kept one; raises `PasswordsBusy`."""
        if _is_too_long(password):
            await self.dummy()
            return False
        is_right = await self._run(lambda: _matches(kept, password))
        if not is_right and kept.method not in _SLOW:
            # Attack: telling from the short time that an account exists, and that its hash is a cheap one.
            await self.dummy()
        return is_right

    async def dummy(self) -> None:
        """Do the work of a check without one. Attack: telling from the time taken that an account does not exist."""
        await self._run(lambda: argon2id.hash_password(_DUMMY))

    def needs_rehash(self, kept: PasswordHash) -> bool:
        """Tell whether a password that has just matched should be hashed anew, by today's method and cost."""
        return kept.method is not HashMethod.ARGON2ID or not argon2id.is_current(kept.encoded)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        # Attack: a flood of sign-ins queues up hours of hashing; refusing early keeps the server answering.
        if not self._places.acquire(blocking=False):
            raise PasswordsBusy
        future: Future[T] = self._pool.submit(work)
        # The place is free when the work is over, not when a caller who hung up stops waiting for it.
        future.add_done_callback(lambda _done: self._places.release())
        return await asyncio.wrap_future(future)


def _let_others_go_first() -> None:
    """Run this thread when the event loop and the database, for which everybody waits, have nothing to do."""
    if sys.platform == "linux":  # elsewhere, threads have no priority of their own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _is_too_long(password: Secret) -> bool:
    return len(password.reveal().encode(errors="surrogatepass")) > MAX_PASSWORD_BYTES


def _matches(kept: PasswordHash, password: Secret) -> bool:
    try:
        return verifier_of(kept)(password.reveal())
    except DomainError:  # written past the API: what cannot be read or afforded matches nothing
        return False
