"""What `sekisho start` and `sekisho dev` do: make ready, say where to go, then serve until told to stop.

One process does everything, unless `WORKERS` asks for several (`workers.py`). Whoever starts us starts us again should
we die. The ports of one process share its event loop, its caches and its connections.
"""

import asyncio
import gc
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress

import uvloop
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from sekisho.app import Application, create_app
from sekisho.cli.first_admin import first_admin_link
from sekisho.cli.refusals import Refusal
from sekisho.http.logs import configure_logs
from sekisho.services import Runtime
from sekisho.settings import load_settings
from sekisho.tenants.models import ADMIN_TENANT
from sekisho.tenants.urls import urls_of

STOP_SECONDS = 15
"""How long requests under way have to end."""

# Browsers and applications keep their connections open between requests; each that is open counts.
_CONNECTIONS = 1024
# Requests leave little behind that only the collector can take away: looked for at every 700th object, as Python does
# by itself, it costs a token a twentieth of its time.
_COLLECTING = (10_000, 10, 10)
# Whoever waits for the server asks now: what nobody has asked for yet is loaded afterwards.
_LOADING_AFTER_SECONDS = 0.1


def serve(host: str) -> None:
    """Serve until told to stop."""
    settings = load_settings()
    configure_logs(settings)
    _refuse_taken(host, settings.ports)
    if settings.worker_count == 1:
        uvloop.run(_serve_alone(create_app(settings), host))
    else:
        from sekisho.cli.workers import serve_with_workers  # noqa: PLC0415 — most servers have none

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


def _refuse_taken(host: str, ports: Sequence[int]) -> None:
    """Refuse ports that somebody else listens on.

    Servers share their port with whoever else wants to, for the sake of workers: two installations started on one port
    by mistake would each get some of the requests.
    """
    for port in ports:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                told = (
                    f"{host} port {port} cannot be listened on ({error.strerror}). PORT and ADMIN_PORT choose others."
                )
                raise Refusal(told) from error


async def _serve_alone(application: Application, host: str) -> None:
    await application.start()
    try:
        await tell(application.runtime, host)
        settings = application.settings
        servers = [_server(application, host=host, port=port) for port in settings.ports]
        await _listen(application, servers)
    finally:
        await application.stop()


async def _listen(application: Application, servers: Sequence[Server]) -> None:
    """Answer until told to stop, or until a server cannot go on; then let requests under way end."""
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    serving = [asyncio.create_task(server.serve()) for server in servers]
    waiting = [asyncio.create_task(told.wait()), asyncio.create_task(_load_rest(application))]
    await asyncio.wait([waiting[0], *serving], return_when=asyncio.FIRST_COMPLETED)
    for server in servers:
        server.stop()  # type: ignore[no-untyped-call]
    for task in waiting:
        task.cancel()
    with suppress(TimeoutError):  # what has not ended by then is cut off
        async with asyncio.timeout(STOP_SECONDS):
            await asyncio.gather(*serving)


async def _load_rest(application: Application) -> None:
    await asyncio.sleep(_LOADING_AFTER_SECONDS)
    try:
        await asyncio.to_thread(application.load)
    finally:
        resume_collecting()


def _server(application: Application, *, host: str, port: int) -> Server:
    return Server(
        application,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,  # the application is started already
        websockets=False,
        backlog=_CONNECTIONS,
        backpressure=_CONNECTIONS,
        log_level=LogLevels.error,  # its one warning is that embedding is new
    )
