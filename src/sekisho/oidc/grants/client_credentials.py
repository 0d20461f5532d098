"""The client credentials grant (RFC 6749 §4.4, oidc.md §12.3): an application asks for itself."""

from sekisho.oidc.errors import InvalidTarget
from sekisho.oidc.grants.answer import TokenAnswer
from sekisho.oidc.grants.handler import GrantHandler
from sekisho.oidc.grants.resource import single_resource
from sekisho.oidc.models import Client, ResourceServer
from sekisho.oidc.organizations import check_client, is_for_organization, organization_claims, organization_server
from sekisho.oidc.params import Params, words
from sekisho.oidc.ports import Ports
from sekisho.oidc.resource_scopes import held_by_client
from sekisho.oidc.tokens.access_token import Subject, issue_for_resource


async def handle(ports: Ports, client: Client, params: Params) -> TokenAnswer:
    """Issue an access token for one API, one organization, or an API within an organization; nothing is kept."""
    organization_id = params.get("organization_id")
    if organization_id is not None:
        await check_client(ports, client, organization_id=organization_id)
    resource = await _resource(ports, params, organization_id)
    scopes = await held_by_client(
        ports, client, words(params.get("scope")), indicator=resource.indicator, organization_id=organization_id
    )
    # Without any scope, a token for an API lacks the claim; one for an organization has an empty one.
    is_needed = bool(scopes) or is_for_organization(resource.indicator, organization_id)
    subject = Subject(
        id=client.id,
        client_id=client.id,
        scope=" ".join(scopes) if is_needed else None,
        extra=organization_claims(resource.indicator, organization_id),
        own_key=client.proof_key,
    )
    return TokenAnswer(access_token=await issue_for_resource(ports, subject, resource))


HANDLER = GrantHandler(parameters=frozenset({"scope", "organization_id", "resource"}), handle=handle)


async def _resource(ports: Ports, params: Params, organization_id: str | None) -> ResourceServer:
    if resource := await single_resource(ports, params):
        return resource
    if organization_id is not None:
        return organization_server(organization_id)
    if default := await ports.resources.default():
        return default
    raise InvalidTarget("both `resource` and `organization_id` are not provided")
