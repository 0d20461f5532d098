# ruff: noqa: A005 — it is only ever imported as benchmarks.token
"""Tokens for the Management API by client_credentials: 16 keep-alive connections, one worker, PostgreSQL.

A token costs at least one ES384 signature, so the figure to watch is `token_ratio`: tokens per second over the bare
signatures per second of one core, measured in turns in the same run (aim: 0.45). On a busy machine both suffer but not
alike: `token_ratio_by_cpu` compares them by processor time, `generator_ceiling` is what the load generator can do.
"""

import tempfile
from pathlib import Path

import uvloop

from benchmarks import ceiling
from benchmarks.accounts import add_service
from benchmarks.ceiling import keep_asking
from benchmarks.databases import Kind, empty_database
from benchmarks.figures import median, show
from benchmarks.server import Installation, Server, install, serve
from benchmarks.signatures import Speed, sign

_WARM_UP = 2.0
_ROUNDS = 5
_ASKING = 4.0


def ask(server: Server, prepared: bytes) -> Speed:
    """Get tokens."""
    cpu = server.cpu_seconds()
    load = uvloop.run(keep_asking(prepared, port=server.port, seconds=_ASKING))
    return Speed(per_second=load.rate, per_cpu_second=load.count / (server.cpu_seconds() - cpu))


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="sekisho-bench-") as name:
        folder = Path(name)
        with empty_database(Kind.POSTGRESQL, folder=folder) as db_url:
            _measure(install(db_url, folder=folder))


def _measure(installation: Installation) -> None:
    with serve(installation) as server:
        service = add_service(installation)
        prepared = service.management_token_request(port=server.port)
        uvloop.run(keep_asking(prepared, port=server.port, seconds=_WARM_UP))
        rounds = [(sign(), ask(server, prepared)) for _ in range(_ROUNDS)]
    show(
        "generator_ceiling",
        ceiling.measure(lambda port: service.management_token_request(port=port)).rate,
        "requests/s",
    )
    show("signature_rate", median([signing.per_second for signing, _ in rounds]), "signatures/s")
    show("token_rate", median([asking.per_second for _, asking in rounds]), "tokens/s")
    show(
        "token_ratio",
        median([asking.per_second / signing.per_second for signing, asking in rounds]),
        "tokens/signature",
    )
    show(
        "token_ratio_by_cpu",
        median([asking.per_cpu_second / signing.per_cpu_second for signing, asking in rounds]),
        "tokens/signature",
    )


if __name__ == "__main__":
    main()
