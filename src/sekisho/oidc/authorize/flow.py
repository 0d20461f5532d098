"""The authorization endpoint from request to answer, and its resumption after a page (oidc.md §4.4, §8, §9).

Both ways meet in `_proceed`: ask what still must be asked, else give the application its code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sekisho.kernel.ids import UserId
from sekisho.oidc.authorize.answers import (
    AuthorizationAnswer,
    Authorized,
    RedirectToPage,
    SwitchAccount,
)
from sekisho.oidc.authorize.pages import page_location
from sekisho.oidc.authorize.pipeline import run_checks
from sekisho.oidc.authorize.prompts import Situation, Unmet, unmet
from sekisho.oidc.authorize.refusal import refusal
from sekisho.oidc.authorize.request import KNOWN, AuthorizationRequest, gather, restored_params
from sekisho.oidc.authorize.success import issue_code
from sekisho.oidc.browser import Browser
from sekisho.oidc.errors import InteractionEnded, InvalidRequest, OAuthError, SessionNotFound
from sekisho.oidc.interactions import started
from sekisho.oidc.models import (
    INTERACTION_LIFETIME,
    Grant,
    Interaction,
    InteractionSession,
    LogoutRequest,
    Scopes,
    is_expired,
)
from sekisho.oidc.params import Params, read_params
from sekisho.oidc.ports import Ports
from sekisho.oidc.resource_scopes import within_reach


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizeRequest:
    """Raw query members in their order, and the signed session cookie."""

    query: Sequence[tuple[str, str]]
    session_cookie: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRequest:
    """The browser is back from a page: the uid in the path, and two signed cookies."""

    uid: str
    resume_cookie: str | None
    session_cookie: str | None = None


async def authorize(ports: Ports, request: AuthorizeRequest) -> Authorized:
    """Answer an authorization request."""
    params = read_params(request.query, known=KNOWN, splits_resources=True)
    browser = await Browser.of(ports, request.session_cookie)
    cookie = await browser.save(ports)
    answer = await _answer(ports, browser, params=params, outcome={})
    return Authorized(answer=answer, session_cookie=cookie)


async def resume(ports: Ports, request: ResumeRequest) -> Authorized:
    """Go on after a page. Raises `SessionNotFound` or `InvalidRequest` when the way back is not this browser's."""
    interaction = await _interaction_of(ports, request)
    browser = await Browser.of(ports, request.session_cookie)
    if interaction.session is not None and interaction.session.uid != browser.session.uid:
        raise InvalidRequest("interaction session and authentication session mismatch")
    proven = _account_of(interaction.result)
    # Attack: a sign-in that was finished before its account was suspended would come alive with it again.
    login = None if proven is None else await _usable(ports, proven)
    if login is not None and browser.account_id not in {None, login}:
        return await _switch_account(ports, interaction, browser)
    if not await ports.interactions.consume(interaction.uid):
        raise SessionNotFound("interaction session not found")
    if login is not None:
        browser.sign_in(login, at=ports.clock.now())
    if browser.is_stored:
        browser.rotate(ports)
    # The session's row before everything that refers to it: the same order of locks everywhere, hence no deadlock.
    cookie = await browser.save(ports)
    params = restored_params(interaction.params)
    outcome = interaction.outcome() if login == proven else {}
    answer = await _answer(ports, browser, params=params, outcome=outcome)
    return Authorized(answer=answer, session_cookie=cookie, finished=interaction.uid)


async def _answer(ports: Ports, browser: Browser, *, params: Params, outcome: Mapping[str, Any]) -> AuthorizationAnswer:
    """Run the checks and proceed; a refusal is an answer, too, and where it goes depends on how far we came."""
    request = AuthorizationRequest(params=params, facts=await gather(ports, params))
    try:
        run_checks(request)
        if isinstance(error := outcome.get("error"), str):
            raise InteractionEnded(error=error, description=outcome.get("error_description"))
        return await _proceed(ports, request, browser, outcome)
    except OAuthError as error:
        return refusal(request, error)


async def _proceed(
    ports: Ports, request: AuthorizationRequest, browser: Browser, outcome: Mapping[str, Any]
) -> AuthorizationAnswer:
    account_id = await _signed_in(ports, browser)
    grant = await _grant(ports, request, browser, outcome) if account_id is not None else None
    situation = Situation(
        request=request,
        now=ports.clock.now(),
        account_id=account_id,
        login_at=browser.session.login_at,
        grant=grant,
        outcome=outcome,
        available=await _available(ports, request, account_id),
    )
    question = unmet(situation)
    if question is None:
        return await issue_code(ports, situation, browser)
    if "none" in request.prompts:
        # OpenID Connect Core §3.1.2.6: nothing may be shown, so the question itself is the answer.
        raise question.error
    return await _ask(ports, situation, browser, question)


async def _ask(ports: Ports, situation: Situation, browser: Browser, question: Unmet) -> RedirectToPage:
    """Send the browser to a page, and remember what for."""
    request, now = situation.request, situation.now
    uid = ports.ids.token()
    account_id = None if situation.account_id is None else browser.account_id
    interaction = Interaction(
        uid=uid,
        client_id=request.client.id,
        prompt=question.prompt,
        params=request.stored(),
        return_to=ports.url(f"/auth/{uid}"),
        created_at=now,
        expires_at=now + INTERACTION_LIFETIME,
        session=None if account_id is None else InteractionSession(uid=browser.session.uid, account_id=account_id),
        last_submission=situation.outcome,
        grant_id=None if situation.grant is None else situation.grant.id,
    )
    await ports.interactions.add(interaction)
    return RedirectToPage(location=page_location(question.prompt, interaction.params), interaction=started(interaction))


async def _interaction_of(ports: Ports, request: ResumeRequest) -> Interaction:
    """Find the interaction that this browser, and no other, was sent away with."""
    if request.resume_cookie is None:
        raise SessionNotFound("authorization request has expired")
    # Attack: a link to somebody else's finished sign-in would sign the victim in as the attacker.
    if request.resume_cookie != request.uid:
        raise InvalidRequest("authorization session and cookie identifier mismatch")
    interaction = await ports.interactions.find(request.uid)
    if interaction is None or is_expired(interaction.expires_at, now=ports.clock.now()):
        raise SessionNotFound("interaction session not found")
    return interaction


async def _switch_account(ports: Ports, interaction: Interaction, browser: Browser) -> Authorized:
    """Sign the present user out first: two people's grants must never mix in one session."""
    xsrf = ports.ids.token()
    await ports.interactions.detach_session(interaction.uid)
    browser.ask_for_logout(
        LogoutRequest(xsrf=xsrf, client_id=interaction.client_id, post_logout_redirect_uri=interaction.return_to)
    )
    answer = SwitchAccount(action=ports.url("/session/end/confirm"), xsrf=xsrf)
    return Authorized(answer=answer, session_cookie=await browser.save(ports))


async def _signed_in(ports: Ports, browser: Browser) -> UserId | None:
    return None if browser.account_id is None else await _usable(ports, browser.account_id)


async def _usable(ports: Ports, account_id: UserId) -> UserId | None:
    """Return the account, unless it was removed or suspended since."""
    account = await ports.accounts.find(account_id)
    return None if account is None or account.is_suspended else account.id


async def _grant(
    ports: Ports, request: AuthorizationRequest, browser: Browser, outcome: Mapping[str, Any]
) -> Grant | None:
    """Return the grant of this flow's consent, else the one the session remembers; None unless it still holds."""
    consent = outcome.get("consent")
    remembered = browser.authorization_of(request.client.id)
    grant_id = consent.get("grantId") if isinstance(consent, dict) else None
    grant_id = grant_id or (None if remembered is None else remembered.grant_id)
    grant = None if grant_id is None else await ports.grants.find(grant_id)
    if grant is None or is_expired(grant.expires_at, now=ports.clock.now()):
        return None
    belongs = grant.client_id == request.client.id and grant.account_id == browser.account_id
    return grant if belongs else None


async def _available(ports: Ports, request: AuthorizationRequest, account_id: UserId | None) -> Mapping[str, Scopes]:
    """Return, per requested resource, the requested scopes that are within reach."""
    if account_id is None:
        return {}
    return {
        resource.indicator: await within_reach(
            ports, request.client, request.scopes, account_id=account_id, indicator=resource.indicator
        )
        for resource in request.resources
    }


def _account_of(result: Mapping[str, Any]) -> UserId | None:
    login = result.get("login")
    account_id = login.get("accountId") if isinstance(login, dict) else None
    return UserId(account_id) if isinstance(account_id, str) else None
