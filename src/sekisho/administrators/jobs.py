"""What housekeeping removes of first-admin tokens."""

from collections.abc import Sequence

from sekisho.administrators.tables import FirstAdminTokenTable
from sekisho.jobs.housekeeping import Sweep

SWEEPS: Sequence[Sweep] = (Sweep(table=FirstAdminTokenTable, expires_at=FirstAdminTokenTable.expires_at),)
