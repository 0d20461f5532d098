"""Which new passwords a tenant accepts: a pure function from a password to what is wrong with it.

The order of checks and issues is experience.md §8.2. Whether a password has been breached is asked elsewhere
(`breach.py`) and handed in.
"""

import string
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Self

from sekisho.passwords.models import MAX_PASSWORD_BYTES, NOBODY, Issue, PasswordPolicy, Rejection, UserInfo

_CLASSES = tuple(
    map(frozenset, (string.ascii_lowercase, string.ascii_uppercase, string.digits, string.punctuation + " "))
)
_SUPPORTED = frozenset().union(*_CLASSES)

_SEQUENCES = (
    *("0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm"),
    *("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik", "9ol"),
)
_SHORTEST_RUN = 3
_ORDER = (Rejection.REPETITION, Rejection.SEQUENCE, Rejection.WORDS, Rejection.USER_INFO)
_SPARE = 3
"""A password may consist of restricted phrases as long as this many characters are left over."""


def _runs() -> Iterator[str]:
    for sequence in _SEQUENCES:
        for text in (sequence, sequence[::-1]):
            for start in range(len(text)):
                for end in range(start + _SHORTEST_RUN, len(text) + 1):
                    yield text[start:end]
                    yield text[start:end].upper()


_RUNS = frozenset(_runs())
"""Every stretch of a sequence; what a longer one begins with is one, too."""


def password_issues(
    password: str, *, policy: PasswordPolicy, user: UserInfo = NOBODY, is_breached: bool = False
) -> tuple[Issue, ...]:
    """Return what the policy has against a password, in the order of the reference; nothing means: accepted."""
    units = _utf16_units(password)
    # Attack: a megabyte of text, searched for phrases at every position.
    if len(units) > MAX_PASSWORD_BYTES:
        return (Issue(Rejection.TOO_LONG, (("max", min(policy.max_length, MAX_PASSWORD_BYTES)),)),)
    return tuple(_issues(units, policy=policy, user=user, is_breached=is_breached))


def _issues(password: str, *, policy: PasswordPolicy, user: UserInfo, is_breached: bool) -> Iterator[Issue]:
    if len(password) < policy.min_length:
        yield Issue(Rejection.TOO_SHORT, (("min", policy.min_length),))
    elif len(password) > policy.max_length:
        yield Issue(Rejection.TOO_LONG, (("max", policy.max_length),))
    if not _SUPPORTED.issuperset(password):
        yield Issue(Rejection.UNSUPPORTED_CHARACTERS)
    elif sum(not group.isdisjoint(password) for group in _CLASSES) < policy.min_character_types:
        yield Issue(Rejection.CHARACTER_TYPES, (("min", policy.min_character_types),))
    if is_breached:
        yield Issue(Rejection.PWNED)
    if len(password) <= policy.max_length:
        yield from _restricted(password, policy=policy, user=user)


def _restricted(password: str, *, policy: PasswordPolicy, user: UserInfo) -> Iterator[Issue]:
    """Tell which kinds of restricted phrases the password consists of.

    Attack: a password that is one long phrase. Every place is looked at once and marked once, whatever covers it.
    """
    folded = password.lower()
    words = _Phrases(word.lower() for word in policy.rejected_words)
    names = _Names.of(user if policy.rejects_user_info else NOBODY)
    repetitions = _repetitions(password) if policy.rejects_repetition_and_sequence else ()
    marked, reach = 0, 0
    kinds: dict[Rejection, None] = {}
    for start in range(len(password)):
        found = {Rejection.WORDS: words.longest(folded, start), Rejection.USER_INFO: names.longest(folded, start)}
        if policy.rejects_repetition_and_sequence:
            found[Rejection.REPETITION] = repetitions[start]
            found[Rejection.SEQUENCE] = _sequence(password, start)
        kinds |= dict.fromkeys(kind for kind in _ORDER if found.get(kind, 0))
        end = start + max(found.values())
        marked += max(0, end - max(start, reach))
        reach = max(reach, end)
    if marked > max(1, len(password) - _SPARE):
        yield from map(Issue, kinds)


def _repetitions(text: str) -> Sequence[int]:
    """Return for each place how often its character is repeated from there on, where that is often."""
    lengths = [len(list(run)) for _, run in groupby(text)]
    left = chain.from_iterable(range(length, 0, -1) for length in lengths)
    return [length if length >= _SHORTEST_RUN else 0 for length in left]


def _sequence(text: str, start: int) -> int:
    longest = 0
    for end in range(start + _SHORTEST_RUN, len(text) + 1):
        if text[start:end] not in _RUNS:
            break
        longest = end - start
    return longest


class _Phrases:
    """Texts to look for, sorted by their first character so that most places cost one look."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases: dict[str, list[str]] = {}
        for phrase in sorted(set(phrases), key=len, reverse=True):
            self._phrases.setdefault(phrase[:1], []).append(phrase)

    def longest(self, text: str, start: int) -> int:
        """Return how long the longest phrase is that stands at a place."""
        candidates = self._phrases.get(text[start], ())
        return next((len(phrase) for phrase in candidates if text.startswith(phrase, start)), 0)


@dataclass(frozen=True, slots=True)
class _Names:
    """What a user is called, in small letters: the name's parts count only where the whole name does not stand."""

    name: _Phrases
    parts: _Phrases
    others: _Phrases

    @classmethod
    def of(cls, user: UserInfo) -> Self:
        name = (user.name or "").lower()
        email, _, _ = (user.email or "").lower().partition("@")
        return cls(
            _Phrases((name,)),
            _Phrases(("".join(name.split()), *name.split(" "))),
            _Phrases(((user.username or "").lower(), email, user.phone or "")),
        )

    def longest(self, text: str, start: int) -> int:
        whole = self.name.longest(text, start)
        return max(whole or self.parts.longest(text, start), self.others.longest(text, start))


def _utf16_units(text: str) -> str:
    """Return a text with one character per UTF-16 unit, which is how clients count a password's length."""
    if text.isascii():
        return text
    data = text.encode("utf-16-le", errors="surrogatepass")
    return "".join(chr(data[at] | data[at + 1] << 8) for at in range(0, len(data), 2))
