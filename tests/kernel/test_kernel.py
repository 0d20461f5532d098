import string
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.kernel.clock import (
    ManualClock,
    SystemClock,
    epoch_milliseconds,
    epoch_seconds,
    from_epoch_milliseconds,
)
from sekisho.kernel.ids import RandomIds
from sekisho.kernel.json import MAX_DEPTH, UnacceptableJson, check_json
from sekisho.kernel.lazy import lazy
from sekisho.kernel.pages import PageRequest
from sekisho.kernel.secret import Secret

START = datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC)
IDS = RandomIds()


def test_a_manual_clock_moves_on_command_and_never_by_itself() -> None:
    clock = ManualClock(START)
    assert clock.now() == clock.now() == START.replace(microsecond=678_000)

    clock.advance(timedelta(hours=1, microseconds=1500))

    assert clock.now() == START.replace(hour=4, microsecond=679_000)


def test_the_systems_clock_shows_whole_milliseconds_of_utc() -> None:
    now = SystemClock().now()

    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 — hypothesis adds it
def test_milliseconds_since_1970_lose_nothing_above_them(instant: datetime) -> None:
    back = from_epoch_milliseconds(epoch_milliseconds(instant))

    assert abs(back - instant) <= timedelta(milliseconds=0.5)


def test_seconds_since_1970_are_whole() -> None:
    assert epoch_seconds(datetime(1970, 1, 1, 0, 1, 2, 999_000, UTC)) == 62


LOWER = string.digits + string.ascii_lowercase
ALPHANUMERIC = string.digits + string.ascii_letters


@pytest.mark.parametrize(
    ("make", "alphabet", "length"),
    [
        (IDS.standard, LOWER, 21),
        (IDS.short, LOWER, 12),
        (IDS.request, ALPHANUMERIC + "-_", 16),
        (IDS.jti, ALPHANUMERIC + "-_", 43),
        (IDS.subject_token, LOWER, 21),
        (IDS.secret, ALPHANUMERIC, 32),
        (IDS.token, ALPHANUMERIC + "-_", 43),
        (lambda: IDS.digits(20), string.digits, 20),
    ],
)
def test_ids_have_their_alphabet_and_length(make: Callable[[], str], alphabet: str, length: int) -> None:
    made = [make() for _ in range(500)]

    assert {len(each) for each in made} == {length}
    assert set("".join(made)) == set(alphabet)
    assert len(set(made)) == len(made)


def test_threads_never_make_the_same_id() -> None:
    with ThreadPoolExecutor(8) as threads:
        made = [made for many in threads.map(lambda _: [IDS.short() for _ in range(2000)], range(8)) for made in many]

    assert len(set(made)) == len(made)


@pytest.mark.programs
def test_a_forked_process_makes_ids_of_its_own() -> None:
    # In a process without threads, as servers that fork are.
    code = """
import os
from sekisho.kernel.ids import RandomIds
ids = RandomIds()
ids.standard()
os.fork()
os.write(1, ids.standard().encode() + b" ")
"""
    output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout  # noqa: S603 — our own program

    parent, child = output.split()
    assert parent != child


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x\udfffy"])
def test_text_that_a_database_cannot_keep_is_refused(text: str) -> None:
    for value in (text, [text], {"k": text}, {text: 1}, {"k": [{"k": text}]}):
        with pytest.raises(UnacceptableJson):
            check_json(value)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_are_not_json_are_refused(number: float) -> None:
    with pytest.raises(UnacceptableJson, match="finite"):
        check_json({"k": [number]})


def test_depth_has_a_limit() -> None:
    value: object = 1
    for _ in range(MAX_DEPTH):
        value = [value]
    check_json(value)

    with pytest.raises(UnacceptableJson, match="deep"):
        check_json([value])


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.just("日本 🗻"),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.just("k"), inner),
        max_leaves=20,
    )
)
def test_everything_else_is_accepted(value: object) -> None:
    check_json(value)


def test_a_secret_is_never_shown() -> None:
    secret = Secret("hush")

    assert "hush" not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == "hush"
    assert secret.matches("hush")
    assert not secret.matches("hushh")
    assert secret == Secret("hush") != Secret("other")
    assert secret != "hush"


@pytest.mark.parametrize(("number", "size", "offset"), [(1, 20, 0), (2, 20, 20), (5, 7, 28)])
def test_pages_count_from_one(number: int, size: int, offset: int) -> None:
    assert PageRequest(number=number, size=size).offset == offset


def test_a_lazy_attribute_is_made_once() -> None:
    made: list[int] = []

    class Thing:
        @lazy
        def value(self) -> int:
            made.append(1)
            return 7

    thing = Thing()

    assert made == []
    assert thing.value + thing.value == 14
    assert made == [1]
