"""The refresh token grant (RFC 6749 §6), with rotation and reuse detection (RFC 9700 §4.14.2, oidc.md §12.2)."""

from dataclasses import replace
from datetime import datetime, timedelta

from sekisho.kernel.errors import Outdated
from sekisho.oidc.client_access import check_access
from sekisho.oidc.errors import InsufficientScope, InvalidGrant, InvalidScope
from sekisho.oidc.grants.answer import TokenAnswer
from sekisho.oidc.grants.handler import GrantHandler
from sekisho.oidc.grants.resource import resource_of
from sekisho.oidc.models import (
    ORGANIZATIONS_RESOURCE,
    REUSE_GRACE,
    ApplicationKind,
    Client,
    GrantType,
    RefreshToken,
    ResourceServer,
    Scopes,
)
from sekisho.oidc.organizations import check_person, is_for_organization, organization_claims, organization_server
from sekisho.oidc.params import Params, words
from sekisho.oidc.ports import Ports
from sekisho.oidc.resource_scopes import within_reach
from sekisho.oidc.scopes import OPENID, ORGANIZATIONS
from sekisho.oidc.token_status import is_alive
from sekisho.oidc.tokens.access_token import DraftedToken, Subject, draft_for_resource, draft_opaque
from sekisho.oidc.tokens.id_token import issue_id_token

_LONGEST_CHAIN = timedelta(days=365.25)
#: A confidential client's token is renewed when this much of its life has passed.
_RENEWAL_SHARE = 0.7


async def handle(ports: Ports, client: Client, params: Params) -> TokenAnswer:
    """Exchange a refresh token for fresh tokens, and where the rules say so for its successor."""
    value = params.require("refresh_token")
    token = await _usable(ports, client, value)
    # A scope that a third party may not ask for any more ends with the next token, not with the last.
    scopes = client.may_have(_effective_scopes(token, params))
    account = await ports.accounts.find(token.authorization.grant.account_id)
    if account is None or account.is_suspended:
        raise InvalidGrant("account is gone or suspended")
    _refuse_reuse(ports, token)
    await check_access(ports, account_id=account.id, client_id=client.id)
    organization_id = params.get("organization_id")
    if organization_id is not None:
        await _check_organization(ports, client, token, organization_id)
    resource = await _resource(ports, params, token, scopes=scopes)
    # RFC 9449 §5: the access token is bound to the key of this request, whatever the refresh token is bound to.
    bound = replace(token, authorization=replace(token.authorization, proof_key=client.proof_key))
    drafted = await _drafted(ports, client, bound, scopes, resource, organization_id=organization_id)
    id_token = None
    if OPENID in scopes:
        allowed = token.authorization.grant.allowed(scopes)
        id_token = await issue_id_token(ports, client=client, authorization=token.authorization, scopes=allowed)
    is_rotated = rotates(client, token, now=ports.clock.now())
    try:
        if is_rotated:
            successor = await _rotated(ports, client, token, value)
        else:
            successor = await _kept(ports, token, value, writes=resource is None)
        access_token = await drafted.issue(ports)
        await ports.settle()
    except Outdated as error:
        raise (_reused(ports, token) if is_rotated else InvalidGrant("revoked meanwhile")) from error
    return TokenAnswer(access_token=access_token, id_token=id_token, refresh_token=successor)


HANDLER = GrantHandler(
    parameters=frozenset({"refresh_token", "scope", "organization_id", "resource"}),
    handle=handle,
)


def rotates(client: Client, token: RefreshToken, *, now: datetime) -> bool:
    """Tell whether the token is replaced at this use."""
    if not client.rotates_refresh_tokens or now - token.chain_started_at >= _LONGEST_CHAIN:
        return False
    if client.is_public:
        # RFC 9700 §2.2.2: what a public client holds can be stolen unnoticed, unless it changes at every use.
        return True
    lifetime = token.expires_at - token.created_at
    return now - token.created_at >= lifetime * _RENEWAL_SHARE


def successor_expiry(client: Client, token: RefreshToken, *, now: datetime) -> datetime:
    """Return when the next token of the chain expires."""
    if client.is_public and client.kind is ApplicationKind.WEB:
        # RFC 9700, OAuth for browser-based apps §6.3.2.5: a browser's chain ends when its first token would have.
        return token.expires_at
    return now + client.refresh_token_lifetime


async def _usable(ports: Ports, client: Client, value: str) -> RefreshToken:
    token = await ports.refresh_tokens.find(value)
    if token is None:
        raise InvalidGrant("refresh token unknown")
    # RFC 6749 §6: bound to the client it was issued to.
    if token.authorization.grant.client_id != client.id:
        raise InvalidGrant("refresh token of another client")
    # RFC 9449 §5. Attack: what a public client holds is stolen, and the key is not.
    if token.authorization.proof_key not in {None, client.proof_key}:
        raise InvalidGrant("refresh token is bound to a key that the request does not prove")
    if not await is_alive(ports, token.authorization, expires_at=token.expires_at):
        raise InvalidGrant("refresh token, grant or session expired")
    return token


def _effective_scopes(token: RefreshToken, params: Params) -> Scopes:
    held = token.authorization.scopes
    if params.get("scope") is None:
        return held
    requested = words(params.get("scope"))
    # RFC 6749 §6: never more than was granted.
    if missing := [scope for scope in requested if scope not in held]:
        raise InvalidScope("refresh token missing requested scope(s)", scope=" ".join(missing))
    return requested


def _refuse_reuse(ports: Ports, token: RefreshToken) -> None:
    if token.consumed_at is not None and ports.clock.now() > token.consumed_at + REUSE_GRACE:
        raise _reused(ports, token)


def _reused(ports: Ports, token: RefreshToken) -> InvalidGrant:
    # RFC 9700 §4.14.2: two parties hold the chain and one of them stole it, so the whole grant ends.
    ports.grants.revoke_despite_refusal(token.authorization.grant.id)
    return InvalidGrant("refresh token used again")


async def _rotated(ports: Ports, client: Client, token: RefreshToken, value: str) -> str:
    """Consume the token and write its successor in one transaction."""
    now = ports.clock.now()
    await ports.grants.hold(token.authorization.grant.id)
    # Within the grace a rotated token still counts, so that parallel requests of one client all succeed.
    await ports.refresh_tokens.consume(value, at=now, unless_consumed_before=now - REUSE_GRACE)
    successor = ports.ids.token()
    fresh = replace(
        token,
        created_at=now,
        expires_at=successor_expiry(client, token, now=now),
        grant_history=_history(token),
        rotations=token.rotations + 1,
        consumed_at=None,
    )
    await ports.refresh_tokens.add(successor, fresh)
    return successor


async def _kept(ports: Ports, token: RefreshToken, value: str, *, writes: bool) -> str:
    """Go on with the same token; when something will be written under it, make sure that it still stands."""
    if writes:
        await ports.grants.hold(token.authorization.grant.id)
        await ports.refresh_tokens.hold(value)
    return value


async def _check_organization(ports: Ports, client: Client, token: RefreshToken, organization_id: str) -> None:
    """Refuse unless the token may be used in the organization; the order is the wire's (oidc.md §21)."""
    grant = token.authorization.grant
    await check_person(ports, client, account_id=grant.account_id, organization_id=organization_id)
    if ORGANIZATIONS not in client.may_have(grant.allowed(token.authorization.scopes)):
        raise InsufficientScope("refresh token missing required scope", scope=ORGANIZATIONS)


async def _resource(ports: Ports, params: Params, token: RefreshToken, *, scopes: Scopes) -> ResourceServer | None:
    organization_id = params.get("organization_id")
    if organization_id is not None and not params.resources:
        return organization_server(organization_id)
    return await resource_of(ports, params, token.authorization, scopes=scopes)


async def _drafted(
    ports: Ports,
    client: Client,
    token: RefreshToken,
    scopes: Scopes,
    resource: ResourceServer | None,
    *,
    organization_id: str | None,
) -> DraftedToken:
    grant, history = token.authorization.grant, _history(token)
    if resource is None:
        return await draft_opaque(ports, token.authorization, scopes=grant.allowed(scopes), grant_history=history)
    indicator = resource.indicator
    # What the person's roles give today counts, not what they gave when the chain began.
    allowed = await within_reach(
        ports,
        client,
        _granted(client, token, scopes, indicator=indicator, organization_id=organization_id),
        account_id=grant.account_id,
        indicator=indicator,
        organization_id=organization_id,
    )
    subject = Subject(
        id=grant.account_id,
        client_id=grant.client_id,
        scope=" ".join(allowed),
        authorization=token.authorization,
        grant_history=history,
        organization_id=organization_id,
        extra=organization_claims(indicator, organization_id),
    )
    return await draft_for_resource(ports, subject, resource)


def _granted(
    client: Client, token: RefreshToken, scopes: Scopes, *, indicator: str, organization_id: str | None
) -> Scopes:
    """Return those of the scopes that the person agreed to."""
    grant = token.authorization.grant
    if not is_for_organization(indicator, organization_id):
        return grant.allowed_at(indicator, scopes)
    # For its own applications the organization's roles decide alone; a third party was given what was consented to.
    return grant.allowed_at(ORGANIZATIONS_RESOURCE, scopes) if client.is_third_party else scopes


def _history(token: RefreshToken) -> str:
    """Return through which grants a token came, the last one being this."""
    past = token.grant_history.split()
    return " ".join([*past, *([] if GrantType.REFRESH_TOKEN in past else [GrantType.REFRESH_TOKEN])])
