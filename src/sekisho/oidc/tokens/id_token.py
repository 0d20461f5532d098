"""ID tokens (OpenID Connect Core §2, oidc.md §13.2), and the check of one that comes back as a hint."""

from collections.abc import Mapping, Sequence
from typing import Any

from sekisho.kernel.clock import epoch_seconds
from sekisho.oidc.models import Authorization, Client, Scopes
from sekisho.oidc.ports import Ports, SigningKey
from sekisho.oidc.scopes import id_token_claims
from sekisho.oidc.tokens import jwt


async def issue_id_token(ports: Ports, *, client: Client, authorization: Authorization, scopes: Scopes) -> str:
    """Sign what the application may know of its user, for the scopes in effect."""
    account_id = authorization.grant.account_id
    names = id_token_claims(scopes, enabled=await ports.claims.extended_id_token_claims())
    issued_at = epoch_seconds(ports.clock.now())
    claims: dict[str, Any] = {
        "sub": account_id,
        **(await ports.claims.of_account(account_id, names=names) if names else {}),
    }
    if authorization.nonce is not None:
        claims["nonce"] = authorization.nonce
    if authorization.auth_time is not None:
        claims["auth_time"] = epoch_seconds(authorization.auth_time)
    if authorization.acr is not None:
        claims["acr"] = authorization.acr
    if client.backchannel_logout_uri and client.backchannel_logout_session_required and authorization.sid:
        claims["sid"] = authorization.sid
    claims |= {
        "aud": client.id,
        "exp": issued_at + int(client.id_token_lifetime.total_seconds()),
        "iat": issued_at,
        "iss": ports.issuer,
    }
    return jwt.sign(claims, key=await ports.keys.current())


def verify_hint(
    token: str, *, keys: Sequence[SigningKey], issuer: str, audience: str | None = None
) -> Mapping[str, Any]:
    """Return the claims of an ID token of ours, expired or not. Raises `UnverifiableToken`."""
    claims = jwt.verify(token, keys=keys)
    if claims.get("iss") != issuer or not isinstance(claims.get("sub"), str):
        raise jwt.UnverifiableToken("not issued by us")
    # Attack: access tokens and logout tokens are signed with the same key; of ours only an ID token has no type.
    if jwt.type_of(token) is not None or (audience is not None and claims.get("aud") != audience):
        raise jwt.UnverifiableToken("not an ID token of this client")
    return claims
