"""Which API a token request means: one it names, the only one it may mean, or none (RFC 8707 §2.2, oidc.md §20.2)."""

from sekisho.oidc.errors import InvalidTarget
from sekisho.oidc.models import Authorization, ResourceServer, Scopes
from sekisho.oidc.params import Params
from sekisho.oidc.ports import Ports
from sekisho.oidc.scopes import OPENID


async def resource_of(
    ports: Ports, params: Params, authorization: Authorization, *, scopes: Scopes
) -> ResourceServer | None:
    """Return the API the access token is for; None means userinfo, hence an opaque token."""
    indicator = await _indicator(ports, params, authorization, scopes)
    if indicator is None:
        return None
    # Attack: a token for an API the person never agreed to.
    if indicator not in authorization.resources:
        raise InvalidTarget
    resource = await ports.resources.find(indicator)
    if resource is None:
        raise InvalidTarget
    return resource


async def _indicator(ports: Ports, params: Params, authorization: Authorization, scopes: Scopes) -> str | None:
    named = list(dict.fromkeys(params.resources))
    if len(named) == 1:
        return named[0]
    if not named:
        if OPENID in scopes or not authorization.resources:
            return None
        if len(authorization.resources) == 1:
            return authorization.resources[0]
    default = await ports.resources.default()
    return None if default is None else default.indicator


async def single_resource(ports: Ports, params: Params) -> ResourceServer | None:
    """Return the one API that a request without an earlier authorization names; None when it names none."""
    indicators = list(dict.fromkeys(params.resources))
    found = [await ports.resources.find(indicator) for indicator in indicators]
    known = [resource for resource in found if resource is not None]
    if len(known) < len(found):
        raise InvalidTarget
    if len(known) > 1:
        raise InvalidTarget("only a single resource indicator value is supported for this grant type")
    return known[0] if known else None
