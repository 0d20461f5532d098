"""The machine's clock, as everybody reads it."""

import time
from datetime import UTC
from pathlib import Path

from sekisho.kernel.clock import SystemClock


def test_the_clock_goes_on_in_whole_milliseconds(tmp_path: Path) -> None:
    clock = SystemClock()
    give_up = time.monotonic() + 10

    read = [clock.now()]
    while len(set(read)) < 20 and time.monotonic() < give_up:
        read.append(clock.now())

    assert len(set(read)) == 20
    assert read == sorted(read)
    assert all(instant.tzinfo is UTC and instant.microsecond % 1000 == 0 for instant in read)
    file = tmp_path / "now"
    file.touch()
    assert abs(file.stat().st_mtime - read[-1].timestamp()) < 10
