"""A surface that is loaded when it is first asked for, or when a server has answered for a moment and has time.

For what is large, and not what the first requests of a process need.
"""

import asyncio
from collections.abc import Callable
from threading import Lock

from starlette.types import ASGIApp, Receive, Scope, Send


class SurfaceOnDemand:
    """An ASGI application that is made once, in a thread: other requests are answered meanwhile."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._made: ASGIApp | None = None
        self._making = Lock()

    def load(self) -> ASGIApp:
        """Return the application; the first call makes it, and others wait for that."""
        with self._making:
            if self._made is None:
                self._made = self._make()
            return self._made

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        surface = self._made
        if surface is None:
            surface = await asyncio.to_thread(self.load)
        await surface(scope, receive, send)
