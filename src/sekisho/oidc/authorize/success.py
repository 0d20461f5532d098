"""The end of an authorization: a code for the application (RFC 6749 §4.1.2), and what the session remembers of it."""

from dataclasses import dataclass

from sekisho.oidc.acr import reached
from sekisho.oidc.authorize.prompts import Situation
from sekisho.oidc.browser import Browser
from sekisho.oidc.errors import AccessDenied, InvalidRequestUri
from sekisho.oidc.grant_limit import limit_grants
from sekisho.oidc.models import (
    CODE_LIFETIME,
    Authorization,
    AuthorizationCode,
    Client,
    ClientAuthorization,
    Grant,
    Scopes,
)
from sekisho.oidc.ports import Ports
from sekisho.oidc.response_modes import ClientAnswer, deliver
from sekisho.oidc.scopes import OFFLINE_ACCESS, OIDC_SCOPES

_NOTHING_GRANTED = "authorization request resolved without requesting interactions but no scope was granted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What the person allowed: for the code or the device, and for the session to remember."""

    authorization: Authorization
    entry: ClientAuthorization


async def issue_code(ports: Ports, situation: Situation, browser: Browser) -> ClientAnswer:
    """Keep a code and hand it to the application."""
    request, now = situation.request, situation.now
    allowed = allowed_in(ports, situation, browser)
    pushed_id = request.pushed_request_id
    if pushed_id is not None and not await ports.pushed_requests.consume(pushed_id, at=now):
        # RFC 9126 §7.3: a reference that somebody saw on its way buys no second code.
        raise InvalidRequestUri
    code = AuthorizationCode(
        authorization=allowed.authorization,
        redirect_uri=request.target,
        created_at=now,
        expires_at=now + CODE_LIFETIME,
        code_challenge=request.params.get("code_challenge"),
    )
    value = ports.ids.token()
    # Held, so that what the code stands for cannot be revoked under our hands.
    await ports.grants.hold(code.authorization.grant.id)
    await ports.codes.add(value, code)
    await remember(ports, browser, allowed, client=request.client)
    state = request.params.get("state")
    # RFC 9207 §2: `iss` lets the application notice an answer that another server sent (mix-up).
    members = {"code": value, **({} if state is None else {"state": state}), "iss": ports.issuer}
    return deliver(
        request.target,
        members,
        response_mode=request.params.get("response_mode"),
        response_type=request.params.get("response_type"),
    )


def allowed_in(ports: Ports, situation: Situation, browser: Browser) -> Allowed:
    """Return what the person allowed; raises `AccessDenied` when that is nothing at all."""
    request, grant = situation.request, situation.grant
    scopes = [] if grant is None else _granted(situation, grant)
    if grant is None or not scopes:
        raise AccessDenied(_NOTHING_GRANTED)
    entry = _session_entry(ports, browser, grant, scopes)
    level = reached(request.acr_levels, login_at=browser.session.login_at, now=situation.now)
    authorization = Authorization(
        grant=grant,
        scopes=scopes,
        resources=[resource.indicator for resource in request.resources],
        nonce=request.params.get("nonce"),
        auth_time=browser.session.login_at if request.wants_auth_time else None,
        acr=None if level is None else level.value,
        proof_key=request.proof_key,
        session_uid=browser.session.uid,
        sid=entry.sid,
        expires_with_session=OFFLINE_ACCESS not in scopes,
    )
    return Allowed(authorization=authorization, entry=entry)


async def remember(ports: Ports, browser: Browser, allowed: Allowed, *, client: Client) -> None:
    """Let the session know what its user allowed the client, once that is kept; older grants may have to make room."""
    grant = allowed.authorization.grant
    if browser.authorization_of(client.id) != allowed.entry:
        await ports.sessions.authorize(browser.session.uid, client_id=client.id, authorization=allowed.entry)
    await limit_grants(ports, client, account_id=grant.account_id)


def _session_entry(ports: Ports, browser: Browser, grant: Grant, scopes: Scopes) -> ClientAuthorization:
    before = browser.authorization_of(grant.client_id)
    keeps_grant = before is not None and before.grant_id == grant.id
    return ClientAuthorization(
        sid=ports.ids.token() if before is None else before.sid,
        grant_id=grant.id,
        persists_logout=OFFLINE_ACCESS in scopes or (keeps_grant and before is not None and before.persists_logout),
    )


def _granted(situation: Situation, grant: Grant) -> Scopes:
    """Return the scopes of the code: OpenID scopes first, then those of the resources, each once."""
    requested = situation.request.scopes
    scopes = dict.fromkeys(grant.allowed([scope for scope in requested if scope in OIDC_SCOPES]))
    for indicator, available in situation.available.items():
        scopes |= dict.fromkeys(grant.allowed_at(indicator, available))
    return list(scopes)
