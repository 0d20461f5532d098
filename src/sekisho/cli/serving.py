"""What `sekisho start` and `sekisho dev` do: make ready, say where to go, then serve until told to stop.

One process does everything, unless `WORKERS` asks for several (`workers.py`). Whoever starts us starts us again should
we die. The ports of one process share its event loop, its caches and its connections.
"""

import asyncio
import gc
import signal
import socket
from collections.abc import Sequence

import uvloop

from sekisho.app import Application, create_app
from sekisho.cli.first_admin import first_admin_link
from sekisho.cli.http_server import HttpServer, bound
from sekisho.http.logs import configure_logs
from sekisho.services import Runtime
from sekisho.settings import load_settings
from sekisho.tenants.models import ADMIN_TENANT
from sekisho.tenants.urls import urls_of

# Requests leave little behind that only the collector can take away: looked for at every 700th object, as Python does
# by itself, it costs a token a twentieth of its time.
_COLLECTING = (10_000, 10, 10)
# Whoever waits for the server asks now: what nobody has asked for yet is loaded afterwards.
_LOADING_AFTER_SECONDS = 0.1


def serve(host: str) -> None:
    """Serve until told to stop."""
    settings = load_settings()
    configure_logs(settings)
    sockets = bound(host, settings.ports)
    if settings.worker_count == 1:
        uvloop.run(_serve_alone(create_app(settings), sockets, host))
    else:
        from sekisho.cli.workers import serve_with_workers  # noqa: PLC0415 — most servers have none

        for each in sockets:
            each.close()  # the workers listen for themselves
        serve_with_workers(settings, host)


async def tell(runtime: Runtime, host: str) -> None:
    """Print where to go."""
    settings = runtime.settings
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
    print(*lines, "", sep="\n", flush=True)  # noqa: T201 — this is for the operator's eyes, not for the log


def resume_collecting() -> None:
    """Turn the collector of garbage on. What is loaded by now stays for good, so it is never looked through again."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(*_COLLECTING)


async def listen(application: Application, sockets: Sequence[socket.socket]) -> None:
    """Answer until told to stop, or until the server cannot go on; then let requests under way end."""
    server = HttpServer(application)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, server.stop)
    await server.serve(list(sockets))


async def _serve_alone(application: Application, sockets: Sequence[socket.socket], host: str) -> None:
    await application.start()
    try:
        await tell(application.runtime, host)
        loading = asyncio.create_task(_load_rest(application))
        await listen(application, sockets)
        loading.cancel()
    finally:
        await application.stop()


async def _load_rest(application: Application) -> None:
    await asyncio.sleep(_LOADING_AFTER_SECONDS)
    try:
        await asyncio.to_thread(application.load)
    finally:
        resume_collecting()
