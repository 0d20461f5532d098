"""What housekeeping removes of one-time tokens."""

from collections.abc import Sequence
from datetime import timedelta

from sekisho.jobs.housekeeping import Sweep
from sekisho.one_time_tokens.tables import OneTimeTokenTable

# Long enough for an administrator to see what became of a link.
SWEEPS: Sequence[Sweep] = (
    Sweep(table=OneTimeTokenTable, expires_at=OneTimeTokenTable.expires_at, keep=timedelta(days=30)),
)
