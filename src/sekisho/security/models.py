"""What is counted when somebody tries a secret."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, NewType, TypeAlias

TargetType: TypeAlias = Literal["User"]

NetworkAddress = NewType("NetworkAddress", str)
"""Where guesses come from that are aimed at nobody: at whatever code somebody may hold."""

WINDOW = timedelta(minutes=60)
"""How long a failed attempt counts."""


class Action(StrEnum):
    """What kind of secret is tried."""

    PASSWORD = "Password"  # noqa: S105 — the name of an action
    VERIFICATION_CODE = "VerificationCode"
    ONE_TIME_TOKEN = "OneTimeToken"  # noqa: S105 — the same
    MFA_TOTP = "MfaTotp"
    WEB_AUTHN = "WebAuthn"
    MFA_BACKUP_CODE = "MfaBackupCode"
    USER_CODE = "UserCode"
    # No guess, but counted alike: a message to one recipient.
    VERIFICATION_CODE_SEND = "VerificationCodeSend"

    @property
    def pool(self) -> tuple["Action", ...]:
        """The actions whose failures add up with those of this one."""
        return _IDENTIFYING if self in _IDENTIFYING else (self,)


_IDENTIFYING = (Action.PASSWORD, Action.VERIFICATION_CODE, Action.ONE_TIME_TOKEN)


class Result(StrEnum):
    """How an attempt ended. `PENDING` counts as failed: a crash must not give guesses away."""

    PENDING = "Pending"
    SUCCESS = "Success"
    FAILED = "Failed"


class Decision(StrEnum):
    ALLOWED = "Allowed"
    BLOCKED = "Blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When guessing at one account is stopped, and for how long."""

    attempts: int
    lockout: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A try that has been counted before its secret is looked at."""

    id: str
    target_hash: str
    action: Action
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What is known of a target: attempts that failed, those still under way, and until when it is blocked."""

    failed: int
    pending: int
    blocked_until: datetime | None
