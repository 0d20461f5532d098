"""The device authorization endpoint (RFC 8628 §3.1, §3.2): a device gets a code for itself and one for its user."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from sekisho.oidc.authorize.pipeline import run_checks
from sekisho.oidc.authorize.request import DEVICE_KNOWN, AuthorizationRequest, Endpoint, gather
from sekisho.oidc.clients import AUTHENTICATION_PARAMETERS, authenticate
from sekisho.oidc.device.user_code import shown
from sekisho.oidc.errors import InvalidRequest, ServerError
from sekisho.oidc.models import DEVICE_CODE_LIFETIME, DeviceCode, GrantType
from sekisho.oidc.params import read_params
from sekisho.oidc.ports import Ports

_MOST_COLLISIONS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAuthorizationRequest:
    form: Sequence[tuple[str, str]]
    authorization: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingDevice:
    """What the device is told: its own code, and the one it shows."""

    device_code: str
    user_code: str
    verification_uri: str

    def members(self) -> Mapping[str, Any]:
        """Return the JSON members. Without `interval` a device asks every five seconds (RFC 8628 §3.2)."""
        return {
            "device_code": self.device_code,
            "user_code": self.user_code,
            "verification_uri": self.verification_uri,
            "verification_uri_complete": f"{self.verification_uri}?{urlencode({'user_code': self.user_code})}",
            "expires_in": int(DEVICE_CODE_LIFETIME.total_seconds()),
        }


async def start(ports: Ports, request: DeviceAuthorizationRequest) -> WaitingDevice:
    """Check what the device asks for, and keep it until its user answers."""
    sent = read_params(request.form, known=DEVICE_KNOWN | AUTHENTICATION_PARAMETERS)
    client = await authenticate(ports, sent, authorization=request.authorization, origin=request.origin)
    if not client.may_use(GrantType.DEVICE_CODE):
        raise InvalidRequest(f"{GrantType.DEVICE_CODE} is not allowed for this client")
    params = sent.only(DEVICE_KNOWN)
    params = replace(params, values={**params.values, "client_id": client.id})
    checked = AuthorizationRequest(params=params, facts=await gather(ports, params), endpoint=Endpoint.DEVICE)
    run_checks(checked)
    now = ports.clock.now()
    code = DeviceCode(
        id=ports.ids.standard(),
        client_id=client.id,
        params=checked.stored(),
        created_at=now,
        expires_at=now + DEVICE_CODE_LIFETIME,
    )
    device_code = ports.ids.token()
    user_code = await _add(ports, code, device_code)
    return WaitingDevice(
        device_code=device_code, user_code=shown(user_code), verification_uri=f"{ports.base_url}/device"
    )


async def _add(ports: Ports, code: DeviceCode, device_code: str) -> str:
    """Keep the code, and return the one for its user: short, so another device may show the same one."""
    for _ in range(_MOST_COLLISIONS):
        user_code = ports.ids.user_code()
        if await ports.device_codes.add(code, device_code=device_code, user_code=user_code):
            return user_code
    raise ServerError(detail="no free user code")
