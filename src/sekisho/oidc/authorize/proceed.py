"""From a sound request to its end: ask the person what still must be asked, or say that nothing is left to ask.

The authorization endpoint ends with a code, a device with an approval; up to there they go the same way.
"""

from collections.abc import Mapping
from typing import Any

from sekisho.kernel.ids import UserId
from sekisho.oidc.authorize.answers import RedirectToPage
from sekisho.oidc.authorize.pages import page_location
from sekisho.oidc.authorize.prompts import Situation, Unmet, unmet
from sekisho.oidc.authorize.request import AuthorizationRequest, Endpoint
from sekisho.oidc.browser import Browser
from sekisho.oidc.client_access import check_access
from sekisho.oidc.interactions import started
from sekisho.oidc.models import (
    INTERACTION_LIFETIME,
    ORGANIZATIONS_RESOURCE,
    Grant,
    Interaction,
    InteractionSession,
    Scopes,
    is_expired,
)
from sekisho.oidc.ports import Ports
from sekisho.oidc.resource_scopes import within_reach


async def proceed(
    ports: Ports, request: AuthorizationRequest, browser: Browser, outcome: Mapping[str, Any]
) -> RedirectToPage | Situation:
    """Return the page that must be shown, or the situation in which nothing is left to ask."""
    account_id = None if browser.account_id is None else await usable_account(ports, browser.account_id)
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
    if grant is not None and (question is None or question.prompt.name != "login"):
        # What was granted once opens nothing to somebody whom the application's rules no longer let in.
        await check_access(ports, account_id=grant.account_id, client_id=request.client.id)
    if question is None:
        return situation
    if "none" in request.prompts:
        # OpenID Connect Core §3.1.2.6: nothing may be shown, so the question itself is the answer.
        raise question.error
    return await _ask(ports, situation, browser, question)


async def usable_account(ports: Ports, account_id: UserId) -> UserId | None:
    """Return the account, unless it was removed or suspended since."""
    account = await ports.accounts.find(account_id)
    return None if account is None or account.is_suspended else account.id


async def _ask(ports: Ports, situation: Situation, browser: Browser, question: Unmet) -> RedirectToPage:
    """Send the browser to a page, and remember what for."""
    request, now = situation.request, situation.now
    uid = ports.ids.token()
    account_id = None if situation.account_id is None else browser.account_id
    way_back = "/device" if request.endpoint is Endpoint.DEVICE else "/auth"
    interaction = Interaction(
        uid=uid,
        client_id=request.client.id,
        prompt=question.prompt,
        params=request.stored(),
        return_to=ports.url(f"{way_back}/{uid}"),
        created_at=now,
        expires_at=now + INTERACTION_LIFETIME,
        session=None if account_id is None else InteractionSession(uid=browser.session.uid, account_id=account_id),
        last_submission=situation.outcome,
        grant_id=None if situation.grant is None else situation.grant.id,
        device_code_id=request.device_code_id,
        pushed_request_id=request.pushed_request_id,
    )
    await ports.interactions.add(interaction)
    ports.journal.interaction_created(interaction, session_uid=browser.session.uid)
    return RedirectToPage(location=page_location(question.prompt, interaction.params), interaction=started(interaction))


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
    organization_id = request.params.get("organization_id")
    return {
        resource.indicator: await within_reach(
            ports,
            request.client,
            request.scopes,
            account_id=account_id,
            indicator=resource.indicator,
            # oidc.md §20.3: it narrows what APIs get from organizations, not the scopes of organizations themselves.
            organization_id=None if resource.indicator == ORGANIZATIONS_RESOURCE else organization_id,
        )
        for resource in request.resources
    }
