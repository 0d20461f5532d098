"""The other end of `tests.clients.parties`: one question per line on standard input, one answer on standard output.

A program is a client library and a table of what it can be asked; it knows nothing of tests. Its settings are its first
argument. Imports only the standard library: programs run where nothing of this repository is installed.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Command = Callable[..., Awaitable[Any]]


def settings() -> dict[str, Any]:
    """Return what the program is to be: endpoint, credentials, scopes, resources."""
    given: dict[str, Any] = json.loads(sys.argv[1])
    return given


def converse(commands: Mapping[str, Command]) -> None:
    """Answer questions until there are no more."""
    asyncio.run(_converse(commands))


async def _converse(commands: Mapping[str, Command]) -> None:
    while line := await asyncio.to_thread(sys.stdin.readline):
        question = json.loads(line)
        try:
            answer = {"answer": await commands[question["ask"]](**question["given"])}
        except Exception as error:  # noqa: BLE001 — whatever a library refuses with is an answer
            answer = {"refusal": {"name": type(error).__name__, "message": str(error)}}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
