"""The `sekisho` command: starts the server, and does beside it what an operator needs a terminal for.

Commands use the same services as every other surface, over the same database; a running server sees their changes at
once. Modules are imported by the commands that use them, so that none waits for what it does not need.
"""

import sys
from collections.abc import Sequence

from sekisho.cli import launch
from sekisho.cli.refusals import as_text


def main() -> None:
    """Run the command line. What went wrong is told in words, and ends with status 1; a bug ends with its trace."""
    try:
        _run(sys.argv[1:])
    except Exception as error:
        text = as_text(error)
        if text is None:
            raise
        print(text, file=sys.stderr)  # noqa: T201 — this is where a command's words go
        sys.exit(1)


def _run(arguments: Sequence[str]) -> None:
    if arguments == ["start"]:
        launch.start()  # without Typer, which would take memory for as long as it serves
        return
    from sekisho.cli.commands import commands  # noqa: PLC0415 — see above

    commands()
