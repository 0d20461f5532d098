"""One JavaScript isolate with one tenant's script in it, on a thread of its own, in the child process.

Script code runs only while one of the prelude's doors is being passed, and what it has to say is collected afterwards:
nothing here waits for the isolate while a script may hold it, but for one that runs away after a door has closed. That
one blocks its own thread; the server process notices, and replaces the child.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, cast

from py_mini_racer import JSEvalException, JSFunction, JSMappedObject, JSOOMException, MiniRacer, mini_racer

HEAP_BYTES = 128 * 1024 * 1024
#: The prelude limits what a script logs, fetches and returns; this is against one that gets round it.
_MOST_SAID = 2 * 1024 * 1024

#: What comes of doors that a script has managed to bend.
_NONSENSE = (
    JSEvalException,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)

Send = Callable[[dict[str, Any]], None]


class _Ended(Exception):
    """The run has an outcome."""

    def __init__(self, kind: str, text: str, name: str = "Error") -> None:
        super().__init__(kind)
        self.outcome = {"kind": kind, "text": text, "name": name}


class Cell:
    """Takes one run at a time. `send` is called from its thread; `is_spoiled` once nothing more may run in it."""

    def __init__(self, *, script: str, send: Send, freed: Callable[["Cell"], None]) -> None:
        self._script = script
        self._send = send
        self._freed = freed
        self._loop = asyncio.new_event_loop()
        self._inbox: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._awaited: set[int] = set()
        self._doors: dict[str, JSFunction] = {}
        self._run = 0
        self.runs = 0
        self.idle_since = time.monotonic()
        self.is_spoiled = False
        threading.Thread(target=self._live, daemon=True).start()

    def post(self, message: dict[str, Any] | None) -> None:
        """Hand in a run, or an answer to one; None ends the cell."""
        self._loop.call_soon_threadsafe(self._inbox.put_nowait, message)

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        with mini_racer(self._loop) as racer:
            racer.set_hard_memory_limit(HEAP_BYTES)
            self._doors = _open_doors(racer)
            is_loaded = False
            while not self.is_spoiled and (message := await self._inbox.get()) is not None:
                if message.get("op") != "run":
                    continue  # an answer that nobody waits for any more
                self._run = message["run"]
                outcome = await self._outcome(message, is_loaded=is_loaded)
                is_loaded = True
                self._finish(outcome)

    def _finish(self, outcome: dict[str, Any]) -> None:
        # What a run left behind would come to life in the next one.
        self.is_spoiled = self.is_spoiled or bool(self._awaited)
        self._timers.clear()
        self.runs += 1
        self.idle_since = time.monotonic()
        self._freed(self)
        self._send({"op": "end", "run": self._run, **outcome})

    async def _outcome(self, message: dict[str, Any], *, is_loaded: bool) -> dict[str, Any]:
        try:
            async with asyncio.timeout(message["patience"]):
                if not is_loaded:
                    await self._pass("load", self._script)
                await self._pass("begin", message["input"])
                while self._awaited:
                    await self._pass_on(await self._inbox.get())
            outcome = {"kind": "failed", "text": "the promise of getCustomJwtClaims can never settle", "name": "Error"}
        except _Ended as ended:
            # A script that cannot even be loaded is loaded again next time: it may have called others for that.
            self.is_spoiled = not is_loaded and ended.outcome["kind"] == "failed"
            return ended.outcome
        except TimeoutError:
            outcome = {"kind": "failed", "text": "the script took too long", "name": "TimeoutError"}
        except JSOOMException:
            outcome = {"kind": "failed", "text": "the script used too much memory", "name": "MemoryError"}
        except _NONSENSE as error:
            outcome = {"kind": "failed", "text": str(error)[:500], "name": "Error"}
        self.is_spoiled = True
        return outcome

    async def _pass_on(self, message: dict[str, Any] | None) -> None:
        """Give the script what it waits for."""
        if message is None or message.get("run") != self._run or message.get("call") not in self._awaited:
            return
        self._awaited.discard(message["call"])
        await self._pass("answer", message["call"], message["text"])

    async def _pass(self, door: str, *given: str | int) -> None:
        """Run script code, then hear what it has to say."""
        await self._doors[door].cancelable()(*given)
        said = await self._doors["drain"].cancelable()()
        if not isinstance(said, str) or len(said) > _MOST_SAID:
            raise ValueError("the script said too much")
        for message in json.loads(said):
            self._hear(message)

    def _hear(self, message: dict[str, Any]) -> None:
        match message.get("kind"):
            case "claims" | "denied" | "failed" as kind:
                raise _Ended(kind, str(message["text"]), str(message.get("name", "Error")))
            case "log":
                self._send({"op": "log", "run": self._run, "text": message["text"]})
            case "fetch":
                self._awaited.add(message["call"])
                self._send({"op": "fetch", "run": self._run, "call": message["call"], "request": message["request"]})
            case "sleep":
                self._sleep(message["call"], message["milliseconds"])
            case "forget":
                self._forget(message["call"])

    def _sleep(self, call: int, milliseconds: float | None) -> None:
        self._awaited.add(call)
        wake = {"run": self._run, "call": call, "text": "null"}
        seconds = max(0.0, (milliseconds or 0.0) / 1000)
        self._timers[call] = self._loop.call_later(min(seconds, 3600.0), self._inbox.put_nowait, wake)

    def _forget(self, call: int) -> None:
        self._awaited.discard(call)
        if (timer := self._timers.pop(call, None)) is not None:
            timer.cancel()


def warm_up() -> None:
    """Make the surroundings once, so that all that is read from disk has been read."""

    async def warm_up() -> None:
        with mini_racer(asyncio.get_running_loop()) as racer:
            _open_doors(racer)

    asyncio.run(warm_up())


@cache
def _surroundings() -> str:
    names = ("encodings.js", "urls.js", "prelude.js")
    encodings, urls, prelude = (files(__package__).joinpath(name).read_text(encoding="utf-8") for name in names)
    return f"((found) => ({prelude})({{ ...found, ...({urls})(found) }}))(({encodings})())"


def _open_doors(racer: MiniRacer) -> dict[str, JSFunction]:
    """Make the script's surroundings and return the ways into them."""
    doors = cast("JSMappedObject", racer.eval(_surroundings()))
    return {name: cast("JSFunction", doors[name]) for name in ("load", "begin", "answer", "drain")}
