"""LinkedIn: OpenID Connect with its own ideas: `email_verified` is a text, scopes of an answer are parted by commas."""

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


class LinkedIn:
    key: ClassVar[str] = "linkedin"
    name: ClassVar[str] = "LinkedIn"
    origins: ClassVar[Sequence[str]] = ("https://www.linkedin.com", "https://api.linkedin.com")
    authorization_path: ClassVar[str] = "/oauth/v2/authorization"
    token_path: ClassVar[str] = "/oauth/v2/accessToken"  # noqa: S105 — a path
    profile_path: ClassVar[str] = "/v2/userinfo"
    needed: ClassVar[Sequence[str]] = ("scope",)
    faults: ClassVar[Sequence[Fault]] = COMMON_FAULTS
    denial: ClassVar[Mapping[str, str]] = {
        "error": "user_cancelled_authorize",
        "error_description": "The user cancelled the authorization",
    }

    def knows(self, client: Client) -> bool:
        return client.secret == secret_of(self.key)

    def refusal(self, problem: Problem) -> Refusal:
        match problem:
            case Problem.WRONG_CLIENT:
                return _of_token(401, "invalid_client", "Client authentication failed")
            case Problem.WRONG_GRANT_TYPE:
                return _of_token(400, "unsupported_grant_type", "Unsupported grant type")
            case Problem.WRONG_CODE | Problem.WRONG_REDIRECT_URI | Problem.WRONG_VERIFIER:
                text = "redirect uri or code verifier does not match authorization code, or authorization code expired"
                return _of_token(400, "invalid_request", f"Unable to retrieve access token: {text}")
            case Problem.WRONG_TOKEN:
                return _of_api(401, "INVALID_ACCESS_TOKEN", "Invalid access token")
            case Problem.MISSING_SCOPE:
                return _of_api(403, "ACCESS_DENIED", "Not enough permissions to access: userinfo.GET.NO_VERSION")
            case Problem.BROKEN:
                return _of_api(500, "SERVER_ERROR", "Internal Server Error")

    def tokens(self, granted: Granted) -> Json:
        answer = {
            "access_token": granted.access_token,
            "expires_in": 5_183_999,
            "scope": ",".join(sorted(granted.scopes)),
            "token_type": "Bearer",
        }
        if "openid" in granted.scopes:
            answer["id_token"] = sign(
                _claims(granted.account, scopes=granted.scopes),
                issuer="https://www.linkedin.com/oauth",
                audience=client_id_of(self.key),
                now=granted.now,
            )
        return answer

    def profile(self, account: Account, *, scopes: Sequence[str], query: Mapping[str, str]) -> Json | Problem:  # noqa: ARG002 — there is nothing to ask for
        return _claims(account, scopes=scopes) if "openid" in scopes else Problem.MISSING_SCOPE


def _claims(account: Account, *, scopes: Sequence[str]) -> Json:
    claims: dict[str, object] = {"sub": f"{account.number:x}Q"}
    if "profile" in scopes:
        family, _, given = (account.name or "").partition(" ")
        claims |= {
            "name": account.name,
            "given_name": given or None,
            "family_name": family or None,
            "picture": account.picture_url,
            "locale": {"country": "JP", "language": "ja"},
        }
    if "email" in scopes and account.email is not None:
        claims |= {"email": account.email, "email_verified": "true" if account.is_email_verified else "false"}
    return present(claims)


def _of_token(status: int, error: str, description: str) -> Refusal:
    return Refusal(status=status, body={"error": error, "error_description": description})


def _of_api(status: int, code: str, message: str) -> Refusal:
    return Refusal(status=status, body={"status": status, "code": code, "message": message})
