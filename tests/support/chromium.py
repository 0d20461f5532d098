"""Where Chromium is, and how it is started: without sandbox (containers have none), updates or calls of its own."""

import os
import shutil

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BROWSER_PATIENCE = 15_000
"""Milliseconds a page may take before a test gives up."""


def find_chromium() -> str | None:
    """Return the program to start: `CHROMIUM`, else whatever the machine has."""
    if given := os.environ.get("CHROMIUM"):
        return given
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
