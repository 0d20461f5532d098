"""What housekeeping removes of the audit log: nothing, unless the operator says how long entries are kept."""

from collections.abc import Sequence
from datetime import timedelta

from sekisho.audit.tables import LogTable
from sekisho.jobs.housekeeping import Sweep


def sweeps(*, retention: timedelta | None) -> Sequence[Sweep]:
    if retention is None:
        return ()
    return (Sweep(table=LogTable, expires_at=LogTable.created_at, keep=retention),)
