"""Requests nobody should send, made from requests somebody would: one fault at a time, and any mixture of them.

A draft knows neither ids nor credentials, so that the same draft is the same at every run; a ground completes it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import quote, urlencode

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from tests.e2e import odd_values
from tests.e2e.places import Place, everywhere
from tests.e2e.shapes import alternatives, any_json, paths, replaced, sane, shaped
from tests.e2e.wire import Header, Request

JSON = (b"content-type", b"application/json")
FORM = (b"content-type", b"application/x-www-form-urlencoded")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "X")

Item = TypeVar("Item")
Pair = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a request needs to get past the doors and far in: ids, credentials, a form's own fields."""

    names: Mapping[str, str]
    headers: Sequence[Header]
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A request without what only a ground knows. `pairs` are fields sent before the form's own, instead of a body."""

    method: str
    path: bytes
    query: bytes = b""
    headers: Sequence[Header] = ()
    body: bytes = b""
    pairs: Sequence[Pair] | None = None
    hangs_up: bool = False

    def on(self, ground: Ground) -> Request:
        path = self.path
        for name, value in ground.names.items():
            path = path.replace(b"{%s}" % name.encode(), quote(value).encode())
        assert b"{" not in path, f"say what stands for the names in {path!r}"
        body = self.body
        if self.pairs is not None:
            own = [urlencode(ground.fields).encode()] if ground.fields else []
            body = b"&".join([*(name + b"=" + value for name, value in self.pairs), *own])
        target = path + b"?" + self.query if self.query else path
        request = Request(method=self.method, target=target, headers=ground.headers, body=body, hangs_up=self.hangs_up)
        for header in self.headers:
            request = request.with_header(*header)
        return request


def sane_draft(place: Place) -> Draft:
    """Return a place's request as it should be."""
    draft = Draft(method=place.method, path=place.path.encode())
    if place.schema is not None:
        return replace(draft, headers=[JSON], body=json.dumps(sane(place.schema, place.definitions)).encode())
    return replace(draft, headers=[FORM], pairs=()) if place.method == "POST" else draft


def one_fault_each(place: Place, *, turn: int) -> Iterator[Draft]:
    """Return a place's request with one fault at a time, everything else as it should be.

    Every fault at every place would take minutes: a place gets its share of them, by its turn.
    """
    good = sane_draft(place)
    yield good
    yield replace(good, hangs_up=True)
    yield from (_with(good, header) for header in _share(odd_values.HEADERS, turn, of=6))
    yield _with(good, *((b"x-%d" % number, b"x" * 500) for number in range(500)))
    yield from (replace(good, query=text + b"=" + text) for text in _share(odd_values.TEXTS, turn, of=3))
    yield from (replace(good, path=good.path + end) for end in (b"/", b"//", b"/%00", b"%", b";a=b", b"%2f", b"/%ff"))
    for name, texts in _odd_fields(place, turn):
        yield replace(good, query=b"%s=1&%s=2" % (name, name))
        yield from (replace(good, query=b"%s=%s" % (name, text)) for text in texts)
    if place.method in {"POST", "PUT", "PATCH"}:
        yield from _odd_bodies(place, good, turn)


def mixtures() -> SearchStrategy[Draft]:
    """Return requests with any number of faults, anywhere."""
    return st.deferred(lambda: st.sampled_from(everywhere()).flatmap(_mixture))


@st.composite
def _mixture(draw: DrawFn, place: Place) -> Draft:
    good = sane_draft(place)
    query = draw(st.lists(st.tuples(_names(place), _texts()), max_size=6))
    headers = draw(st.lists(st.sampled_from([*odd_values.HEADERS, JSON, FORM]), max_size=3))
    kinds = st.sampled_from(odd_values.CONTENT_TYPES).map(lambda kind: [(b"content-type", kind)])
    return replace(
        draw(_with_body(place, good)),
        method=draw(st.one_of(st.just(place.method), st.just(place.method), st.sampled_from(_METHODS))),
        path=draw(st.one_of(st.just(good.path), _paths(place))),
        query=b"&".join(name + b"=" + value for name, value in query),
        headers=[*good.headers, *headers, *draw(st.one_of(st.just([]), st.just([]), kinds))],
        hangs_up=draw(st.integers(0, 9)) == 9,
    )


def _odd_bodies(place: Place, good: Draft, turn: int) -> Iterator[Draft]:
    for kind in (JSON, FORM):
        for body in _share(odd_values.BODIES, turn, of=3):
            yield replace(_with(good, kind), body=body, pairs=None)
    yield from (_with(good, (b"content-type", kind)) for kind in _share(odd_values.CONTENT_TYPES, turn, of=2))
    if place.schema is not None:
        yield from _odd_members(place, good, turn)
        return
    for name, texts in _odd_fields(place, turn):
        yield replace(good, pairs=[(name, b"1"), (name, b"2")])
        yield from (replace(good, pairs=[(name, text)]) for text in texts)


def _odd_members(place: Place, good: Draft, turn: int) -> Iterator[Draft]:
    """Make one member odd, for every member at every depth, and add one nobody knows."""
    for shape in alternatives(place.schema or {}, place.definitions):
        whole = sane(shape, place.definitions)
        unknown = {"unknown": {"a": [None]}}
        more = [*whole, unknown] if isinstance(whole, list) else {**whole, **unknown}
        yield replace(good, body=json.dumps(more).encode())
        for number, path in enumerate(paths(whole)):
            for odd in _share(odd_values.VALUES, turn + number, of=8):
                yield replace(good, body=json.dumps(replaced(whole, path, odd)).encode())


def _odd_fields(place: Place, turn: int) -> Iterator[tuple[bytes, Sequence[bytes]]]:
    for number, name in enumerate(place.fields):
        yield name.encode(), _share(odd_values.TEXTS, turn + number, of=16)


def _share(items: Sequence[Item], turn: int, *, of: int) -> Sequence[Item]:
    return items[turn % of :: of]


def _with(draft: Draft, *headers: Header) -> Draft:
    return replace(draft, headers=[*draft.headers, *headers])


def _with_body(place: Place, good: Draft) -> SearchStrategy[Draft]:
    small = [body for body in odd_values.BODIES if len(body) < odd_values.MEGABYTE]
    written = any_json() if place.schema is None else shaped(place.schema, place.definitions)
    bodies = st.one_of(
        written.map(lambda value: json.dumps(value).encode()), st.sampled_from(small), st.binary(max_size=40)
    )
    pairs = st.lists(st.tuples(_names(place), _texts()), max_size=6)
    return st.one_of(
        st.just(good),
        bodies.map(lambda body: replace(good, body=body, pairs=None)),
        pairs.map(lambda found: replace(good, pairs=found)),
    )


def _names(place: Place) -> SearchStrategy[bytes]:
    return st.one_of(st.sampled_from([name.encode() for name in (*place.fields, "a")]), _texts())


def _paths(place: Place) -> SearchStrategy[bytes]:
    """Return the place's path with odd names in it, in odd tenants, with odd ends."""
    prefixes = st.sampled_from([b"", b"/t/admin", b"/t/default", b"/t/none", b"/t/%00", b"/t/", b"/T/admin", b"//"])
    ends = st.sampled_from([b"", b"/", b"%2f", b"/%ff"])
    segments = st.one_of(st.sampled_from(odd_values.SEGMENTS), _texts())
    parts = [segments if part.startswith("{") else st.just(part.encode()) for part in place.path.split("/")]
    return st.builds(lambda prefix, path, end: prefix + b"/".join(path) + end, prefixes, st.tuples(*parts), ends)


def _texts() -> SearchStrategy[bytes]:
    """Return texts of a request line: percent-encoded right, wrong or not at all."""
    encoded = st.binary(max_size=12).map(lambda raw: quote(raw).encode())
    raw = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="&#?{"), max_size=12)
    return st.one_of(st.sampled_from(odd_values.TEXTS), encoded, raw.map(str.encode))
