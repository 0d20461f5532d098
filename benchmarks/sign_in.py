"""Whole sign-ins, eight at once, one worker, on both databases: from the first redirect to a refresh.

authorize → Experience API (start, password, identify, submit) → resume → consent → resume → code → token → userinfo →
refresh: eleven requests, one password hash, and everything written that a sign-in writes. `sign_in_rate_postgresql` is
the figure to watch (aim: 45/s); `sign_in_<step>_p50_…` says where a visitor's time goes while eight are at it.
"""

import tempfile
from pathlib import Path

import uvloop

from benchmarks.accounts import Client, ManagementApi, add_service, add_web_application
from benchmarks.connection import Connection
from benchmarks.databases import Kind, empty_database
from benchmarks.figures import median, show
from benchmarks.load import Load, repeat
from benchmarks.server import Installation, Server, install, serve
from benchmarks.visitor import Steps, Visitor

_AT_ONCE = 8
_USERS = 16
_WARM_UP = 2.0
_SECONDS = 10.0


def main() -> None:
    for kind in (Kind.POSTGRESQL, Kind.SQLITE):
        with tempfile.TemporaryDirectory(prefix="sekisho-bench-") as name:
            folder = Path(name)
            with empty_database(kind, folder=folder) as db_url:
                _measure(install(db_url, folder=folder), kind=kind)


def _measure(installation: Installation, *, kind: Kind) -> None:
    with serve(installation) as server:
        service, client = add_service(installation), add_web_application(installation)
        load, steps, cpu_seconds = uvloop.run(_load(server, service=service, client=client))
    show(f"sign_in_rate_{kind}", load.rate, "flows/s")
    show(f"sign_in_p50_{kind}", load.milliseconds(0.5), "ms")
    show(f"sign_in_p95_{kind}", load.milliseconds(0.95), "ms")
    show(f"sign_in_cpu_{kind}", cpu_seconds / load.count * 1000, "ms/flow")
    for step, seconds in steps.items():
        show(f"sign_in_{step}_p50_{kind}", median(seconds) * 1000, "ms")


async def _load(server: Server, *, service: Client, client: Client) -> tuple[Load, Steps, float]:
    api = await ManagementApi.open(service, port=server.port)
    usernames = await api.add_users(_USERS)
    api.close()
    connections = [await Connection.open(port=server.port) for _ in range(_AT_ONCE)]
    visitors = [
        # Each signs in users of its own, as people do.
        Visitor(connection, port=server.port, client=client, usernames=usernames[number::_AT_ONCE])
        for number, connection in enumerate(connections)
    ]
    await repeat([visitor.sign_in for visitor in visitors], seconds=_WARM_UP)
    for visitor in visitors:
        visitor.steps.clear()
    cpu = server.cpu_seconds()
    load = await repeat([visitor.sign_in for visitor in visitors], seconds=_SECONDS)
    cpu = server.cpu_seconds() - cpu
    for connection in connections:
        connection.close()
    steps = {step: [each for visitor in visitors for each in visitor.steps[step]] for step in visitors[0].steps}
    return load, steps, cpu


if __name__ == "__main__":
    main()
