"""Several processes that serve one installation.

The application is loaded before the workers are forked, so they share its memory and start at once. A worker that dies
is replaced; workers whose parent dies end by themselves, so that the port is free for whoever starts next.
"""

import asyncio
import ctypes
import multiprocessing
import os
import signal
import sys
from functools import partial

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import MPServer

from sekisho.app import Application, create_app, create_from_environment
from sekisho.cli.desk import opened
from sekisho.cli.serving import STOP_SECONDS, resume_collecting, tell
from sekisho.settings import Settings

_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, linux/prctl.h
_APPLICATION = "sekisho.app:create_from_environment"


def serve_with_workers(settings: Settings, host: str) -> None:
    """Serve until told to stop."""
    asyncio.run(_make_ready(settings, host))
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork")
        create_app(settings).load()
    resume_collecting()  # what is never looked through stays shared with the workers
    admin = _listen_beside(host, settings.admin_port) if settings.admin_port is not None else None
    try:
        _listen(host, settings.port, workers=settings.worker_count)
    finally:
        if admin is not None:
            admin.terminate()
            admin.join(STOP_SECONDS)


async def _make_ready(settings: Settings, host: str) -> None:
    """Migrate and seed before any worker starts, and say where to go."""
    async with opened(settings) as runtime:
        await tell(runtime, host)


def load(parent: int) -> Application:
    """Make the application in a worker process."""
    _end_with(parent)
    application = create_from_environment()
    application.load()
    return application


def _listen(host: str, port: int, *, workers: int) -> None:
    """Serve one port with worker processes, until told to stop."""
    server = MPServer(
        _APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        factory=True,
        workers=workers,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )
    server.serve(target_loader=partial(load, os.getpid()), wrap_loader=False)


def _listen_beside(host: str, port: int) -> multiprocessing.Process:
    """Serve a second port from a process of its own: a server listens on one."""
    process = multiprocessing.Process(target=_listen_for, args=(os.getpid(), host, port), name="sekisho-admin-port")
    process.start()
    return process


def _listen_for(parent: int, host: str, port: int) -> None:
    _end_with(parent)
    _listen(host, port, workers=1)


def _end_with(parent: int) -> None:
    """End when the parent dies, even by a signal it cannot handle. Only Linux offers that."""
    if sys.platform != "linux":
        return
    # Not a signal that can be handled: a worker that is asked to stop while it starts hears it, and waits for ever.
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could ask
        os.kill(os.getpid(), signal.SIGKILL)
