"""The client credentials grant (RFC 6749 §4.4, oidc.md §12.3): an application asks for itself."""

from sekisho.oidc.errors import AccessDenied, InvalidTarget
from sekisho.oidc.grants.answer import TokenAnswer
from sekisho.oidc.grants.handler import GrantHandler
from sekisho.oidc.models import Client, ResourceServer
from sekisho.oidc.params import Params, words
from sekisho.oidc.ports import Ports
from sekisho.oidc.tokens.access_token import Subject, issue_for_resource


async def handle(ports: Ports, client: Client, params: Params) -> TokenAnswer:
    """Issue an access token for one API; nothing is kept."""
    if params.get("organization_id") is not None:
        raise AccessDenied("app has not associated with the organization", status=403)
    resource = await _resource(ports, params)
    requested = words(params.get("scope"))
    scopes = []
    if requested:
        held = await ports.resources.scopes_of_client(client_id=client.id, indicator=resource.indicator)
        scopes = [scope for scope in requested if scope in held]
    # A machine without any scope gets a token without the claim, not one with an empty claim.
    subject = Subject(id=client.id, client_id=client.id, scope=" ".join(scopes) if scopes else None)
    return TokenAnswer(access_token=await issue_for_resource(ports, subject, resource))


HANDLER = GrantHandler(parameters=frozenset({"scope", "organization_id", "resource"}), handle=handle)


async def _resource(ports: Ports, params: Params) -> ResourceServer:
    indicators = list(dict.fromkeys(params.resources))
    if not indicators:
        default = await ports.resources.default()
        if default is None:
            raise InvalidTarget("both `resource` and `organization_id` are not provided")
        return default
    found = [await ports.resources.find(indicator) for indicator in indicators]
    known = [resource for resource in found if resource is not None]
    if len(known) < len(found):
        raise InvalidTarget
    if len(known) > 1:
        raise InvalidTarget("only a single resource indicator value is supported for this grant type")
    return known[0]
