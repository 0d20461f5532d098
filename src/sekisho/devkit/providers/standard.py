"""Providers without a name, for the connectors that are told every address: plain OAuth 2.0, and OpenID Connect."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from sekisho.devkit.providers.accounts import Account
from sekisho.devkit.providers.dialect import (
    COMMON_FAULTS,
    Client,
    Granted,
    Json,
    Refusal,
    client_id_of,
    present,
    secret_of,
)
from sekisho.devkit.providers.faults import Fault, Problem
from sekisho.devkit.providers.id_tokens import sign

OIDC_ISSUER = "https://oidc.example"

_DENIAL = {"error": "access_denied", "error_description": "The person did not consent."}
_OF_PROFILES = (Fault.REVOKED_TOKEN, Fault.PROFILE_ERROR)


class OAuth2:
    """Its profile has a number as id and a name one level down."""

    key: ClassVar[str] = "oauth2"
    name: ClassVar[str] = "OAuth 2.0"
    origins: ClassVar[Sequence[str]] = ()
    authorization_path: ClassVar[str] = "/authorize"
    token_path: ClassVar[str] = "/token"  # noqa: S105 — a path
    profile_path: ClassVar[str] = "/user"
    needed: ClassVar[Sequence[str]] = ()
    faults: ClassVar[Sequence[Fault]] = COMMON_FAULTS
    denial: ClassVar[Mapping[str, str]] = _DENIAL

    def knows(self, client: Client) -> bool:
        return _knows(self.key, client)

    def refusal(self, problem: Problem) -> Refusal:
        return _refusal(problem)

    def tokens(self, granted: Granted) -> Json:
        return _tokens(granted)

    def profile(self, account: Account, *, scopes: Sequence[str], query: Mapping[str, str]) -> Json | Problem:  # noqa: ARG002 — there is nothing to ask for
        return {
            "id": account.number,
            "person": present({"name": account.name, "phone": account.phone}),
            "email": account.email if account.is_email_verified else None,
            "avatar": account.picture_url,
        }


class Oidc:
    """The ID token says everything that the endpoint for profiles says."""

    key: ClassVar[str] = "oidc"
    name: ClassVar[str] = "OpenID Connect"
    origins: ClassVar[Sequence[str]] = ()
    authorization_path: ClassVar[str] = "/authorize"
    token_path: ClassVar[str] = "/token"  # noqa: S105 — a path
    profile_path: ClassVar[str] = "/userinfo"
    needed: ClassVar[Sequence[str]] = ("scope",)
    faults: ClassVar[Sequence[Fault]] = (
        *(fault for fault in COMMON_FAULTS if fault not in _OF_PROFILES),
        Fault.FORGED_ID_TOKEN,
        Fault.OTHER_NONCE,
    )
    denial: ClassVar[Mapping[str, str]] = _DENIAL

    def knows(self, client: Client) -> bool:
        return _knows(self.key, client)

    def refusal(self, problem: Problem) -> Refusal:
        return _refusal(problem)

    def tokens(self, granted: Granted) -> Json:
        nonce = "another" if granted.fault is Fault.OTHER_NONCE else granted.nonce
        claims = {**_claims(granted.account), **present({"nonce": nonce})}
        if granted.fault is Fault.NO_ID:
            del claims["sub"]
        signed = sign(
            claims,
            issuer=OIDC_ISSUER,
            audience=client_id_of(self.key),
            now=granted.now,
            is_forged=granted.fault is Fault.FORGED_ID_TOKEN,
        )
        return {**_tokens(granted), "id_token": signed}

    def profile(self, account: Account, *, scopes: Sequence[str], query: Mapping[str, str]) -> Json | Problem:  # noqa: ARG002 — there is nothing to ask for
        return _claims(account) if "openid" in scopes else Problem.MISSING_SCOPE


def _claims(account: Account) -> dict[str, object]:
    """The connector reads `phone`, not the `phone_number` of OpenID Connect Core §5.1."""
    return present(
        {
            "sub": str(account.number),
            "name": account.name,
            "picture": account.picture_url,
            "email": account.email,
            "email_verified": None if account.email is None else account.is_email_verified,
            "phone": account.phone,
            "phone_verified": None if account.phone is None else True,
        }
    )


def _knows(key: str, client: Client) -> bool:
    """RFC 6749 §2.3.1: by Basic or in the body; OpenID Connect Core §9: or by a token made with the secret."""
    if client.assertion is None:
        return client.secret == secret_of(key)
    from joserfc import jwt  # noqa: PLC0415 — loaded with the first assertion
    from joserfc.errors import JoseError  # noqa: PLC0415 — as above
    from joserfc.jwk import OctKey  # noqa: PLC0415 — as above

    try:
        said = jwt.decode(
            client.assertion, OctKey.import_key(secret_of(key)), algorithms=["HS256", "HS384", "HS512"]
        ).claims
    except (JoseError, ValueError):
        return False
    return said.get("iss") == said.get("sub") == client_id_of(key)


def _tokens(granted: Granted) -> Json:
    return present(
        {
            "access_token": granted.access_token,
            "token_type": "Bearer",
            "expires_in": 3600,
            "refresh_token": granted.refresh_token,
            "scope": " ".join(granted.scopes) or None,
        }
    )


def _refusal(problem: Problem) -> Refusal:
    match problem:
        case Problem.WRONG_CLIENT:
            return Refusal(status=401, body={"error": "invalid_client"})
        case Problem.WRONG_GRANT_TYPE:
            return Refusal(status=400, body={"error": "unsupported_grant_type"})
        case Problem.WRONG_CODE | Problem.WRONG_REDIRECT_URI | Problem.WRONG_VERIFIER:
            return Refusal(status=400, body={"error": "invalid_grant"})
        case Problem.WRONG_TOKEN:
            return Refusal(status=401, body={"error": "invalid_token"})
        case Problem.MISSING_SCOPE:
            return Refusal(status=403, body={"error": "insufficient_scope"})
        case Problem.BROKEN:
            return Refusal(status=500, body={"error": "server_error"})
