"""What a process and everything it started use, as Linux counts it in `/proc`."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> Iterator[int]:
    """Yield a process and its descendants."""
    yield pid
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in _read(f"{task}/children").split():
                yield from tree(int(child))


def proportional_bytes(pid: int) -> int:
    """Return the memory of the tree, with every shared page divided among those that share it (PSS)."""
    return sum(_proportional_bytes(each) for each in tree(pid))


def cpu_seconds(pid: int) -> float:
    """Return the processor time the tree has used so far."""
    return sum(_cpu_seconds(each) for each in tree(pid))


def _proportional_bytes(pid: int) -> int:
    for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _cpu_seconds(pid: int) -> float:
    # proc(5): the second field may contain spaces and ends with a parenthesis; utime and stime are fields 14 and 15.
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND if fields else 0.0


def _read(path: str) -> str:
    """Return a file of a process, or nothing when the process has ended meanwhile."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(path).read_text(encoding="utf-8")
    return ""
