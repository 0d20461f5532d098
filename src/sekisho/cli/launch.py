"""How a server comes up: what is done before its modules load. It needs nothing of the tree of commands."""

import gc
import os
import sys

EVERYWHERE = "0.0.0.0"  # noqa: S104 — production serves
THIS_MACHINE = "127.0.0.1"


def start(host: str = EVERYWHERE) -> None:
    """Serve, in production, whatever a development server has left in the environment."""
    os.environ["SEKISHO_DEVELOPMENT"] = "false"
    _serve(host)


def dev(host: str, *, mail_port: int) -> None:
    """Serve on this machine, with what helps to develop."""
    os.environ["SEKISHO_DEVELOPMENT"] = "true"
    os.environ["SEKISHO_DEVELOPMENT_MAIL_PORT"] = str(mail_port)
    _serve(host)


def _serve(host: str) -> None:
    # While modules load, everything stays: looking through it again and again would take a quarter of the start.
    # Whoever serves turns the collector on.
    gc.disable()
    # The log would load Rich, for colours that no server's log has.
    sys.modules["rich"] = None  # type: ignore[assignment]
    from sekisho.cli.serving import serve  # noqa: PLC0415

    del sys.modules["rich"]
    serve(host)
