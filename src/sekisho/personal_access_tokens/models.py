"""What a personal access token is."""

from dataclasses import dataclass
from datetime import datetime

from sekisho.kernel.ids import UserId
from sekisho.kernel.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalAccessToken:
    """A token under a name of its user's; without `expires_at` it is good until it is deleted."""

    user_id: UserId
    name: str
    value: Secret
    created_at: datetime
    expires_at: datetime | None = None
