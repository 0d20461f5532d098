"""What housekeeping removes of grants and what was issued under them."""

from collections.abc import Sequence
from datetime import timedelta

from sekisho.grants.tables import AccessTokenTable, AuthorizationCodeTable, GrantTable, RefreshTokenTable
from sekisho.jobs.housekeeping import Sweep

# Longer than the clock tolerance of any reader. A used code or rotated token stays until it would have expired:
# presenting it again is how a theft shows.
_KEEP = timedelta(hours=1)

SWEEPS: Sequence[Sweep] = (
    Sweep(table=AuthorizationCodeTable, expires_at=AuthorizationCodeTable.expires_at, keep=_KEEP),
    Sweep(table=AccessTokenTable, expires_at=AccessTokenTable.expires_at, keep=_KEEP),
    Sweep(table=RefreshTokenTable, expires_at=RefreshTokenTable.expires_at, keep=_KEEP),
    Sweep(table=GrantTable, expires_at=GrantTable.expires_at, keep=_KEEP),
)
