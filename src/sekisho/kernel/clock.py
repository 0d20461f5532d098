"""The only source of time: `SystemClock` in production, `ManualClock` wherever time must move on command."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the present instant: aware, UTC, whole milliseconds (what every column keeps)."""
        ...


class SystemClock:
    """The machine's clock. A request asks it a dozen times, mostly within one millisecond."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last = (0, datetime.fromtimestamp(0, UTC))

    def now(self) -> datetime:
        millisecond = time.time_ns() // 1_000_000
        known, instant = self._last
        if millisecond != known:
            instant = datetime.fromtimestamp(millisecond / 1000, UTC)
            self._last = (millisecond, instant)
        return instant


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
