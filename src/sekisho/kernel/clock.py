"""The only source of time: `SystemClock` in production, `ManualClock` wherever time must move on command."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the present instant: aware, UTC, whole milliseconds (what every column keeps)."""
        ...


class SystemClock:
    """The machine's clock."""

    __slots__ = ()

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time_ns() // 1_000_000 / 1000, UTC)


class ManualClock:
    """A clock that stands still until it is told to move."""

    __slots__ = ("_now",)

    def __init__(self, start: datetime) -> None:
        self._now = to_milliseconds(start)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now = to_milliseconds(self._now + by)


def to_milliseconds(instant: datetime) -> datetime:
    """Cut an instant down to whole milliseconds."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def epoch_seconds(instant: datetime) -> int:
    """Return the whole seconds since 1970, as token claims count time (RFC 7519 §2, NumericDate)."""
    return int(instant.timestamp())


def epoch_milliseconds(instant: datetime) -> int:
    """Return the milliseconds since 1970, as the JSON APIs count time."""
    return round(instant.timestamp() * 1000)


def from_epoch_milliseconds(value: int) -> datetime:
    return datetime.fromtimestamp(value // 1000, UTC) + timedelta(milliseconds=value % 1000)
