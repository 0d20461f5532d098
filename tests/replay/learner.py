"""Which of our values stands for which recorded one: ids, secrets, codes, tokens and cookies.

The mapping is one to one in both directions. So a replay also notices a value of ours that changed where the
recorded one stayed (a rotated refresh token), and one that stayed where the recorded one changed.
"""

import re
from base64 import b64decode, b64encode
from typing import Any

from tests.replay.jwt import is_jwt

# Shorter values might occur inside ordinary words; nothing that a server mints is shorter, but the codes people type.
_SHORTEST = 12
_USER_CODE = "a user code"
_NO_SHAPE = "something else"


class Learner:
    def __init__(self) -> None:
        self._ours: dict[str, str] = {}
        self._recorded: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def learn(self, recorded: str, ours: str) -> str | None:
        """Remember a pair; return what is wrong with it, if anything."""
        if shape(recorded) != shape(ours):
            return f"{shape(ours)}: {ours!r}"
        if self._ours.get(recorded, ours) != ours:
            return f"{ours!r}, while the same recorded value was {self._ours[recorded]!r} before"
        if self._recorded.get(ours, recorded) != recorded:
            return f"{ours!r} again, while the recorded value changed"
        self._ours[recorded], self._recorded[ours] = ours, recorded
        self._pattern = None
        return None

    def name(self, recorded: str, ours: str) -> None:
        """Set what a recorded value means here, whatever its shape: a base URL, a placeholder, a prepared id."""
        self._ours[recorded], self._recorded[ours] = ours, recorded
        self._pattern = None

    def text(self, recorded: str) -> str:
        """Put our values in the places of recorded ones, in one pass."""
        if not self._ours:
            return recorded
        if self._pattern is None:
            longest_first = sorted(self._ours, key=len, reverse=True)
            self._pattern = re.compile("|".join(re.escape(each) for each in longest_first))
        return self._pattern.sub(lambda found: self._ours[found[0]], recorded)

    def json(self, recorded: Any) -> Any:
        match recorded:
            case str():
                return self.text(recorded)
            case list():
                return [self.json(each) for each in recorded]
            case dict():
                return {name: self.json(each) for name, each in recorded.items()}
            case _:
                return recorded

    def authorization(self, recorded: str) -> str:
        """Translate an Authorization header; Basic credentials are translated inside their encoding."""
        scheme, _, credentials = recorded.partition(" ")
        if scheme.lower() != "basic":
            return self.text(recorded)
        plain = self.text(b64decode(credentials).decode())
        return f"{scheme} {b64encode(plain.encode()).decode()}"


def is_minted(recorded: str) -> bool:
    """Tell whether a recorded value can be one that a server minted, and not a word of the contract."""
    form = shape(recorded)
    return form == _USER_CODE or (len(recorded) >= _SHORTEST and form != _NO_SHAPE)


def shape(value: str) -> str:
    """Say what kind of minted value this is: its length and alphabet are part of the contract."""
    if is_jwt(value):
        return "a JWT"
    if re.fullmatch(r"[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}", value):
        return _USER_CODE
    if re.fullmatch(r"[0-9a-z]+", value):
        return f"{len(value)} characters of 0-9a-z"
    if re.fullmatch(r"[\w-]+", value):
        return f"{len(value)} URL-safe characters"
    return _NO_SHAPE
