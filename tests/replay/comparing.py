"""What is compared between a recorded answer and ours, and how a difference reads.

Compared: status, JSON member names at every depth, values unless they are texts or points in time, claims and headers
of tokens, and the headers that matter. A minted value (an id, a secret, a code, a token) has to have the recorded
one's form; the learner remembers what it stands for.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.replay.cookies import SetCookie, parse_set_cookie
from tests.replay.learner import Learner, is_minted, shape
from tests.replay.recordings import Answer, Recording

# Members and cookies whose values a server mints.
_MINTED = frozenset(
    {"id", "value", "verificationId", "sub", "jti", "kid", "x", "y", "access_token", "refresh_token", "id_token"}
    | {"subjectToken", "signingKey"}
    | {"_session", "_interaction", "_interaction_resume", "device_code", "user_code"}
)
# `code` names an authorization code in a redirect, and an error anywhere else.
_AUTHORIZATION_CODE = "header location query.code"
_TEXTS = frozenset({"message", "details"})
_INSTANTS = frozenset(
    {"createdAt", "updatedAt", "lastSignInAt", "passwordUpdatedAt"}
    | {"created_at", "updated_at", "auth_time", "iat", "exp"}
)
_EQUAL_HEADERS = (
    "content-type",
    "cache-control",
    "www-authenticate",
    "access-control-allow-origin",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-expose-headers",
    "access-control-allow-credentials",
    "access-control-max-age",
    "total-number",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference: where it is, what was recorded, what we answered."""

    where: str
    recorded: str
    ours: str

    def __str__(self) -> str:
        return f"{self.where}: recorded {self.recorded}, ours {self.ours}"


def compare(recording: Recording, recorded: Answer, ours: Answer, *, learner: Learner) -> list[Finding]:
    """Return every difference between two answers; with another status nothing else is worth comparing."""
    if recorded.status != ours.status:
        return [Finding("status", str(recorded.status), f"{ours.status} {_summary(ours.body)}".strip())]
    comparison = _Comparison(recording, learner)
    comparison.bodies(recorded.body, ours.body)
    comparison.cookies(recorded.all("set-cookie"), ours.all("set-cookie"))
    comparison.headers(recorded, ours)
    comparison.value(recorded.tokens, ours.tokens, where="tokens")
    comparison.lifetimes(recorded.tokens, ours.tokens)
    return comparison.findings


class _Comparison:
    def __init__(self, recording: Recording, learner: Learner) -> None:
        self.findings: list[Finding] = []
        self._recording = recording
        self._learner = learner

    def bodies(self, recorded: Any, ours: Any) -> None:
        kinds = _kind(recorded), _kind(ours)
        if kinds[0] != kinds[1]:
            self._differ("body", kinds[0], f"{kinds[1]} {_summary(ours)}".strip())
        elif not isinstance(recorded, str):
            self.value(recorded, ours, where="body")

    def value(self, recorded: Any, ours: Any, *, where: str) -> None:
        match recorded, ours:
            case dict(), dict():
                self._members(recorded, ours, where)
            case list(), list():
                if len(recorded) != len(ours):
                    self._differ(where, _brief(self._learner.json(recorded)), _brief(ours))
                for index, pair in enumerate(zip(recorded, ours, strict=False)):
                    self.value(*pair, where=f"{where}[{index}]")
            case str(), str():
                self._string(recorded, ours, where)
            case int() | float(), int() | float() if _name(where) in _INSTANTS and not isinstance(ours, bool):
                if _magnitude(recorded) != _magnitude(ours):
                    self._differ(where, f"{recorded} (another unit)", str(ours))
            case _:
                # JSON true is not 1.
                if type(recorded) is not type(ours) or recorded != ours:
                    self._differ(where, _brief(recorded), _brief(ours))

    def lifetimes(self, recorded: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
        for name in recorded.keys() & ours.keys():
            wanted, given = (_lifetime(each[name]["payload"]) for each in (recorded, ours))
            if wanted != given:
                self._differ(f"tokens.{name} lifetime", f"{wanted} s", f"{given} s")

    def headers(self, recorded: Answer, ours: Answer) -> None:
        for name in _EQUAL_HEADERS:
            if self._recording.kept(name):
                wanted = [self._learner.text(each) for each in recorded.all(name)]
                self._same(f"header {name}", wanted, ours.all(name))
        self._urls("header location", recorded.all("location"), ours.all("location"))
        self._links(recorded.all("link"), ours.all("link"))

    def cookies(self, recorded: Sequence[str], ours: Sequence[str]) -> None:
        if not self._recording.kept("set-cookie"):
            return
        wanted, given = ([parse_set_cookie(line) for line in lines] for lines in (recorded, ours))
        for kind in dict.fromkeys(map(_cookie_kind, (*wanted, *given))):
            pair = [[each for each in side if _cookie_kind(each) == kind] for side in (wanted, given)]
            if len(pair[0]) != len(pair[1]):
                self._differ(kind, _lines(pair[0]), _lines(pair[1]))
                continue
            for one, other in zip(*pair, strict=True):
                self._cookie(one, other, kind)

    def _members(self, recorded: Mapping[str, Any], ours: Mapping[str, Any], where: str) -> None:
        for name in recorded:
            if name not in ours:
                self._differ(f"{where}.{name}", _brief(recorded[name]), "absent")
        for name in ours:
            if name not in recorded:
                self._differ(f"{where}.{name}", "absent", _brief(ours[name]))
        for name in recorded:
            if name in ours:
                self.value(recorded[name], ours[name], where=f"{where}.{name}")

    def _string(self, recorded: str, ours: str, where: str) -> None:
        name = _name(where)
        wanted = self._learner.text(recorded)
        is_new = wanted == recorded != ours and is_minted(recorded)
        if name in _TEXTS:
            if not ours.strip():
                self._differ(where, "a text", repr(ours))
        elif is_new and (name in _MINTED or where == _AUTHORIZATION_CODE):
            if complaint := self._learner.learn(recorded, ours):
                self._differ(where, shape(recorded), complaint)
        elif wanted != ours:
            self._differ(where, repr(wanted), repr(ours))

    def _cookie(self, recorded: SetCookie, ours: SetCookie, where: str) -> None:
        if recorded.name.endswith(".sig"):
            if shape(recorded.value) != shape(ours.value):
                self._differ(where, shape(recorded.value), repr(ours.value))
        elif recorded.is_deletion:
            self._same(where, [recorded.value], [ours.value])
        else:
            is_map = ours.name == "_interaction"
            self._string(recorded.value, unquote(ours.value) if is_map else ours.value, where)
        for name in sorted(recorded.attributes.keys() | ours.attributes.keys()):
            wanted, given = (_attribute(each, name) for each in (recorded, ours))
            if wanted is None or self._learner.text(wanted) != given:
                self._differ(f"{where}; {name}", _or_absent(wanted), _or_absent(given))

    def _links(self, recorded: Sequence[str], ours: Sequence[str]) -> None:
        wanted, given = (dict(map(_link, lines)) for lines in (recorded, ours))
        self._same("header link relations", list(wanted), list(given))
        for relation in wanted.keys() & given.keys():
            self._urls(f"header link {relation}", [wanted[relation]], [given[relation]])

    def _urls(self, where: str, recorded: Sequence[str], ours: Sequence[str]) -> None:
        if len(recorded) != len(ours):
            self._differ(where, _brief(list(recorded)), _brief(list(ours)))
            return
        for pair in zip(recorded, ours, strict=True):
            wanted, given = (urlsplit(each) for each in (self._learner.text(pair[0]), pair[1]))
            for part in ("scheme", "netloc", "path", "fragment"):
                self._same(f"{where} {part}", [getattr(wanted, part)], [getattr(given, part)])
            self._query(f"{where} query", *(parse_qsl(each.query, keep_blank_values=True) for each in (wanted, given)))

    def _query(self, where: str, recorded: list[tuple[str, str]], ours: list[tuple[str, str]]) -> None:
        if [name for name, _ in recorded] != [name for name, _ in ours]:
            self._differ(where, _brief(recorded), _brief(ours))
            return
        for (name, wanted), (_, given) in zip(recorded, ours, strict=True):
            self._string(wanted, given, f"{where}.{name}")

    def _same(self, where: str, recorded: Sequence[str], ours: Sequence[str]) -> None:
        if list(recorded) != list(ours):
            self._differ(where, _listed(recorded), _listed(ours))

    def _differ(self, where: str, recorded: str, ours: str) -> None:
        self.findings.append(Finding(where, recorded, ours))


def _name(where: str) -> str:
    """Return the last member name of a path such as `body.issues[0].path[1]`, or the cookie's name."""
    member = where.rpartition(".")[2].rpartition(" ")[2]
    return member.partition("[")[0]


def _kind(body: Any) -> str:
    if not isinstance(body, str):
        return "JSON"
    return "text" if body else "nothing"


def _summary(body: Any) -> str:
    """Say in a few words what an unexpected answer was about."""
    if isinstance(body, dict):
        return ", ".join(f"{name} {body[name]}" for name in ("code", "error", "error_description") if name in body)
    return _brief(body) if body else ""


def _brief(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    limit = 160
    return text if len(text) <= limit else f"{text[:limit]}…"


def _listed(values: Sequence[str]) -> str:
    return ", ".join(map(repr, values)) or "absent"


def _cookie_kind(cookie: SetCookie) -> str:
    """Say which cookie a line is about: one answer may forget a cookie at one path and set it at another."""
    return f"{'forgotten' if cookie.is_deletion else 'set'}-cookie {cookie.name}"


def _lines(cookies: Sequence[SetCookie]) -> str:
    return " and ".join(f"{each.name}={each.value}; path={each.path}" for each in cookies) or "absent"


def _magnitude(instant: float) -> int:
    return len(str(int(instant)))


def _lifetime(payload: Mapping[str, Any]) -> int | None:
    exp, iat = payload.get("exp"), payload.get("iat")
    return exp - iat if isinstance(exp, int) and isinstance(iat, int) else None


def _attribute(cookie: SetCookie, name: str) -> str | None:
    """Return a cookie's attribute; of its expiry only whether it deletes or keeps."""
    if name == "expires" and name in cookie.attributes:
        return "the past" if cookie.is_deletion else "the future"
    return cookie.attributes.get(name)


def _or_absent(attribute: str | None) -> str:
    return "absent" if attribute is None else repr(attribute)


def _link(line: str) -> tuple[str, str]:
    url, _, relation = line.partition(">; rel=")
    return relation.strip('"'), url.removeprefix("<")
