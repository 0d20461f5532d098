"""The authorization endpoint from request to answer, and its resumption after a page (oidc.md §4.4, §8, §9).

Both ways meet in `_answer`: refuse, ask what still must be asked, or give the application its code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sekisho.oidc.authorize.answers import AuthorizationAnswer, Authorized, RedirectToPage
from sekisho.oidc.authorize.comeback import ResumeRequest, SomebodyElse, come_back
from sekisho.oidc.authorize.pipeline import run_checks
from sekisho.oidc.authorize.proceed import proceed
from sekisho.oidc.authorize.refusal import refusal
from sekisho.oidc.authorize.request import KNOWN, AuthorizationRequest, Endpoint, gather, restored_params
from sekisho.oidc.authorize.success import issue_code
from sekisho.oidc.browser import Browser
from sekisho.oidc.errors import InteractionEnded, OAuthError
from sekisho.oidc.params import Params, read_params
from sekisho.oidc.ports import Ports
from sekisho.oidc.pushed import find_pushed


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizeRequest:
    """Raw query members in their order, and the signed session cookie."""

    query: Sequence[tuple[str, str]]
    session_cookie: str | None = None


async def authorize(ports: Ports, request: AuthorizeRequest) -> Authorized:
    """Answer an authorization request."""
    params = read_params(request.query, known=KNOWN, splits_resources=True)
    pushed = await find_pushed(ports, params)
    browser = await Browser.of(ports, request.session_cookie)
    cookie = await browser.save(ports)
    if pushed is None:
        answer = await _answer(ports, browser, params=params, outcome={})
    else:
        # RFC 9126 §4: what was pushed counts, whatever else the address says.
        params = restored_params(pushed.params)
        answer = await _answer(ports, browser, params=params, outcome={}, pushed_request_id=pushed.id)
    return Authorized(answer=answer, session_cookie=cookie)


async def resume(ports: Ports, request: ResumeRequest) -> Authorized:
    """Go on after a page. Raises `SessionNotFound` or `InvalidRequest` when the way back is not this browser's."""
    back = await come_back(ports, request, at=Endpoint.AUTHORIZATION)
    if isinstance(back, SomebodyElse):
        return Authorized(answer=back.answer, session_cookie=back.session_cookie)
    interaction = back.interaction
    ports.journal.interaction_ended(interaction)
    answer = await _answer(
        ports,
        back.browser,
        params=restored_params(interaction.params),
        outcome=back.outcome,
        pushed_request_id=interaction.pushed_request_id,
    )
    return Authorized(answer=answer, session_cookie=back.session_cookie, finished=interaction.uid)


async def _answer(
    ports: Ports,
    browser: Browser,
    *,
    params: Params,
    outcome: Mapping[str, Any],
    pushed_request_id: str | None = None,
) -> AuthorizationAnswer:
    """Run the checks and proceed; a refusal is an answer, too, and where it goes depends on how far we came."""
    facts = await gather(ports, params)
    request = AuthorizationRequest(params=params, facts=facts, pushed_request_id=pushed_request_id)
    try:
        run_checks(request)
        if isinstance(error := outcome.get("error"), str):
            raise InteractionEnded(error=error, description=outcome.get("error_description"))
        reached = await proceed(ports, request, browser, outcome)
        return reached if isinstance(reached, RedirectToPage) else await issue_code(ports, reached, browser)
    except OAuthError as error:
        return refusal(request, error)
