"""The server's end of one child process: starts it, tells apart what it sends by run, and kills it."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, Protocol

import structlog

from sekisho.claim_scripts.engine.frames import LENGTH, BadFrame, length_of, pack, unpack

log = structlog.get_logger(__name__)

_MODULE = "sekisho.claim_scripts.engine.child"
_START_SECONDS = 15.0


class WorkerNotStarted(Exception):
    """A child process cannot be started here, or does not come to life."""


class WorkerDied(Exception):
    """The child process ended in the middle of a run."""


class Caller(Protocol):
    """Whoever calls others for a run."""

    def fetch(self, call: int, request: Mapping[str, Any]) -> None: ...

    def log(self, text: str) -> None: ...


class Worker:
    """One child process. `runs` counts the runs it was given."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._pending: dict[int, tuple[asyncio.Future[Mapping[str, Any]], Caller]] = {}
        self._is_ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reader = asyncio.create_task(self._read())
        self.runs = 0
        self.is_dead = False

    @classmethod
    async def start(cls) -> "Worker":
        """Start a child and wait until it takes runs; raises `WorkerNotStarted`."""
        try:
            worker = cls(await _start_process())
        except OSError as error:
            raise WorkerNotStarted from error
        try:
            async with asyncio.timeout(_START_SECONDS):
                await worker._is_ready
        except (TimeoutError, WorkerDied) as error:
            raise WorkerNotStarted from error
        finally:
            if not worker._is_ready.done() or worker.is_dead:
                await worker.close()
        log.info("script engine started", child=worker.pid)
        return worker

    @property
    def pid(self) -> int:
        return self._process.pid

    async def run(self, message: Mapping[str, Any], *, caller: Caller) -> Mapping[str, Any]:
        """Give the child a run and return its outcome; raises `WorkerDied`."""
        self.runs += 1
        run = self.runs
        ended: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._pending[run] = ended, caller
        try:
            self._send({**message, "op": "run", "run": run})
            return await ended
        finally:
            del self._pending[run]

    def answer(self, caller: Caller, call: int, text: str) -> None:
        """Hand in what a call of a run came to, if the run is still under way."""
        for run, (_ended, each) in self._pending.items():
            if each is caller:
                with suppress(WorkerDied):
                    self._send({"op": "answer", "run": run, "call": call, "text": text})

    async def settle(self, *, patience: timedelta) -> None:
        """Wait until the runs under way have ended, but no longer than that."""
        if runs := [ended for ended, _caller in self._pending.values()]:
            await asyncio.wait(runs, timeout=patience.total_seconds())

    def kill(self) -> None:
        """End the child at once, and every run in it."""
        if self.is_dead:
            return
        self._mourn()
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def close(self) -> None:
        """Kill the child and wait until it is gone."""
        self.kill()
        await self._process.wait()
        self._reader.cancel()
        with suppress(asyncio.CancelledError):
            await self._reader

    def _send(self, message: dict[str, Any]) -> None:
        if self.is_dead or self._process.stdin is None:
            raise WorkerDied
        try:
            self._process.stdin.write(pack(message))
        except (OSError, RuntimeError) as error:
            raise WorkerDied from error

    async def _read(self) -> None:
        output = self._process.stdout
        try:
            while output is not None:
                head = await output.readexactly(LENGTH.size)
                self._hear(unpack(await output.readexactly(length_of(head))))
        except (asyncio.IncompleteReadError, OSError):
            log.warning("script engine ended", child=self.pid)
        except (BadFrame, ArithmeticError, LookupError, TypeError, ValueError) as error:
            # Attack: a child that a script has taken over says what it likes. It is believed in nothing but outcomes.
            log.warning("script engine makes no sense", child=self.pid, error=repr(error))
        finally:
            self.kill()

    def _hear(self, message: Mapping[str, Any]) -> None:
        if message["op"] == "ready" and not self._is_ready.done():
            self._is_ready.set_result(None)
        ended, caller = self._pending.get(message["run"], (None, None))
        if ended is None or caller is None:
            return
        match message["op"]:
            case "end":
                if not ended.done():
                    ended.set_result(message)
            case "fetch":
                caller.fetch(int(message["call"]), dict(message["request"]))
            case "log":
                caller.log(str(message["text"]))

    def _mourn(self) -> None:
        self.is_dead = True
        if not self._is_ready.done():
            self._is_ready.set_exception(WorkerDied())
        for ended, _caller in self._pending.values():
            if not ended.done():
                ended.set_exception(WorkerDied())


async def _start_process() -> Process:
    """Start the child: isolated from the machine's Python settings, with an empty environment and three files."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-I", "-X", "utf8", "-m", _MODULE, str(os.getpid())),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env={},
        # A group of its own: what a terminal sends to ours is not for it.
        start_new_session=True,
    )
