"""The first tokens of an authorization, whether a code or a device brings it to the token endpoint (oidc.md §12.1)."""

from dataclasses import dataclass, replace

from sekisho.oidc.grants.answer import TokenAnswer
from sekisho.oidc.grants.resource import resource_of
from sekisho.oidc.models import (
    ApplicationKind,
    Authorization,
    Client,
    GrantType,
    RefreshToken,
    ResourceServer,
)
from sekisho.oidc.params import Params
from sekisho.oidc.ports import Ports
from sekisho.oidc.scopes import OFFLINE_ACCESS, OPENID
from sekisho.oidc.tokens.access_token import DraftedToken, Subject, draft_for_resource, draft_opaque
from sekisho.oidc.tokens.id_token import issue_id_token


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstTokens:
    """Tokens that only wait for the code to be used up."""

    client: Client
    authorization: Authorization
    access_token: DraftedToken
    grant_type: GrantType

    async def issue(self, ports: Ports) -> TokenAnswer:
        """Issue them. Call it in the transaction that used up what they are given for."""
        client, authorization = self.client, self.authorization
        access_token = await self.access_token.issue(ports)
        id_token = None
        if OPENID in authorization.scopes:
            scopes = authorization.grant.allowed(authorization.scopes)
            id_token = await issue_id_token(ports, client=client, authorization=authorization, scopes=scopes)
        return TokenAnswer(access_token=access_token, id_token=id_token, refresh_token=await self._refresh_token(ports))

    async def _refresh_token(self, ports: Ports) -> str | None:
        client, scopes = self.client, self.authorization.scopes
        always = client.always_issues_refresh_token and client.kind is ApplicationKind.WEB
        if not client.may_use(GrantType.REFRESH_TOKEN) or not (always or OFFLINE_ACCESS in scopes):
            return None
        now = ports.clock.now()
        value = ports.ids.token()
        # RFC 9449 §5: a public client's is bound to the key; who authenticates needs no second proof.
        key = self.authorization.proof_key if client.is_public else None
        token = RefreshToken(
            authorization=replace(self.authorization, proof_key=key),
            created_at=now,
            expires_at=now + client.refresh_token_lifetime,
            grant_history=self.grant_type,
            chain_started_at=now,
        )
        await ports.refresh_tokens.add(value, token)
        return value


async def draft_first_tokens(
    ports: Ports, client: Client, params: Params, *, authorization: Authorization, grant_type: GrantType
) -> FirstTokens:
    """Draft what an authorization is worth to its client. Call it before anything is written."""
    authorization = replace(authorization, proof_key=client.proof_key)
    resource = await resource_of(ports, params, authorization, scopes=authorization.scopes)
    access_token = await _drafted(ports, client, authorization, resource, grant_history=grant_type)
    return FirstTokens(client=client, authorization=authorization, access_token=access_token, grant_type=grant_type)


async def _drafted(
    ports: Ports, client: Client, authorization: Authorization, resource: ResourceServer | None, *, grant_history: str
) -> DraftedToken:
    grant = authorization.grant
    if resource is None:
        scopes = grant.allowed(authorization.scopes)
        return await draft_opaque(ports, authorization, scopes=scopes, grant_history=grant_history)
    scopes = client.may_have_at(resource.indicator, grant.allowed_at(resource.indicator, authorization.scopes))
    subject = Subject(
        id=grant.account_id,
        client_id=grant.client_id,
        scope=" ".join(scopes),
        authorization=authorization,
        grant_history=grant_history,
    )
    return await draft_for_resource(ports, subject, resource)
