"""The device code grant (RFC 8628 §3.4, §3.5, oidc.md §17.3): a device asks whether its user has answered."""

from sekisho.kernel.errors import Outdated
from sekisho.oidc.errors import AuthorizationPending, ExpiredToken, InteractionEnded, InvalidGrant
from sekisho.oidc.grants.answer import TokenAnswer
from sekisho.oidc.grants.first_tokens import FirstTokens, draft_first_tokens
from sekisho.oidc.grants.handler import GrantHandler
from sekisho.oidc.models import Authorization, Client, DeviceCode, GrantType, is_expired
from sekisho.oidc.params import Params
from sekisho.oidc.ports import Ports
from sekisho.oidc.token_status import is_alive


async def handle(ports: Ports, client: Client, params: Params) -> TokenAnswer:
    """Exchange a device code, once, for the tokens its user allowed."""
    code = await _answered(ports, client, params.require("device_code"))
    authorization = await _redeemable(ports, code)
    drafted = await draft_first_tokens(
        ports, client, params, authorization=authorization, grant_type=GrantType.DEVICE_CODE
    )
    return await _exchange(ports, code, drafted)


HANDLER = GrantHandler(parameters=frozenset({"device_code", "resource"}), handle=handle)


async def _answered(ports: Ports, client: Client, value: str) -> DeviceCode:
    """Return the code if it is this client's and its user has answered."""
    code = await ports.device_codes.find(value)
    if code is None:
        raise InvalidGrant("device code unknown")
    # RFC 8628 §3.4: bound to the client it was issued to.
    if code.client_id != client.id:
        raise InvalidGrant("device code of another client")
    if is_expired(code.expires_at, now=ports.clock.now()):
        raise ExpiredToken
    if code.error is not None:
        raise InteractionEnded(error=code.error, description=code.error_description)
    return code


async def _redeemable(ports: Ports, code: DeviceCode) -> Authorization:
    authorization = code.authorization
    if authorization is None:
        raise AuthorizationPending
    if not await is_alive(ports, authorization, expires_at=code.expires_at):
        raise InvalidGrant("grant or session expired")
    if code.is_consumed:
        raise _replayed(ports, authorization)
    account = await ports.accounts.find(authorization.grant.account_id)
    if account is None or account.is_suspended:
        raise InvalidGrant("account is gone or suspended")
    return authorization


async def _exchange(ports: Ports, code: DeviceCode, drafted: FirstTokens) -> TokenAnswer:
    """Use the code up, in the transaction that writes what it buys: of many at once, one wins."""
    try:
        await ports.grants.hold(drafted.authorization.grant.id)
        await ports.device_codes.consume(code.id, at=ports.clock.now())
        answer = await drafted.issue(ports)
        await ports.settle()
    except Outdated as error:
        # Or the grant was revoked meanwhile, and there is nothing left to revoke.
        raise _replayed(ports, drafted.authorization) from error
    return answer


def _replayed(ports: Ports, authorization: Authorization) -> InvalidGrant:
    # RFC 9700 §4.5, for codes of devices too: one seen twice was stolen, and nobody knows by whom: all of it ends.
    ports.grants.revoke_despite_refusal(authorization.grant.id)
    return InvalidGrant("device code already consumed")
