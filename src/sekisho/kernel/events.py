"""Things that happened: a slice announces them, slices above it listen.

`Event` is the common head. An event is recorded in the caller's transaction (through `sekisho.jobs`), so it exists
exactly when what it tells of does.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened; subclasses add what."""
