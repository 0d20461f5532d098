"""The breach check must never stand between a person and a new password."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha1

from sekisho.kernel.clock import ManualClock
from sekisho.kernel.secret import Secret
from sekisho.passwords.breach import BreachCheck
from sekisho.passwords.pwned import read_range


class ListOf:
    """A list that knows some passwords, or fails."""

    def __init__(self, *passwords: str, error: Exception | None = None, delay: float = 0.0) -> None:
        self._digests = [sha1(each.encode(), usedforsecurity=False).hexdigest() for each in passwords]
        self._error = error
        self._delay = delay
        self.asked: list[str] = []

    async def suffixes(self, prefix: str) -> Iterable[str]:
        self.asked.append(prefix)
        await asyncio.sleep(self._delay)
        if self._error is not None:
            raise self._error
        return [each[5:] for each in self._digests if each[:5].upper() == prefix]


def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 21, tzinfo=UTC))


def test_a_listed_password_is_breached_and_only_five_digits_are_told() -> None:
    source = ListOf("123456aA")
    check = BreachCheck(clock=clock(), source=source)
    assert asyncio.run(check.is_breached(Secret("123456aA")))
    assert not asyncio.run(check.is_breached(Secret("Corr3ct-horse-9")))
    assert all(len(prefix) == 5 for prefix in source.asked)


def test_without_a_list_nothing_is_breached() -> None:
    assert not asyncio.run(BreachCheck(clock=clock()).is_breached(Secret("123456aA")))


def test_a_slow_list_is_not_waited_for() -> None:
    check = BreachCheck(clock=clock(), source=ListOf("123456aA", delay=5), patience=0.01)
    assert not asyncio.run(check.is_breached(Secret("123456aA")))


def test_a_failing_list_is_left_alone_for_a_minute() -> None:
    time, source = clock(), ListOf("123456aA", error=OSError("away"))
    check = BreachCheck(clock=time, source=source)
    for _ in range(10):
        assert not asyncio.run(check.is_breached(Secret("123456aA")))
    assert len(source.asked) == 3
    time.advance(timedelta(minutes=1))
    asyncio.run(check.is_breached(Secret("123456aA")))
    assert len(source.asked) == 4


def test_padding_lines_are_no_passwords() -> None:
    listed = "0018A45C4D1DEF81644B54AB7F969B88D65:10\r\n00D4F6E8FA6EECAD2A3AA415EEC418D38EC:0\r\n\r\nnonsense\r\n"
    assert list(read_range(listed)) == ["0018A45C4D1DEF81644B54AB7F969B88D65"]
