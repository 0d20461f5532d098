"""Where files cost least: what a run writes is for show, and a database is hundreds of files."""

import os
import shutil
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 — a folder of our own is made in it
_ENOUGH_BYTES = 2 * 1024**3


def memory() -> Path | None:
    """Return a folder that is in memory, has room, and may hold programs; None: the system's temporary folder does."""
    if not os.access(_MEMORY, os.W_OK) or os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC:
        return None
    return _MEMORY if shutil.disk_usage(_MEMORY).free > _ENOUGH_BYTES else None
