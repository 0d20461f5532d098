"""What housekeeping removes of grants and what was issued under them."""

from collections.abc import Sequence
from datetime import timedelta

from sekisho.grants.tables import (
    AccessTokenTable,
    AuthorizationCodeTable,
    DeviceCodeTable,
    GrantTable,
    PushedRequestTable,
    RefreshTokenTable,
    UsedProofTable,
)
from sekisho.jobs.housekeeping import Sweep

# Longer than the clock tolerance of any reader. A used code or rotated token stays until it would have expired:
# presenting it again is how a theft shows.
_KEEP = timedelta(hours=1)
# The sign-in that a pushed request began may take pages of an hour each, and still must find it unused.
_KEEP_PUSHED = timedelta(hours=3)

SWEEPS: Sequence[Sweep] = (
    Sweep(table=AuthorizationCodeTable, expires_at=AuthorizationCodeTable.expires_at, keep=_KEEP),
    Sweep(table=AccessTokenTable, expires_at=AccessTokenTable.expires_at, keep=_KEEP),
    Sweep(table=RefreshTokenTable, expires_at=RefreshTokenTable.expires_at, keep=_KEEP),
    Sweep(table=DeviceCodeTable, expires_at=DeviceCodeTable.expires_at, keep=_KEEP),
    Sweep(table=PushedRequestTable, expires_at=PushedRequestTable.expires_at, keep=_KEEP_PUSHED),
    Sweep(table=UsedProofTable, expires_at=UsedProofTable.expires_at),
    Sweep(table=GrantTable, expires_at=GrantTable.expires_at, keep=_KEEP),
)
