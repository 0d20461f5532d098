"""What housekeeping removes of counted attempts."""

from collections.abc import Sequence
from datetime import timedelta

from sekisho.jobs.housekeeping import Sweep
from sekisho.security.tables import SentinelActivityTable

# An attempt counts for an hour, a block until its own end; both are past by then.
SWEEPS: Sequence[Sweep] = (
    Sweep(
        table=SentinelActivityTable,
        expires_at=SentinelActivityTable.decision_expires_at,
        keep=timedelta(days=1),
    ),
)
