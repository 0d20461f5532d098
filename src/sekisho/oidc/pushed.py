"""Pushed authorization requests (RFC 9126): the client sends its request ahead, and the browser carries a reference.

What is pushed passes every check at once, so that the client learns of a mistake before its user sees anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sekisho.oidc.authorize.pipeline import run_checks
from sekisho.oidc.authorize.request import KNOWN, PUSHED_REQUEST_URN, AuthorizationRequest, Endpoint, gather
from sekisho.oidc.clients import AUTHENTICATION_PARAMETERS, authenticate
from sekisho.oidc.dpop import Shown, pushed_key
from sekisho.oidc.errors import InvalidRedirectUri, InvalidRequest
from sekisho.oidc.models import PUSHED_REQUEST_LIFETIME, PushedRequest, is_expired
from sekisho.oidc.params import Params, read_params
from sekisho.oidc.ports import Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRequest:
    form: Sequence[tuple[str, str]]
    authorization: str | None = None
    origin: str | None = None
    #: The `DPoP` headers.
    proofs: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    request_uri: str
    lifetime: timedelta

    def members(self) -> Mapping[str, Any]:
        return {"expires_in": int(self.lifetime.total_seconds()), "request_uri": self.request_uri}


async def push(ports: Ports, request: PushRequest) -> Pushed:
    """Check a request as the authorization endpoint would, and keep it for a minute."""
    sent = read_params(request.form, known=KNOWN | AUTHENTICATION_PARAMETERS)
    client = await authenticate(ports, sent, authorization=request.authorization, origin=request.origin)
    params = sent.only(KNOWN)
    # The client may have named itself in a header alone; from here on it is known by who it proved to be.
    named = {**params.values, "client_id": client.id}
    shown = Shown(proofs=request.proofs, method="POST", url=ports.url("/request"))
    if key := await pushed_key(ports, client, shown, named=params.get("dpop_jkt")):
        named["dpop_jkt"] = key
    params = replace(params, values=named)
    checked = AuthorizationRequest(params=params, facts=await gather(ports, params), endpoint=Endpoint.PUSHED)
    try:
        run_checks(checked)
    except InvalidRedirectUri as error:
        # RFC 9126 §2.3: one of the codes that RFC 6749 has for this.
        raise InvalidRequest(error.description) from error
    now, value = ports.clock.now(), ports.ids.token()
    pushed = PushedRequest(
        id=ports.ids.standard(),
        client_id=client.id,
        params=checked.stored(),
        created_at=now,
        expires_at=now + PUSHED_REQUEST_LIFETIME,
    )
    await ports.pushed_requests.add(pushed, value=value)
    return Pushed(request_uri=PUSHED_REQUEST_URN + value, lifetime=PUSHED_REQUEST_LIFETIME)


async def find_pushed(ports: Ports, params: Params) -> PushedRequest | None:
    """Return the request that an authorization request refers to; None when it refers to none that is good."""
    request_uri = params.get("request_uri")
    if request_uri is None or params.repeated or not request_uri.startswith(PUSHED_REQUEST_URN):
        return None
    pushed = await ports.pushed_requests.find(request_uri.removeprefix(PUSHED_REQUEST_URN))
    if pushed is None or pushed.is_consumed or is_expired(pushed.expires_at, now=ports.clock.now()):
        return None
    # RFC 9126 §2.2: bound to the client that pushed it.
    return pushed if pushed.client_id == params.get("client_id") else None
