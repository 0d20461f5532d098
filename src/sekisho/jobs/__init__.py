"""Work that is done after the answer: an outbox in the caller's transaction, and the runner that empties it.

A job exists exactly when what it follows from does. It is run at least once, so handlers are idempotent. Slices add
jobs and offer handlers in their `jobs.py`; what a process runs is listed in one place, `sekisho/app.py`.
"""
