"""The browser's part of the device flow (RFC 8628 §3.3, oidc.md §17.2): a code is typed, looked at, and answered.

A form needs the secret of its session (`xsrf`), and every code that is typed counts as a guess before it is looked up.
What goes wrong is told to the page in its address, and to the device where the device is known.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sekisho.oidc.authorize.answers import RedirectToPage
from sekisho.oidc.authorize.comeback import ResumeRequest, SomebodyElse, come_back
from sekisho.oidc.authorize.pipeline import run_checks
from sekisho.oidc.authorize.proceed import proceed
from sekisho.oidc.authorize.prompts import Situation
from sekisho.oidc.authorize.request import AuthorizationRequest, Endpoint, gather, restored_params
from sekisho.oidc.authorize.success import allowed_in, remember
from sekisho.oidc.browser import Browser
from sekisho.oidc.device.answers import (
    Connected,
    Problem,
    SendUserCode,
    ShowDevicePage,
    Verified,
    problem_name,
)
from sekisho.oidc.device.user_code import compared, shown
from sekisho.oidc.errors import InteractionEnded, InvalidGrant, OAuthError
from sekisho.oidc.interactions import page_facts
from sekisho.oidc.models import DeviceCode, is_expired
from sekisho.oidc.params import Params, read_params
from sekisho.oidc.ports import Ports

#: What the page is told from step to step, in the order of its query.
_SHARED = ("app_id", "organization_id", "ui_locales")
#: What a page that lost its cookie may not lose.
_TOLD = ("input_code", "error")
_QUERY = frozenset({*_SHARED, *_TOLD, "user_code"})
_FORM = frozenset({"xsrf", "user_code", "confirm", "abort"})
#: What is shown again of what was typed; a header has its limits.
_MAX_TYPED = 64
_ABORTED = "End-User aborted interaction"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVerification:
    """Somebody comes to type a code, or by an address that has it."""

    query: Sequence[tuple[str, str]]
    session_cookie: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerVerification:
    """Our page's form: a code, and perhaps what its user says to it. `address` is where the request comes from."""

    form: Sequence[tuple[str, str]]
    query: Sequence[tuple[str, str]]
    address: str
    session_cookie: str | None = None


async def open_verification(ports: Ports, request: OpenVerification) -> Verified:
    """Give the browser the secret its form will need, and send it to the page, or the code it came with ahead."""
    params = read_params(request.query, known=_QUERY)
    browser = await Browser.of(ports, request.session_cookie)
    xsrf = browser.session.device_xsrf or ports.ids.token()
    browser.expect_device_code(xsrf)
    cookie = await browser.save(ports, is_needed=True)
    page_cookie = page_facts(
        client_id=params.get("app_id"),
        organization_id=params.get("organization_id"),
        ui_locales=params.get("ui_locales"),
    )
    shared = _given(params, _SHARED)
    user_code = params.get("user_code")
    answer: SendUserCode | ShowDevicePage
    if user_code is None:
        answer = ShowDevicePage(query=[*shared, *_given(params, _TOLD)])
    else:
        action = ports.url("/device") + (f"?{urlencode(shared)}" if shared else "")
        answer = SendUserCode(action=action, xsrf=xsrf, user_code=user_code)
    return Verified(answer=answer, session_cookie=cookie, xsrf=xsrf, page_cookie=page_cookie)


async def answer_verification(ports: Ports, request: AnswerVerification) -> Verified:
    """Take a typed code: show what it is for, or do with it what its user says."""
    params, query = read_params(request.form, known=_FORM), read_params(request.query, known=_QUERY)
    typed = params.get("user_code")
    browser = await Browser.of(ports, request.session_cookie)
    # Attack: a page elsewhere that confirms the attacker's code in the victim's session (RFC 8628 §5.4).
    if not _is_ours(browser, params.get("xsrf")):
        told = _told(query, problem=Problem.INVALID_REQUEST, typed=typed)
        return Verified(answer=told, forgets_xsrf=True)
    found = await find_typed(ports, typed, address=request.address)
    if isinstance(found, Problem):
        return Verified(answer=_told(query, problem=found, typed=typed))
    if params.get("abort") is not None:
        await ports.device_codes.deny(found.id, error="access_denied", description=_ABORTED)
        return Verified(answer=_told(query, problem=Problem.ABORTED))
    if params.get("confirm") is None:
        return Verified(answer=ShowDevicePage(query=_confirmation(found, query, typed or "")))
    # The session's row before everything that refers to it: the same order of locks everywhere, hence no deadlock.
    cookie = await browser.save(ports)
    if not await ports.device_codes.claim(found.id, at=ports.clock.now()):
        return Verified(answer=_told(query, problem=Problem.ALREADY_USED, typed=typed), session_cookie=cookie)
    answer = await _go_on(ports, browser, found, outcome={})
    return Verified(answer=answer, session_cookie=cookie, forgets_xsrf=isinstance(answer, Connected))


async def resume_verification(ports: Ports, request: ResumeRequest) -> Verified:
    """Go on after a page."""
    try:
        back = await come_back(ports, request, at=Endpoint.DEVICE)
    except OAuthError as error:
        return Verified(answer=ShowDevicePage(query=[("error", problem_name(error))]))
    if isinstance(back, SomebodyElse):
        return Verified(answer=back.answer, session_cookie=back.session_cookie)
    found = _waiting(ports, await ports.device_codes.find_by_id(back.interaction.device_code_id or ""))
    answer: ShowDevicePage | Connected | RedirectToPage
    if isinstance(found, Problem):
        answer = ShowDevicePage(query=[("error", found)])
    else:
        answer = await _go_on(ports, back.browser, found, outcome=back.outcome)
    return Verified(
        answer=answer,
        session_cookie=back.session_cookie,
        forgets_xsrf=isinstance(answer, Connected),
        finished=back.interaction.uid,
    )


async def find_typed(ports: Ports, typed: str | None, *, address: str) -> DeviceCode | Problem:
    """Return the device whose code was typed, if it still waits for an answer; the guess is counted first."""
    if typed is None:
        return Problem.NO_CODE
    # RFC 8628 §5.1: a short code is found by trying, unless tries are few.
    guess = await ports.user_code_guesses.admit(address)
    if guess is None:
        return Problem.TOO_MANY_ATTEMPTS
    code = await ports.device_codes.find_by_user_code(compared(typed))
    if code is None:
        await guess.was_wrong()
        return Problem.NOT_FOUND
    await guess.was_right()
    return Problem.ALREADY_USED if code.is_claimed else _waiting(ports, code)


def _waiting(ports: Ports, code: DeviceCode | None) -> DeviceCode | Problem:
    """Return the device if there is still something to say to it."""
    if code is None:
        return Problem.NOT_FOUND
    if code.error is not None or code.authorization is not None:
        return Problem.ALREADY_USED
    return Problem.EXPIRED if is_expired(code.expires_at, now=ports.clock.now()) else code


async def _go_on(
    ports: Ports, browser: Browser, code: DeviceCode, *, outcome: Mapping[str, Any]
) -> RedirectToPage | ShowDevicePage | Connected:
    """Ask what still must be asked, else let the device have it; a refusal is what the device is told."""
    params = restored_params(code.params)
    facts = await gather(ports, params)
    request = AuthorizationRequest(params=params, facts=facts, endpoint=Endpoint.DEVICE, device_code_id=code.id)
    try:
        run_checks(request)
        if isinstance(error := outcome.get("error"), str):
            raise InteractionEnded(error=error, description=outcome.get("error_description"))
        reached = await proceed(ports, request, browser, outcome)
        return reached if isinstance(reached, RedirectToPage) else await _approve(ports, reached, browser, code)
    except OAuthError as error:
        await ports.device_codes.deny(code.id, error=error.members()["error"], description=error.description)
        return ShowDevicePage(query=[("error", problem_name(error))])


async def _approve(ports: Ports, situation: Situation, browser: Browser, code: DeviceCode) -> Connected:
    allowed = allowed_in(ports, situation, browser)
    # Held, so that what is approved cannot be revoked under our hands.
    await ports.grants.hold(allowed.authorization.grant.id)
    if not await ports.device_codes.approve(code.id, allowed.authorization):
        raise InvalidGrant("device answered meanwhile")
    await remember(ports, browser, allowed, client=situation.request.client)
    return Connected()


def _is_ours(browser: Browser, xsrf: str | None) -> bool:
    wanted = browser.session.device_xsrf
    return wanted is not None and xsrf is not None and hmac.compare_digest(xsrf.encode(), wanted.encode())


def _told(query: Params, *, problem: Problem, typed: str | None = None) -> ShowDevicePage:
    """Return the page that says what is wrong, with what was typed."""
    kept = [] if typed is None else [("input_code", typed[:_MAX_TYPED])]
    return ShowDevicePage(query=[*kept, ("error", problem), *_given(query, _SHARED)])


def _confirmation(code: DeviceCode, query: Params, typed: str) -> Sequence[tuple[str, str]]:
    """Return the query of the page that asks whether this is the device: whose it is, how to say so, and the code."""
    params = {**code.params, **dict(_given(query, _SHARED)), "app_id": code.client_id}
    shared = [(name, params[name]) for name in _SHARED if name in params]
    return [*shared, ("user_code", shown(compared(typed)))]


def _given(params: Params, names: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, value) for name in names if (value := params.get(name)) is not None]
