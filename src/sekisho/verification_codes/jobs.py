"""What housekeeping removes of codes."""

from collections.abc import Sequence
from datetime import timedelta

from sekisho.jobs.housekeeping import Sweep
from sekisho.verification_codes.tables import VerificationCodeTable

# No tenant lets a code live longer than an hour; until then a late one is told that it has expired.
SWEEPS: Sequence[Sweep] = (
    Sweep(table=VerificationCodeTable, expires_at=VerificationCodeTable.created_at, keep=timedelta(hours=2)),
)
