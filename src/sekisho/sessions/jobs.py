"""What housekeeping removes of sessions and interactions."""

from collections.abc import Sequence
from datetime import timedelta

from sekisho.jobs.housekeeping import Sweep
from sekisho.sessions.tables import InteractionTable, SessionTable

# Longer than the clock tolerance of any reader.
_KEEP = timedelta(hours=1)

SWEEPS: Sequence[Sweep] = (
    Sweep(table=InteractionTable, expires_at=InteractionTable.expires_at, keep=_KEEP),
    Sweep(table=SessionTable, expires_at=SessionTable.expires_at, keep=_KEEP),
)
