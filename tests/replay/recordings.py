"""The recorded exchanges of the reference, as typed values: where they are, and what is in them.

A recording is one file `<name>-<title>.json`; it is named here by what stands before its first dash ("07b").
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.replay.jwt import decoded_tokens

JsonValue = Any

_REPOSITORY = Path(__file__).parents[2]

# Some recordings kept every header that matters, others a handful only: `vary` was kept by the first kind alone.
_MARK_OF_A_FULL_RECORDING = "vary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    url: str
    headers: Mapping[str, str]
    body: JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer, recorded or ours: header names in lower case; `body` is JSON as Python values, else text."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: JsonValue
    tokens: Mapping[str, JsonValue] = field(default_factory=dict)

    def all(self, name: str) -> list[str]:
        return [value for each, value in self.headers if each == name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    index: int
    note: str
    request: Request
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    name: str
    exchanges: tuple[Exchange, ...]

    def kept(self, header: str) -> bool:
        """Tell whether the absence of a header in this recording means that it was not sent."""
        seen = {name for exchange in self.exchanges for name, _ in exchange.answer.headers}
        return _MARK_OF_A_FULL_RECORDING in seen or header in seen

    def select(self, notes: Iterable[str]) -> tuple[Exchange, ...]:
        """Return the exchanges with these notes, in the order of the recording; each note must be there."""
        wanted = set(notes)
        found = tuple(each for each in self.exchanges if each.note in wanted)
        if missing := wanted - {each.note for each in found}:
            raise LookupError(f"recording {self.name} has no {sorted(missing)}")
        return found


def reference_folder() -> Path:
    """Where the reference should be; it may be absent."""
    named = os.environ.get("SEKISHO_REFERENCE")
    return Path(named) if named else _REPOSITORY.parent / "shared" / "reference"


def load(name: str, *, folder: Path) -> Recording:
    """Read one recording from the reference's folder."""
    (path,) = (folder / "data" / "transcripts").glob(f"{name}-*.json")
    entries = json.loads(path.read_text(encoding="utf-8"))
    # Some recordings also say what an application was like; only what was asked and answered can be replayed.
    asked = ((index, each) for index, each in enumerate(entries) if "request" in each)
    return Recording(name=name, exchanges=tuple(_exchange(index, each) for index, each in asked))


def answer(*, status: int, headers: Iterable[tuple[str, str]], text: str) -> Answer:
    """Make an answer of what came over the wire."""
    lowered = tuple((name.lower(), value) for name, value in headers)
    media_type = next((value for name, value in lowered if name == "content-type"), "").partition(";")[0].strip()
    is_json = media_type == "application/json" or media_type.endswith("+json")
    body = json.loads(text) if is_json and text else text
    return Answer(status=status, headers=lowered, body=body, tokens=decoded_tokens(body))


def _exchange(index: int, entry: Mapping[str, JsonValue]) -> Exchange:
    request, response = entry["request"], entry["response"]
    return Exchange(
        index=index,
        note=entry["note"],
        request=Request(
            method=request["method"],
            url=request["url"],
            headers={name.lower(): value for name, value in request["headers"].items()},
            body=request["body"],
        ),
        answer=Answer(
            status=response["status"],
            headers=tuple((name.lower(), value) for name, value in response["headers"]),
            body=response["body"],
            tokens=entry.get("decoded_tokens", {}),
        ),
    )
