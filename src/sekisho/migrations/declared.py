"""Which tables there are: those of every slice."""

from importlib import import_module
from pathlib import Path

import sekisho


def import_tables() -> None:
    """Import each slice's `tables.py`, so that the metadata is complete whoever asks."""
    for root in sekisho.__path__:
        for module in sorted(Path(root).glob("*/tables.py")):
            import_module(f"sekisho.{module.parent.name}.tables")
