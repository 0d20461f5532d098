"""The differences from the recordings that we accept, each of them named in docs/compatibility.md.

An entry accepts exactly what it describes: where the difference is and what we answer instead (both may hold `*`). An
entry that no replay needs any more fails that replay, so that this table stays true.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tests.replay.player import Mismatch

_CLIENT_MAP = "`_interaction` holds a map of clients"
_LINKS = "`Link` carries `/api` and the query as it was sent"
_LOOKS = "Our seeded branding"
_CALLERS = "Addresses in the log are IPv4 where they can be"
_DRAWN = "Connectors describe themselves in our words"
_WORDS = "Our own words describe what is seeded"
_NOT_FOUND = "Unknown pages are 404"
_RESUMED_ONCE = "`_interaction_resume` is cleared as soon as it was used"
_PRIVATE = "JSON answers to a cookie or a token carry `Cache-Control: no-store`"
_FORGOTTEN = "A cookie is forgotten with the attributes all cookies have"
_NOT_STORED = "Pages carry `Cache-Control: no-store` alone"
_REFUSALS_RENEW_NOTHING = "A refused sign-out does not renew the session"
_WAYS_IN = (
    "enable e-mail and phone with code and password, social",
    "sign-in methods without the sign-up identifier (accepted)",
    "unknown connector target",
    "full settings again",
    "public settings",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One accepted difference; `reason` is the phrase that names it in docs/compatibility.md."""

    recording: str
    note: str
    url: str = "*"
    where: str
    ours: str
    reason: str

    def covers(self, mismatch: Mismatch) -> bool:
        finding, exchange = mismatch.finding, mismatch.exchange
        is_here = mismatch.recording == self.recording and _fits(exchange.note, self.note)
        is_here = is_here and _fits(exchange.request.url, self.url)
        return is_here and _fits(finding.where, self.where) and _fits(finding.ours, self.ours)

    def __str__(self) -> str:
        return f"{self.recording} {self.note}: {self.where}: ours {self.ours} ({self.reason})"


ACCEPTED: Sequence[Accepted] = (
    *(
        Accepted(
            recording="10",
            note="/logs?page=1&page_size=3",
            where=f"body[0].payload.{where}",
            ours=ours,
            reason=_CALLERS,
        )
        for where, ours in (
            ("ip", "'127.0.0.1'"),
            ("userAgent*", "'python-httpx2/*'"),
            ("params.client_secret", "absent"),
        )
    ),
    *(
        Accepted(recording="01", note="RFC 8414 metadata", where=where, ours=ours, reason=_NOT_FOUND)
        for where, ours in (
            ("header content-type", "'text/html; charset=utf-8'"),
            ("header cache-control", "'no-store'"),
        )
    ),
    *(
        Accepted(recording=recording, note=note, where="header link * path", ours=ours, reason=_LINKS)
        for recording, note, ours in (
            ("02", "list", "'/api/applications'"),
            ("02", "list types filter", "'/api/applications'"),
            ("03", "list", "'/api/users'"),
            ("04", "role users", "'/api/roles/*/users'"),
            ("04", "roles list", "'/api/roles'"),
            ("04", "user roles", "'/api/users/*/roles'"),
            ("04", "resources includeScopes", "'/api/resources'"),
            ("03", "search", "'/api/users'"),
            ("03", "search by field", "'/api/users'"),
            ("10", "/roles", "'/api/roles'"),
            ("10", "/logs?page=1&page_size=3", "'/api/logs'"),
            ("10", "/applications?page=1&page_size=20", "'/api/applications'"),
            ("10", "/users?page=1&page_size=5", "'/api/users'"),
        )
    ),
    Accepted(
        recording="02",
        note="list types filter",
        where="header link * query",
        ours='[["types", "SPA"], ["types", "Native"], ["page", "*"], ["page_size", "1"]]',
        reason=_LINKS,
    ),
    *(
        Accepted(recording=recording, note=note, where=where, ours=ours, reason=_WORDS)
        for recording, note, where, ours in (
            ("04", "roles list", "body[1].description", "'All of the Management API, for your own services.'"),
            (
                "04",
                "resources includeScopes",
                "body[0].scopes[0].description",
                "'Everything the Management API can do.'",
            ),
            ("10", "/roles", "body[0].description", "'All of the Management API, for your own services.'"),
            (
                "10",
                "/resources?includeScopes=true",
                "body[0].scopes[0].description",
                "'Everything the Management API can do.'",
            ),
        )
    ),
    *(
        Accepted(recording=recording, note=note, where=where, ours=ours, reason=_LOOKS)
        for recording, note in (
            *((recording, "sign-in-exp for the page") for recording in ("06", "07", "07b")),
            *(("13", note) for note in _WAYS_IN),
            *(("10", note) for note in ("/sign-in-exp", "public settings")),
        )
        for where, ours in (
            ("body.color.primaryColor", "'#27478a'"),
            ("body.color.darkPrimaryColor", "'#9db8ff'"),
            ("body.color.isDarkModeEnabled", "true"),
            ("body.branding.logoUrl", "absent"),
            ("body.branding.darkLogoUrl", "absent"),
        )
    ),
    *(
        Accepted(
            recording=recording,
            note=note,
            where="set-cookie _interaction",
            ours="""something else: '{"*":"*","_legacy":"*"}'""",
            reason=_CLIENT_MAP,
        )
        for recording, note in (
            *((name, "authorization request") for name in ("06", "07", "07b", "14", "15", "16", "17", "24")),
            ("15", "sign-in of an unknown e-mail, then turned into a registration"),
            ("18", "unknown social identity → register"),
            ("18", "known social identity"),
            ("18", "unknown identity with the e-mail of an existing user → link"),
            *((name, "follow") for name in ("06", "07", "07b", "14", "15", "17", "18", "24")),
        )
    ),
    *(
        Accepted(
            recording=recording,
            note="follow",
            where=f"forgotten-cookie {name}",
            ours=f"{name}=*; path=/oidc/auth/*",
            reason=_RESUMED_ONCE,
        )
        for recording in ("06", "07", "07b", "14", "15", "17", "18", "24")
        for name in ("_interaction_resume", "_interaction_resume.sig")
    ),
    *(
        Accepted(
            recording="06",
            note="end session unknown redirect",
            where=f"set-cookie {name}",
            ours="absent",
            reason=_REFUSALS_RENEW_NOTHING,
        )
        for name in ("_session", "_session.sig")
    ),
    *(
        Accepted(
            recording=recording,
            note="*",
            url="*/api/*",
            where="header cache-control",
            ours="'no-store'",
            reason=_PRIVATE,
        )
        for recording in (
            *("02", "03", "04", "06", "07", "07b", "08", "10", "11", "14", "15", "16", "17", "18", "23", "24"),
        )
    ),
    Accepted(
        recording="18",
        note="verify",
        where="forgotten-cookie _logto_google_one_tap_credential; *",
        ours="*",
        reason=_FORGOTTEN,
    ),
    Accepted(
        recording="13",
        note="public settings",
        where="body.socialConnectors[0].logo",
        ours="'data:image/svg+xml;base64,*'",
        reason=_WORDS,
    ),
    *(
        Accepted(recording="12", note=note, where=f"body{of}.{where}", ours="*", reason=_DRAWN)
        for notes, of in (
            (("create e-mail connector", "create SMS connector", "create social connector", "get", "patch"), ""),
            (("list",), "[*]"),
        )
        for note in notes
        for where in ("description.*", "logo", "readme", "configTemplate")
    ),
    Accepted(recording="24", note="consent page", where="header cache-control", ours="'no-store'", reason=_NOT_STORED),
    Accepted(recording="08", note="unknown page", where="status", ours="404 *", reason=_NOT_FOUND),
)


def verdict(
    recording: str, mismatches: Sequence[Mismatch], *, accepted: Sequence[Accepted] = ACCEPTED
) -> Sequence[str]:
    """Return a line for each difference nobody accepted, and for each accepted one that did not occur."""
    entries = [each for each in accepted if each.recording == recording]
    unexpected = [str(each) for each in mismatches if not any(entry.covers(each) for entry in entries)]
    unused = [f"no longer needed: {entry}" for entry in entries if not any(map(entry.covers, mismatches))]
    return [*unexpected, *unused]


def _fits(text: str, pattern: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text, re.DOTALL) is not None
