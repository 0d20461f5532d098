"""Start-up, from the start of the process to the first 200 of `/health/ready`, on both databases.

`start_first_…` begins with an empty database: schema, keys, tenants (aim on SQLite: 3 s). `start_again_…` finds it all
there (aim: 1 s). `…_loaded_…` is when the JSON APIs answer too, which are loaded last. `…_cpu_…` is the processor time
until the server is ready: most of it is importing, and a busy machine does not change it much. Medians of five; the
files are in the page cache, as after any restart but a machine's first.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.databases import Kind, empty_database
from benchmarks.figures import median, show
from benchmarks.server import Installation, install, serve

_TIMES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What one start cost."""

    seconds: float
    cpu_seconds: float
    seconds_to_loaded: float


def main() -> None:
    for kind in (Kind.SQLITE, Kind.POSTGRESQL):
        with tempfile.TemporaryDirectory(prefix="sekisho-bench-") as name:
            starts = [_start_twice(kind, folder=Path(name)) for _ in range(_TIMES)]
        for name, each in zip(("first", "again"), zip(*starts, strict=True), strict=True):
            show(f"start_{name}_{kind}", median([start.seconds for start in each]), "s")
            show(f"start_{name}_loaded_{kind}", median([start.seconds_to_loaded for start in each]), "s")
            show(f"start_{name}_cpu_{kind}", median([start.cpu_seconds for start in each]), "s")


def _start_twice(kind: Kind, *, folder: Path) -> tuple[Start, Start]:
    with empty_database(kind, folder=folder) as db_url:
        installation = install(db_url, folder=folder)
        return _start(installation), _start(installation)


def _start(installation: Installation) -> Start:
    with serve(installation) as server:
        cpu_seconds = server.cpu_seconds()
        return Start(
            seconds=server.seconds_to_ready,
            cpu_seconds=cpu_seconds,
            seconds_to_loaded=server.seconds_to_ready + server.until_loaded(),
        )


if __name__ == "__main__":
    main()
