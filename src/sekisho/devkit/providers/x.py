"""X: OAuth 2.0 with PKCE; confidential clients prove themselves by HTTP Basic."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from sekisho.devkit.providers.accounts import Account
from sekisho.devkit.providers.dialect import COMMON_FAULTS, Client, Granted, Json, Refusal, present, secret_of
from sekisho.devkit.providers.faults import Fault, Problem


class X:
    key: ClassVar[str] = "x"
    name: ClassVar[str] = "X"
    origins: ClassVar[Sequence[str]] = ("https://twitter.com", "https://api.twitter.com")
    authorization_path: ClassVar[str] = "/i/oauth2/authorize"
    token_path: ClassVar[str] = "/2/oauth2/token"  # noqa: S105 — a path
    profile_path: ClassVar[str] = "/2/users/me"
    needed: ClassVar[Sequence[str]] = ("scope", "state", "code_challenge", "code_challenge_method")
    faults: ClassVar[Sequence[Fault]] = COMMON_FAULTS
    denial: ClassVar[Mapping[str, str]] = {"error": "access_denied"}

    def knows(self, client: Client) -> bool:
        return client.is_basic and client.secret == secret_of(self.key)

    def refusal(self, problem: Problem) -> Refusal:
        match problem:
            case Problem.WRONG_CLIENT:
                return _of_token(401, "unauthorized_client", "Missing valid authorization header")
            case Problem.WRONG_GRANT_TYPE:
                return _of_token(400, "unsupported_grant_type", "Value passed for the grant type was invalid.")
            case Problem.WRONG_CODE:
                return _of_token(400, "invalid_request", "Value passed for the authorization code was invalid.")
            case Problem.WRONG_REDIRECT_URI:
                return _of_token(400, "invalid_request", "Value passed for the redirect uri did not match.")
            case Problem.WRONG_VERIFIER:
                text = "Value passed for the code verifier did not match the code challenge."
                return _of_token(400, "invalid_request", text)
            case Problem.WRONG_TOKEN:
                return _of_api(401, "Unauthorized")
            case Problem.MISSING_SCOPE:
                return _of_api(403, "Forbidden")
            case Problem.BROKEN:
                return _of_api(500, "Internal Server Error")

    def tokens(self, granted: Granted) -> Json:
        # The type is written in lower case; no refresh token without `offline.access`.
        return present(
            {
                "token_type": "bearer",
                "expires_in": 7200,
                "access_token": granted.access_token,
                "scope": " ".join(sorted(granted.scopes, reverse=True)),
                "refresh_token": granted.refresh_token if "offline.access" in granted.scopes else None,
            }
        )

    def profile(self, account: Account, *, scopes: Sequence[str], query: Mapping[str, str]) -> Json | Problem:
        if not {"tweet.read", "users.read"} <= set(scopes):
            return Problem.MISSING_SCOPE
        asks_for_email = "confirmed_email" in query.get("user.fields", "").split(",")
        tells_email = asks_for_email and "users.email" in scopes and account.is_email_verified
        data = {
            "id": str(account.number * 10_000),
            "name": account.name or "",
            "username": account.key,
            "confirmed_email": account.email if tells_email else None,
        }
        return {"data": present(data)}


def _of_token(status: int, error: str, description: str) -> Refusal:
    return Refusal(status=status, body={"error": error, "error_description": description})


def _of_api(status: int, title: str) -> Refusal:
    body = {"title": title, "type": "about:blank", "status": status, "detail": title}
    return Refusal(status=status, body=body)
