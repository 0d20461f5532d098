"""What reaches the database while something is done, but for what a server does beside it whenever it likes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sekisho.db.database import Database

_BESIDE = re.compile(r"\b(?:FROM|INTO|UPDATE) (?:jobs|logs|daily_\w+|tenants)\b|PRAGMA")


@contextmanager
def statements_of(database: Database) -> Iterator[list[str]]:
    """Collect statements, without those of the job runner, of the log, of counts, and of the cache."""
    seen: list[str] = []

    def note(statement: str) -> None:
        if not _BESIDE.search(statement):
            seen.append(statement)

    database.observer = note
    yield seen
    database.observer = None
