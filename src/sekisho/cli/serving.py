"""What `sekisho start` and `sekisho dev` do: make ready, say where to go, then serve with worker processes.

The application is loaded before the workers are forked, so they share its memory and start at once. A worker that dies
is replaced; workers whose parent dies end by themselves, so that the port is free for whoever starts next.
"""

import asyncio
import ctypes
import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial

import typer
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import MPServer

from sekisho.app import Application, create_from_environment
from sekisho.cli.desk import opened
from sekisho.cli.first_admin import first_admin_link
from sekisho.http.logs import configure_logs
from sekisho.settings import Settings, load_settings
from sekisho.tenants.models import ADMIN_TENANT
from sekisho.tenants.urls import urls_of

# Requests leave little behind that only the collector can take away: looked for at every 700th object, as Python does
# by itself, it costs a token a twentieth of its time.
_COLLECTING = (10_000, 10, 10)
_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, linux/prctl.h
_STOP_SECONDS = 15
_APPLICATION = "sekisho.app:create_from_environment"


def serve(host: str) -> None:
    """Serve until told to stop."""
    settings = load_settings()
    configure_logs(settings)
    typer.echo("\n".join(asyncio.run(_make_ready(settings, host))))
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork")
    gc.freeze()  # what is loaded by now is never collected, so that its pages stay shared with the workers
    gc.set_threshold(*_COLLECTING)
    admin = _listen_beside(host, settings.admin_port) if settings.admin_port is not None else None
    try:
        _listen(host, settings.port, workers=settings.worker_count)
    finally:
        if admin is not None:
            admin.terminate()
            admin.join(_STOP_SECONDS)


def load(parent: int) -> Application:
    """Make the application in a worker process."""
    _end_with(parent)
    return create_from_environment()


async def _make_ready(settings: Settings, host: str) -> Sequence[str]:
    """Migrate and seed before any worker starts, and return what to tell the operator."""
    async with opened(settings) as runtime:
        link = await first_admin_link(runtime)
        origin = settings.origin
        admin_origin = urls_of(ADMIN_TENANT, origin=origin, public=runtime.public_urls).origin
    lines = [f"Sekisho serves {origin} (listening on {host}:{settings.port}) over {settings.shown_database}", ""]
    lines += [f"  Console            {admin_origin}/console"]
    if settings.development:
        lines += [f"  Demo application   {origin}/demo-app", f"  Mails and SMS      {origin}/dev/inbox"]
        lines += [f"  Fake providers     {origin}/dev/providers"]
    lines += [
        f"  Management API     {origin}/api",
        f"  OpenID Connect     {origin}/oidc/.well-known/openid-configuration",
    ]
    if link is not None:
        lines += ["", "Nobody administers this installation yet. Within 24 hours, open:", "", f"  {link}"]
    return [*lines, ""]


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
        workers_kill_timeout=_STOP_SECONDS,
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
    """Be told to stop when the parent dies, even by a signal it cannot handle. Only Linux offers that."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    if os.getppid() != parent:  # it died before we could ask
        os.kill(os.getpid(), signal.SIGTERM)
