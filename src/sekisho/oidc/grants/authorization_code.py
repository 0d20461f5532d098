"""The authorization code grant (RFC 6749 §4.1.3, oidc.md §12.1)."""

from sekisho.kernel.errors import Outdated
from sekisho.oidc.errors import InvalidGrant
from sekisho.oidc.grants.answer import TokenAnswer
from sekisho.oidc.grants.first_tokens import FirstTokens, draft_first_tokens
from sekisho.oidc.grants.handler import GrantHandler
from sekisho.oidc.models import AuthorizationCode, Client, GrantType
from sekisho.oidc.params import Params
from sekisho.oidc.pkce import check_form, verifies
from sekisho.oidc.ports import Ports
from sekisho.oidc.redirect_uris import match_redirect_uri
from sekisho.oidc.token_status import is_alive


async def handle(ports: Ports, client: Client, params: Params) -> TokenAnswer:
    """Exchange a code, once, for the tokens it stands for."""
    value = params.require("code")
    verifier = params.get("code_verifier")
    if verifier is not None:
        check_form(verifier, name="code_verifier")
    code = await _redeemable(ports, client, value, params.get("redirect_uri"), verifier)
    authorization = code.authorization
    account = await ports.accounts.find(authorization.grant.account_id)
    if account is None or account.is_suspended:
        raise InvalidGrant("account is gone or suspended")
    drafted = await draft_first_tokens(
        ports, client, params, authorization=authorization, grant_type=GrantType.AUTHORIZATION_CODE
    )
    return await _exchange(ports, value, drafted)


HANDLER = GrantHandler(
    parameters=frozenset({"code", "code_verifier", "redirect_uri", "resource"}),
    handle=handle,
)


async def _redeemable(
    ports: Ports, client: Client, value: str, redirect_uri: str | None, verifier: str | None
) -> AuthorizationCode:
    """Return the code if this client may redeem it now; every objection looks the same from outside."""
    code = await ports.codes.find(value)
    if code is None:
        raise InvalidGrant("code unknown")
    grant = code.authorization.grant
    # Attack: a code injected into another client (RFC 9700 §4.5).
    if grant.client_id != client.id:
        raise InvalidGrant("code of another client")
    if not await is_alive(ports, code.authorization, expires_at=code.expires_at):
        raise InvalidGrant("code, grant or session expired")
    # RFC 7636 §4.6; a verifier without a challenge is an attempt to downgrade (RFC 9700 §4.8.2).
    if (verifier is None) != (code.code_challenge is None):
        raise InvalidGrant("code_verifier missing or unexpected")
    if verifier is not None and not verifies(verifier, challenge=code.code_challenge or ""):
        raise InvalidGrant("code_verifier does not match")
    # RFC 9449 §10. Attack: a stolen code, redeemed by somebody with a key of his own.
    if code.authorization.proof_key not in {None, client.proof_key}:
        raise InvalidGrant("code is bound to a key that the request does not prove")
    if not _is_same_redirect_uri(client, code, redirect_uri):
        raise InvalidGrant("redirect_uri does not match")
    if code.is_consumed:
        raise _replayed(ports, grant.id)
    return code


def _is_same_redirect_uri(client: Client, code: AuthorizationCode, redirect_uri: str | None) -> bool:
    # RFC 6749 §4.1.3: identical to the one the code was sent to; left out only when there is no choice.
    if redirect_uri is None:
        return len(client.redirect_uris) == 1
    return match_redirect_uri(redirect_uri, [code.redirect_uri]) == code.redirect_uri


async def _exchange(ports: Ports, value: str, drafted: FirstTokens) -> TokenAnswer:
    """Use the code up, in the transaction that writes what it buys: of many at once, one wins."""
    grant_id = drafted.authorization.grant.id
    try:
        await ports.grants.hold(grant_id)
        await ports.codes.consume(value, at=ports.clock.now())
        answer = await drafted.issue(ports)
        await ports.settle()
    except Outdated as error:
        # Or the grant was revoked meanwhile, and there is nothing left to revoke.
        raise _replayed(ports, grant_id) from error
    return answer


def _replayed(ports: Ports, grant_id: str) -> InvalidGrant:
    # RFC 6749 §4.1.2, RFC 9700 §4.5: a code seen twice was stolen, and nobody knows by whom: all of it ends.
    ports.grants.revoke_despite_refusal(grant_id)
    return InvalidGrant("code already consumed")
