"""The child process: takes runs from standard input, gives each to a cell, and sends back what comes of it.

Before any script it gives up what scripts have no use for (`confinement`).
"""

import os
import sys
import threading
import time
from io import FileIO
from typing import TYPE_CHECKING, Any

from sekisho.claim_scripts.engine.confinement import confine, shut
from sekisho.claim_scripts.engine.frames import LENGTH, length_of, pack, unpack

if TYPE_CHECKING:
    from sekisho.claim_scripts.engine.cell import Cell

_MOST_CELLS = 16
_CELL_RUNS = 1000
_CELL_IDLE_SECONDS = 30.0


def main() -> None:
    """Serve the parent process until it closes the pipe."""
    confine(parent=int(sys.argv[1]))
    from py_mini_racer import init_mini_racer  # noqa: PLC0415 — after the limits

    # Without a compiler there is neither writable code in memory nor WebAssembly; claims need no speed.
    init_mini_racer(flags=("--single-threaded", "--jitless"))
    from sekisho.claim_scripts.engine.cell import Cell, warm_up  # noqa: PLC0415 — loads the engine

    warm_up()
    shut()
    # A cell that breaks would let its runs wait in vain: rather all ends, and the parent starts another child.
    threading.excepthook = lambda _broken: os._exit(1)
    Desk(Cell).serve()


class Desk:
    """Which cell has which script, and who is running."""

    def __init__(self, make: "type[Cell]") -> None:
        self._make = make
        self._lock = threading.RLock()
        self._writing = threading.Lock()
        self._idle: dict[str, list[Cell]] = {}
        self._keys: dict[Cell, str] = {}
        self._busy: dict[int, Cell] = {}

    def serve(self) -> None:
        self._send({"op": "ready", "run": 0})
        pipe = FileIO(0, closefd=False)
        while (message := _read(pipe)) is not None:
            with self._lock:
                self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        run = message["run"]
        match message["op"]:
            case "run":
                self._retire()
                cell = self._cell(message)
                self._busy[run] = cell
                cell.post(message)
            case "answer" if run in self._busy:
                self._busy[run].post(message)

    def _cell(self, message: dict[str, Any]) -> "Cell":
        # Only the same script of the same tenant ever meets what a run before it left behind.
        key = message["key"]
        if key and self._idle.get(key):
            return self._idle[key].pop()
        cell = self._make(script=message["script"], send=self._send, freed=self._freed)
        self._keys[cell] = key
        return cell

    def _freed(self, cell: "Cell") -> None:
        """A cell has ended its run; called on the cell's thread, before the outcome is sent."""
        with self._lock:
            self._busy = {run: each for run, each in self._busy.items() if each is not cell}
            key = self._keys[cell]
            if cell.is_spoiled or not key or cell.runs >= _CELL_RUNS:
                self._end(cell)
            else:
                self._idle.setdefault(key, []).append(cell)

    def _retire(self) -> None:
        """Give up cells that nobody has used for a while, and the oldest of too many."""
        cells = sorted((cell for group in self._idle.values() for cell in group), key=lambda each: each.idle_since)
        expired = time.monotonic() - _CELL_IDLE_SECONDS
        for place, cell in enumerate(cells):
            if cell.idle_since < expired or len(cells) - place >= _MOST_CELLS:
                self._idle[self._keys[cell]].remove(cell)
                self._end(cell)
        self._idle = {key: group for key, group in self._idle.items() if group}

    def _end(self, cell: "Cell") -> None:
        cell.is_spoiled = True
        cell.post(None)
        del self._keys[cell]

    def _send(self, message: dict[str, Any]) -> None:
        data = memoryview(pack(message))
        with self._writing:
            while data:
                data = data[os.write(1, data) :]


def _read(pipe: FileIO) -> dict[str, Any] | None:
    """Return the next message; None when the parent has closed the pipe."""
    head = _exactly(pipe, LENGTH.size)
    body = None if head is None else _exactly(pipe, length_of(head))
    return None if body is None else unpack(body)


def _exactly(pipe: FileIO, length: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < length:
        if not (part := pipe.read(length - len(parts))):
            return None
        parts += part
    return bytes(parts)


if __name__ == "__main__":
    main()
    os._exit(0)  # a cell that runs away must not keep the process
