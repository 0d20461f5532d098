"""The browser is back from a page: is it the one that was sent there, and who is signed in now (oidc.md §4.2, §4.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sekisho.kernel.clock import from_epoch_milliseconds
from sekisho.kernel.ids import UserId
from sekisho.oidc.authorize.answers import SwitchAccount
from sekisho.oidc.authorize.proceed import usable_account
from sekisho.oidc.authorize.request import Endpoint
from sekisho.oidc.browser import Browser, SessionCookie
from sekisho.oidc.errors import InvalidRequest, SessionNotFound
from sekisho.oidc.models import Interaction, LogoutRequest, Session, is_expired
from sekisho.oidc.ports import Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRequest:
    """The uid in the path, and two signed cookies."""

    uid: str
    resume_cookie: str | None
    session_cookie: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comeback:
    """The interaction is over, the browser signed in if that was its outcome, and its session written."""

    interaction: Interaction
    browser: Browser
    session_cookie: SessionCookie | None
    #: What the pages of this flow brought; nothing when who signed in may no longer.
    outcome: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SomebodyElse:
    """Another person than the session's has signed in: the interaction waits until the session is signed out."""

    answer: SwitchAccount
    session_cookie: SessionCookie | None


async def come_back(ports: Ports, request: ResumeRequest, *, at: Endpoint) -> Comeback | SomebodyElse:
    """End an interaction. Raises `SessionNotFound` or `InvalidRequest` when the way back is not this browser's."""
    interaction, session = await _found(ports, request, at=at)
    browser = Browser.in_session(ports, session, session_id=request.session_cookie)
    if interaction.session is not None and interaction.session.uid != browser.session.uid:
        raise InvalidRequest("interaction session and authentication session mismatch")
    proven = _account_of(interaction.result)
    # Attack: a sign-in that was finished before its account was suspended would come alive with it again.
    login = None if proven is None else await usable_account(ports, proven)
    if login is not None and browser.account_id not in {None, login}:
        return await _switch_account(ports, interaction, browser)
    await ports.interactions.consume(interaction.uid)
    if login is not None:
        browser.sign_in(login, at=_signed_in_at(interaction.result, now=ports.clock.now()))
    if browser.is_stored:
        browser.rotate(ports)
    # The session's row before everything that refers to it: the same order of locks everywhere, hence no deadlock.
    cookie = await browser.save(ports)
    outcome = interaction.outcome() if login == proven else {}
    return Comeback(interaction=interaction, browser=browser, session_cookie=cookie, outcome=outcome)


async def _found(ports: Ports, request: ResumeRequest, *, at: Endpoint) -> tuple[Interaction, Session | None]:
    """Find the interaction that this browser, and no other, was sent away with, and the session of its cookie."""
    if request.resume_cookie is None:
        raise SessionNotFound("authorization request has expired")
    # Attack: a link to somebody else's finished sign-in would sign the victim in as the attacker.
    if request.resume_cookie != request.uid:
        raise InvalidRequest("authorization session and cookie identifier mismatch")
    found = await ports.interactions.find_with_session(request.uid, session_id=request.session_cookie)
    interaction, session = found
    if interaction is None or is_expired(interaction.expires_at, now=ports.clock.now()):
        raise SessionNotFound("interaction session not found")
    # Attack: what was allowed to a device would come out as a code, or the other way about.
    if (interaction.device_code_id is not None) != (at is Endpoint.DEVICE):
        raise SessionNotFound("interaction session not found")
    return interaction, session


async def _switch_account(ports: Ports, interaction: Interaction, browser: Browser) -> SomebodyElse:
    """Sign the present user out first: two people's grants must never mix in one session."""
    xsrf = ports.ids.token()
    await ports.interactions.detach_session(interaction.uid)
    browser.ask_for_logout(
        LogoutRequest(xsrf=xsrf, client_id=interaction.client_id, post_logout_redirect_uri=interaction.return_to)
    )
    answer = SwitchAccount(action=ports.url("/session/end/confirm"), xsrf=xsrf)
    return SomebodyElse(answer=answer, session_cookie=await browser.save(ports))


def _account_of(result: Mapping[str, Any]) -> UserId | None:
    account_id = _login_of(result).get("accountId")
    return UserId(account_id) if isinstance(account_id, str) else None


def _signed_in_at(result: Mapping[str, Any], *, now: datetime) -> datetime:
    """Return when the person proved to be himself (OpenID Connect Core §2, `auth_time`)."""
    # Attack: a sign-in that was finished long ago counts as a recent one, because only now the browser comes back.
    at = _login_of(result).get("at")
    return min(now, from_epoch_milliseconds(at)) if isinstance(at, int) else now


def _login_of(result: Mapping[str, Any]) -> Mapping[str, Any]:
    login = result.get("login")
    return login if isinstance(login, dict) else {}
