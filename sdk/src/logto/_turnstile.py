"""One at a time: what keeps two requests of this process from spending the same refresh token or code.

It works between threads and between event loops, because every request of a Flask async view has its own loop.
Other processes are out of its reach; for them the server takes a rotated refresh token for three more seconds.
"""

import threading
from concurrent.futures import Future
from typing import TypeVar

from logto._flow import Flow, Outcome, Wait
from logto.LogtoException import ServerUnavailable

T = TypeVar("T")


class Turnstile:
    """Lets one flow per key pass; the others wait until it is through."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders: dict[str, Outcome] = {}

    def alone(self, key: str, work: Flow[T]) -> Flow[T]:
        """Run a flow while no other runs under the same key.

        Whoever waits for a flow that finds the server away fails with it, instead of waiting for a timeout of its own.
        """
        held = yield from self._enter(key)
        failure: ServerUnavailable | None = None
        try:
            return (yield from work)
        except ServerUnavailable as error:
            failure = error
            raise
        finally:
            self._leave(key, held, failure)

    def _enter(self, key: str) -> Flow[Outcome]:
        mine: Outcome = Future()
        # A running future cannot be cancelled: a waiter that gives up must not take the place of the holder.
        mine.set_running_or_notify_cancel()
        while (holder := self._hold(key, mine)) is not mine:
            yield Wait(holder)
            if not holder.done():
                # Its event loop ended without closing the flow: nobody else will ever free the key.
                self._leave(key, holder, None)
            elif (failure := holder.result()) is not None:
                raise ServerUnavailable(str(failure), status=failure.status, retryAfter=failure.retryAfter) from failure
        return mine

    def _hold(self, key: str, mine: Outcome) -> Outcome:
        with self._lock:
            return self._holders.setdefault(key, mine)

    def _leave(self, key: str, held: Outcome, failure: ServerUnavailable | None) -> None:
        with self._lock:
            if self._holders.get(key) is not held:
                return
            del self._holders[key]
        held.set_result(failure)
