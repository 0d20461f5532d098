"""What a session carries beside the protocol's own `Session` and `Interaction` (those are `sekisho.oidc.models`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sekisho.kernel.ids import UserId
from sekisho.oidc.models import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionExtension:
    """How a session came about: the last thing its user submitted, and for which client (oidc.md §4.5)."""

    session_uid: str
    account_id: UserId
    last_submission: Mapping[str, Any]
    client_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """A session as one looks after it. `fingerprint` changes with the cookie, and tells nothing of its value."""

    session: Session
    fingerprint: str
    extension: SessionExtension | None
