"""Several processes that serve one installation.

The application is loaded before the workers are forked, so they share its memory and start at once. The kernel deals
connections out to them. A worker that dies is replaced; workers whose parent dies end by themselves, so that the port
is free for whoever starts next.
"""

import asyncio
import ctypes
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import TypeAlias

import structlog
import uvloop

from sekisho.app import Application, create_app, create_from_environment
from sekisho.cli.desk import opened
from sekisho.cli.http_server import STOP_SECONDS, bound
from sekisho.cli.refusals import as_text
from sekisho.cli.serving import listen, resume_collecting, tell
from sekisho.settings import Settings

_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, linux/prctl.h
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# A worker that cannot start must not keep the processor busy with trying.
_PAUSE_SECONDS = 1.0

Start: TypeAlias = Callable[[], BaseProcess]

log = structlog.get_logger(__name__)


def serve_with_workers(settings: Settings, host: str) -> None:
    """Serve until told to stop."""
    asyncio.run(_make_ready(settings, host))
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork")
        create_app(settings).load()
    resume_collecting()  # what is never looked through stays shared with the workers
    parent = os.getpid()

    def start() -> BaseProcess:
        worker = multiprocessing.Process(target=_work, args=(parent, host), name="sekisho-worker")
        # A worker that is told to stop before it has left our handlers behind would tell us in its place.
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
        worker.start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)
        return worker

    with _told_to_stop() as told:
        _keep(start, settings.worker_count, told=told)


async def _make_ready(settings: Settings, host: str) -> None:
    """Migrate and seed before any worker starts, and say where to go."""
    async with opened(settings) as runtime:
        await tell(runtime, host)


@contextmanager
def _told_to_stop() -> Iterator[socket.socket]:
    """Return what can be read from once this process is told to stop."""
    told, teller = socket.socketpair()
    with told, teller:
        for number in _STOP_SIGNALS:
            signal.signal(number, lambda *_: teller.send(b"."))
        yield told


def _keep(start: Start, count: int, *, told: socket.socket) -> None:
    """Replace whoever dies, until told to stop."""
    workers = [start() for _ in range(count)]
    while told not in wait([told, *(worker.sentinel for worker in workers)]):
        for dead in [worker for worker in workers if not worker.is_alive()]:
            log.error("worker died", pid=dead.pid, status=dead.exitcode)
            workers.remove(dead)
            if not wait([told], timeout=_PAUSE_SECONDS):
                workers.append(start())
    _end(workers)


def _end(workers: Sequence[BaseProcess]) -> None:
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join(2 * STOP_SECONDS)
        if worker.is_alive():
            worker.kill()


def _work(parent: int, host: str) -> None:
    """Be a worker."""
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_DFL)  # until it serves, nothing needs an end
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)
    _end_with(parent)
    application = create_from_environment()
    application.load()
    try:
        uvloop.run(_serve(application, bound(host, application.settings.ports, is_shared=True)))
    except Exception as error:
        reason = as_text(error)
        if reason is None:
            raise
        # Such as a database that is gone: tried again until it is back, which is no place for tracebacks.
        log.error("worker cannot serve", reason=reason)  # noqa: TRY400
        sys.exit(1)


async def _serve(application: Application, sockets: Sequence[socket.socket]) -> None:
    await application.start()
    try:
        await listen(application, sockets)
    finally:
        await application.stop()


def _end_with(parent: int) -> None:
    """End when the parent dies, even by a signal it cannot handle. Only Linux offers that."""
    if sys.platform != "linux":
        return
    # Not a signal that can be handled: a worker that is asked to stop while it starts hears it, and waits for ever.
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could ask
        os.kill(os.getpid(), signal.SIGKILL)
