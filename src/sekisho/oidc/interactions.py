"""Interactions seen from their pages: which one a browser is in, and the cookie that remembers it (oidc.md §4.3).

The cookie is a map from client to interaction, so that two applications can sign in side by side in one browser.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, unquote

import msgspec

from sekisho.oidc.errors import InvalidRequest, SessionNotFound
from sekisho.oidc.models import Interaction, Session, is_expired
from sekisho.oidc.ports import Ports

COOKIE = "_interaction"
RESUME_COOKIE = "_interaction_resume"
PAGE_COOKIE = "_logto"
ONE_TAP_COOKIE = "_logto_google_one_tap_credential"
_LATEST = "_legacy"
_MAX_CLIENTS = 10
_MAX_BYTES = 3072
_MAX_FACT = 256
# What browsers keep of one cookie (RFC 6265 §6.1).
_MAX_CREDENTIAL = 4000
_JWT = re.compile(r"[A-Za-z0-9_.-]+")
_NOT_IN_COOKIES = re.compile(r"[;\x7f]")

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, str]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentRequest:
    """What a page or API request tells about its sign-in: two signed cookie values, and the client it works for."""

    interaction_cookie: str | None
    session_cookie: str | None
    #: Header `Logto-App-Id`, else query `app_id`.
    client_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """The interaction a request belongs to, with the session it runs in, if somebody is signed in."""

    interaction: Interaction
    session: Session | None


async def find_current(ports: Ports, request: CurrentRequest) -> Current:
    """Return the interaction of a page. Raises `SessionNotFound`, or `InvalidRequest` for another client's."""
    entries = read_cookie(request.interaction_cookie)
    uid = entries.get(request.client_id or _LATEST, entries.get(_LATEST))
    if uid is None:
        raise SessionNotFound("interaction session id cookie not found")
    now = ports.clock.now()
    interaction, session = await ports.interactions.find_with_session(uid, session_id=request.session_cookie)
    if interaction is None or is_expired(interaction.expires_at, now=now):
        raise SessionNotFound("interaction session not found")
    if request.client_id is not None and interaction.client_id != request.client_id:
        raise InvalidRequest("interaction client_id mismatch")
    if interaction.session is None:
        return Current(interaction=interaction, session=None)
    if session is None or is_expired(session.expires_at, now=now):
        raise SessionNotFound("session not found")
    # Attack: a page opened for one person must not act for the one who signed in since.
    if session.uid != interaction.session.uid or session.account_id != interaction.session.account_id:
        raise SessionNotFound("session principal changed")
    return Current(interaction=interaction, session=session)


def read_cookie(value: str | None) -> Mapping[str, str]:
    """Return the map in an interaction cookie; older forms (plain JSON, a single uid) are understood."""
    if not value:
        return {}
    text = unquote(value)
    if not text.startswith("{"):
        return {_LATEST: text}
    try:
        return _decode(text)
    except msgspec.DecodeError:
        return {}


def cookie_with(value: str | None, *, client_id: str, uid: str) -> str:
    """Return the cookie value with one more interaction; the least recently written make room."""
    entries = {client: each for client, each in read_cookie(value).items() if client not in {client_id, _LATEST}}
    entries[client_id] = uid
    while entries:
        encoded = _encoded({**entries, _LATEST: uid})
        if len(entries) <= _MAX_CLIENTS and len(encoded) <= _MAX_BYTES:
            return encoded
        del entries[next(iter(entries))]
    return _encoded({_LATEST: uid})


def page_cookie(interaction: Interaction) -> str:
    """Return the value of `_logto`: what a page needs for its look before it asks anything (oidc.md §4.1)."""
    params = interaction.params
    return page_facts(
        client_id=interaction.client_id,
        organization_id=params.get("organization_id"),
        ui_locales=params.get("ui_locales"),
    )


def page_facts(*, client_id: str | None, organization_id: str | None, ui_locales: str | None) -> str:
    """Return the value of `_logto` for a page that has no interaction yet."""
    facts = {"appId": client_id, "organizationId": organization_id, "uiLocales": ui_locales}
    kept = {name: value for name, value in facts.items() if value is not None and len(value) <= _MAX_FACT}
    text = json.dumps(kept, separators=(",", ":"))
    # A cookie ends at a semicolon; JSON can spell one without it.
    return _NOT_IN_COOKIES.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedInteraction:
    """What the answer must put into cookies for a new interaction."""

    uid: str
    client_id: str
    expires_at: datetime
    page_cookie: str
    #: Where the browser comes back to, and no other path sees the cookie of it.
    resume_path: str
    #: A Google ID token for the page, from the parameter of this name.
    one_tap_credential: str | None = None


def started(interaction: Interaction) -> StartedInteraction:
    return StartedInteraction(
        uid=interaction.uid,
        client_id=interaction.client_id,
        expires_at=interaction.expires_at,
        page_cookie=page_cookie(interaction),
        resume_path=resume_path(interaction.uid, is_device=interaction.device_code_id is not None),
        one_tap_credential=_one_tap_credential(interaction),
    )


def resume_path(uid: str, *, is_device: bool) -> str:
    """Return the path, without the tenant's prefix, that an interaction comes back to."""
    return f"/oidc/device/{uid}" if is_device else f"/oidc/auth/{uid}"


def _one_tap_credential(interaction: Interaction) -> str | None:
    credential = interaction.params.get("google_one_tap_credential")
    if interaction.prompt.name != "login" or credential is None or len(credential) > _MAX_CREDENTIAL:
        return None
    # Three parts of base64url: what no cookie can carry is no ID token, either.
    return credential if _JWT.fullmatch(credential) else None


def _encoded(entries: Mapping[str, str]) -> str:
    return quote(_encode(entries), safe="!'()*-._~")
