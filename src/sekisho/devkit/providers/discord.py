"""Discord: an e-mail address is told whether it is verified or not, and a flag says which."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from sekisho.devkit.providers.accounts import Account
from sekisho.devkit.providers.dialect import COMMON_FAULTS, Client, Granted, Json, Refusal, secret_of
from sekisho.devkit.providers.faults import Fault, Problem


class Discord:
    key: ClassVar[str] = "discord"
    name: ClassVar[str] = "Discord"
    origins: ClassVar[Sequence[str]] = ("https://discord.com",)
    authorization_path: ClassVar[str] = "/oauth2/authorize"
    token_path: ClassVar[str] = "/api/v10/oauth2/token"  # noqa: S105 — a path
    profile_path: ClassVar[str] = "/api/v10/users/@me"
    needed: ClassVar[Sequence[str]] = ("scope",)
    faults: ClassVar[Sequence[Fault]] = COMMON_FAULTS
    denial: ClassVar[Mapping[str, str]] = {
        "error": "access_denied",
        "error_description": "The resource owner or authorization server denied the request",
    }

    def knows(self, client: Client) -> bool:
        return client.secret == secret_of(self.key)

    def refusal(self, problem: Problem) -> Refusal:
        match problem:
            case Problem.WRONG_CLIENT:
                return Refusal(status=401, body={"error": "invalid_client"})
            case Problem.WRONG_GRANT_TYPE:
                return Refusal(status=400, body={"error": "unsupported_grant_type"})
            case Problem.WRONG_CODE | Problem.WRONG_VERIFIER:
                return _wrong("code")
            case Problem.WRONG_REDIRECT_URI:
                return _wrong("redirect_uri")
            case Problem.WRONG_TOKEN:
                return Refusal(status=401, body={"message": "401: Unauthorized", "code": 0})
            case Problem.MISSING_SCOPE:
                return Refusal(status=403, body={"message": "Missing Access", "code": 50_001})
            case Problem.BROKEN:
                return Refusal(status=500, body={"message": "500: Internal Server Error", "code": 0})

    def tokens(self, granted: Granted) -> Json:
        return {
            "token_type": "Bearer",
            "access_token": granted.access_token,
            "expires_in": 604_800,
            "refresh_token": granted.refresh_token,
            "scope": " ".join(granted.scopes),
        }

    def profile(self, account: Account, *, scopes: Sequence[str], query: Mapping[str, str]) -> Json | Problem:  # noqa: ARG002 — the provider asks for none
        if "identify" not in scopes:
            return Problem.MISSING_SCOPE
        about: dict[str, object] = {
            "id": str(account.number * 10_000_000_000),
            "username": account.key,
            "discriminator": "0",
            "global_name": account.name,
            "avatar": None if account.picture_url is None else "8342729096ea3675442027381ff50dfe",
            "locale": "ja",
            "mfa_enabled": False,
            "flags": 0,
        }
        if "email" in scopes:
            about |= {"email": account.email, "verified": account.is_email_verified}
        return about


def _wrong(parameter: str) -> Refusal:
    body = {"error": "invalid_grant", "error_description": f'Invalid "{parameter}" in request.'}
    return Refusal(status=400, body=body)
