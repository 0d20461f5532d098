"""Memory of the whole process tree with one worker, shared pages divided among their users (PSS), on both databases.

`memory_idle_…`: started again over an existing database, with everything loaded, and left alone for a moment (aim:
120 MB). `memory_loaded_…`: the same server after 2,000 tokens.
"""

import tempfile
import time
from pathlib import Path

import uvloop

from benchmarks.accounts import add_service
from benchmarks.ceiling import keep_asking
from benchmarks.databases import Kind, empty_database
from benchmarks.figures import show
from benchmarks.server import Installation, install, serve

_TOKENS = 2000
_AT_MOST = 60.0
_SETTLE = 2.0


def main() -> None:
    for kind in (Kind.SQLITE, Kind.POSTGRESQL):
        with tempfile.TemporaryDirectory(prefix="sekisho-bench-") as name:
            folder = Path(name)
            with empty_database(kind, folder=folder) as db_url:
                _measure(install(db_url, folder=folder), kind=kind)


def _measure(installation: Installation, *, kind: Kind) -> None:
    with serve(installation):
        service = add_service(installation)
    with serve(installation) as server:
        server.until_loaded()
        time.sleep(_SETTLE)
        show(f"memory_idle_{kind}", server.megabytes(), "MB")
        prepared = service.management_token_request(port=server.port)
        uvloop.run(keep_asking(prepared, port=server.port, seconds=_AT_MOST, most=_TOKENS))
        time.sleep(_SETTLE)
        show(f"memory_loaded_{kind}", server.megabytes(), "MB")


if __name__ == "__main__":
    main()
