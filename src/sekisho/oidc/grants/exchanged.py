"""What a token exchange starts from: on whose behalf, and who acts (RFC 8693 §2.1, oidc.md §12.4).

Everything presented is found and judged here, and used up nowhere. Every objection looks the same from outside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, assert_never

from sekisho.kernel.ids import UserId
from sekisho.oidc.errors import InvalidGrant, OAuthError
from sekisho.oidc.models import SUBJECT_TOKEN_PREFIX, AccessToken, Client
from sekisho.oidc.params import Params
from sekisho.oidc.ports import Ports
from sekisho.oidc.scopes import OPENID
from sekisho.oidc.token_status import is_alive
from sekisho.oidc.tokens.access_token import verify_access_token
from sekisho.oidc.tokens.jwt import UnverifiableToken, looks_like_jwt


class SubjectTokenType(StrEnum):
    """What may be exchanged."""

    IMPERSONATION = "urn:logto:token-type:impersonation_token"
    ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 — the name of a type
    PERSONAL_ACCESS_TOKEN = "urn:logto:token-type:personal_access_token"  # noqa: S105 — the name of a type


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangedSubject:
    """On whose behalf the new token is."""

    account_id: UserId
    #: A subject token that has to be used up, with what was told when it was made.
    single_use: str | None = None
    context: Mapping[str, Any] | None = None


async def find_subject(ports: Ports, client: Client, params: Params) -> ExchangedSubject:
    """Return whom the subject token stands for."""
    value, named = params.require("subject_token"), params.require("subject_token_type")
    try:
        type_ = SubjectTokenType(named)
    except ValueError:
        # The wire's answer, where RFC 8693 §2.2.2 has invalid_request.
        raise InvalidGrant("subject_token_type unknown") from None
    match type_:
        case SubjectTokenType.IMPERSONATION:
            return await _impersonated(ports, value)
        case SubjectTokenType.ACCESS_TOKEN:
            if value.startswith(SUBJECT_TOKEN_PREFIX):
                # What impersonation was called before it had a type of its own.
                return await _impersonated(ports, value)
            return await _of_access_token(ports, client, value)
        case SubjectTokenType.PERSONAL_ACCESS_TOKEN:
            holder = await ports.personal_access_tokens.holder_of(value)
            if holder is None:
                raise InvalidGrant("personal access token unknown or expired")
            return ExchangedSubject(account_id=holder)
        case _:
            assert_never(type_)


async def find_actor(ports: Ports, client: Client, params: Params) -> UserId | None:
    """Return who acts for the subject; None when he acts himself."""
    value = params.get("actor_token")
    if value is None:
        return None
    # RFC 8693 §2.1: the type is required beside the token.
    if params.get("actor_token_type") != SubjectTokenType.ACCESS_TOKEN:
        raise InvalidGrant("actor_token_type missing or unknown")
    token = await _opaque(ports, client, value)
    # Only a token that stands for a person, not for leave to do something, says who acts.
    if OPENID not in token.authorization.scopes:
        raise InvalidGrant("actor token without openid")
    actor = await ports.accounts.find(token.authorization.grant.account_id)
    if actor is None or actor.is_suspended:
        raise InvalidGrant("actor is gone or suspended")
    return actor.id


async def _impersonated(ports: Ports, value: str) -> ExchangedSubject:
    token = await ports.subject_tokens.find(value)
    if token is None:
        raise InvalidGrant("subject token unknown")
    if token.expires_at <= ports.clock.now():
        raise InvalidGrant("subject token expired")
    if token.is_consumed:
        raise InvalidGrant("subject token already used")
    return ExchangedSubject(account_id=token.account_id, single_use=value, context=token.context)


async def _of_access_token(ports: Ports, client: Client, value: str) -> ExchangedSubject:
    if not looks_like_jwt(value):
        grant = (await _opaque(ports, client, value)).authorization.grant
        await _check_issued_to(ports, grant.client_id)
        return ExchangedSubject(account_id=grant.account_id)
    try:
        claims = verify_access_token(
            value, keys=await ports.keys.published(), issuer=ports.issuer, now=ports.clock.now()
        )
    except UnverifiableToken as error:
        raise InvalidGrant(f"access token: {error}") from error
    if claims["sub"] == claims["client_id"]:
        raise InvalidGrant("an application's own token stands for nobody")
    confirmation = claims.get("cnf")
    _check_binding(client, confirmation.get("jkt") if isinstance(confirmation, dict) else None)
    await _check_issued_to(ports, claims["client_id"])
    return ExchangedSubject(account_id=UserId(claims["sub"]))


async def _opaque(ports: Ports, client: Client, value: str) -> AccessToken:
    token = await ports.access_tokens.find(value)
    if token is None:
        raise InvalidGrant("access token unknown")
    if not await is_alive(ports, token.authorization, expires_at=token.expires_at):
        raise InvalidGrant("access token, grant or session expired")
    _check_binding(client, token.authorization.proof_key)
    return token


def _check_binding(client: Client, key: object) -> None:
    # Attack: a stolen token, useless without the key it is bound to, exchanged for one that is bound to nothing.
    if key is not None and key != client.proof_key:
        raise InvalidGrant("access token is bound to a key that the request does not prove")


async def _check_issued_to(ports: Ports, client_id: str) -> None:
    """Refuse a token that was not issued to an application of the tenant's own."""
    try:
        issued_to = await ports.clients.find(client_id)
    except OAuthError as error:
        raise InvalidGrant("the client of the access token is unusable") from error
    # Attack: a third party has what people gave it exchanged for what they never would have given.
    if issued_to is None or issued_to.is_third_party:
        raise InvalidGrant("access token of a client that is gone or a third party")
