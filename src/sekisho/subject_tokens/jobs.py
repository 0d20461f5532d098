"""What housekeeping removes of subject tokens."""

from collections.abc import Sequence
from datetime import timedelta

from sekisho.jobs.housekeeping import Sweep
from sekisho.subject_tokens.tables import SubjectTokenTable

SWEEPS: Sequence[Sweep] = (
    Sweep(table=SubjectTokenTable, expires_at=SubjectTokenTable.expires_at, keep=timedelta(hours=1)),
)
