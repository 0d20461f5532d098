"""What housekeeping removes of the outbox itself."""

from collections.abc import Sequence
from datetime import timedelta

from sekisho.jobs.housekeeping import Sweep
from sekisho.jobs.tables import JobTable

# A job that was given up is kept as long as somebody may still ask why; its payload may name people.
SWEEPS: Sequence[Sweep] = (Sweep(table=JobTable, expires_at=JobTable.died_at, keep=timedelta(days=30)),)
