"""Token exchange (RFC 8693, oidc.md §12.4): an access token for somebody, bought with a token that stands for him.

What the new token may do comes from what the person holds today and what the request asks for; the presented token's
own scope and audience play no part.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sekisho.kernel.errors import InvalidRelation
from sekisho.kernel.ids import UserId
from sekisho.oidc.client_access import check_access
from sekisho.oidc.errors import InvalidGrant
from sekisho.oidc.grants.answer import TokenAnswer
from sekisho.oidc.grants.exchanged import ExchangedSubject, find_actor, find_subject
from sekisho.oidc.grants.handler import GrantHandler
from sekisho.oidc.grants.resource import single_resource
from sekisho.oidc.models import ACCESS_TOKEN_LIFETIME, Authorization, Client, Grant, GrantType, ResourceServer, Scopes
from sekisho.oidc.organizations import check_person, organization_claims, organization_server
from sekisho.oidc.params import Params, words
from sekisho.oidc.ports import Ports
from sekisho.oidc.resource_scopes import within_reach
from sekisho.oidc.scopes import OIDC_SCOPES
from sekisho.oidc.tokens.access_token import DraftedToken, Subject, draft_for_resource, draft_opaque


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exchange:
    """What is given for what. Without a `resource` the new token is for userinfo."""

    subject: ExchangedSubject
    actor_id: UserId | None
    organization_id: str | None
    resource: ResourceServer | None
    scopes: Scopes

    def claims(self) -> Mapping[str, Any]:
        """Return the claims that only this grant adds."""
        # RFC 8693 §4.1
        claims: dict[str, Any] = {} if self.actor_id is None else {"act": {"sub": self.actor_id}}
        if self.resource is not None:
            claims |= organization_claims(self.resource.indicator, self.organization_id)
        return claims


async def handle(ports: Ports, client: Client, params: Params) -> TokenAnswer:
    """Exchange one token for an access token; no refresh or ID token comes with it."""
    exchange = await _exchange(ports, client, params)
    authorization = _authorization(ports, client, exchange)
    drafted = await _drafted(ports, exchange, authorization)
    try:
        # The grant first: like the removal of a person it holds his row before those of his tokens, hence no deadlock.
        await ports.grants.add(authorization.grant)
        await _use_up(ports, exchange.subject)
        access_token = await drafted.issue(ports)
        await ports.settle()
    except InvalidRelation as error:
        raise InvalidGrant("account removed meanwhile") from error
    return TokenAnswer(access_token=access_token)


HANDLER = GrantHandler(
    parameters=frozenset(
        {
            *("subject_token", "subject_token_type", "actor_token", "actor_token_type"),
            *("organization_id", "scope", "resource"),
        }
    ),
    handle=handle,
)


async def _exchange(ports: Ports, client: Client, params: Params) -> _Exchange:
    """Read the request; the order of the checks is the wire's."""
    subject = await find_subject(ports, client, params)
    account_id = subject.account_id
    account = await ports.accounts.find(account_id)
    if account is None or account.is_suspended:
        raise InvalidGrant("account is gone or suspended")
    await check_access(ports, account_id=account_id, client_id=client.id)
    actor_id = await find_actor(ports, client, params)
    organization_id = params.get("organization_id")
    if organization_id is not None:
        await check_person(ports, client, account_id=account_id, organization_id=organization_id)
    resource = await _resource(ports, params, organization_id)
    scopes = words(params.get("scope"))
    if resource is None:
        scopes = client.may_have([scope for scope in scopes if scope in OIDC_SCOPES])
    else:
        indicator = resource.indicator
        scopes = await within_reach(
            ports, client, scopes, account_id=account_id, indicator=indicator, organization_id=organization_id
        )
    return _Exchange(
        subject=subject, actor_id=actor_id, organization_id=organization_id, resource=resource, scopes=scopes
    )


async def _resource(ports: Ports, params: Params, organization_id: str | None) -> ResourceServer | None:
    # A default API is meant for clients that know of no resources; whoever exchanges tokens says what for.
    if resource := await single_resource(ports, params):
        return resource
    return None if organization_id is None else organization_server(organization_id)


def _authorization(ports: Ports, client: Client, exchange: _Exchange) -> Authorization:
    """Return what the new token rests on: a grant of its own, by which it can be seen and revoked."""
    now = ports.clock.now()
    lifetime = ACCESS_TOKEN_LIFETIME if exchange.resource is None else exchange.resource.access_token_lifetime
    at_resource = {} if exchange.resource is None else {exchange.resource.indicator: exchange.scopes}
    grant = Grant(
        id=ports.ids.standard(),
        account_id=exchange.subject.account_id,
        client_id=client.id,
        created_at=now,
        # Nothing can be refreshed under it, so it ends with its only token: a busy exchanger leaves no heap of grants.
        expires_at=now + lifetime,
        scopes=() if at_resource else exchange.scopes,
        resources=at_resource,
    )
    return Authorization(grant=grant, scopes=exchange.scopes, resources=list(at_resource), proof_key=client.proof_key)


async def _drafted(ports: Ports, exchange: _Exchange, authorization: Authorization) -> DraftedToken:
    if exchange.resource is None:
        return await draft_opaque(
            ports,
            authorization,
            scopes=exchange.scopes,
            grant_history=GrantType.TOKEN_EXCHANGE,
            subject_token_context=exchange.subject.context,
            extra=exchange.claims(),
        )
    subject = Subject(
        id=authorization.grant.account_id,
        client_id=authorization.grant.client_id,
        scope=" ".join(exchange.scopes),
        authorization=authorization,
        grant_history=GrantType.TOKEN_EXCHANGE,
        organization_id=exchange.organization_id,
        subject_token_context=exchange.subject.context,
        extra=exchange.claims(),
    )
    return await draft_for_resource(ports, subject, exchange.resource)


async def _use_up(ports: Ports, subject: ExchangedSubject) -> None:
    """Use a subject token up, in the transaction that writes what it buys: of many at once, one wins."""
    if subject.single_use is None:
        return
    if not await ports.subject_tokens.consume(subject.single_use, at=ports.clock.now()):
        raise InvalidGrant("subject token already used")
