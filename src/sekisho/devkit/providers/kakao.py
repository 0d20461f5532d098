"""Kakao: ids are numbers, the secret may be left out, and what is known of a person comes with consent flags."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from sekisho.devkit.providers.accounts import Account
from sekisho.devkit.providers.dialect import COMMON_FAULTS, Client, Granted, Json, Refusal, secret_of
from sekisho.devkit.providers.faults import Fault, Problem

_NO_PICTURE = "https://img1.kakaocdn.example/thumb/default_profile.jpeg"


class Kakao:
    key: ClassVar[str] = "kakao"
    name: ClassVar[str] = "Kakao"
    origins: ClassVar[Sequence[str]] = ("https://kauth.kakao.com", "https://kapi.kakao.com")
    authorization_path: ClassVar[str] = "/oauth/authorize"
    token_path: ClassVar[str] = "/oauth/token"  # noqa: S105 — a path
    profile_path: ClassVar[str] = "/v2/user/me"
    needed: ClassVar[Sequence[str]] = ()
    faults: ClassVar[Sequence[Fault]] = COMMON_FAULTS
    denial: ClassVar[Mapping[str, str]] = {"error": "access_denied", "error_description": "User denied access"}

    def knows(self, client: Client) -> bool:
        return client.secret in {None, secret_of(self.key)}

    def refusal(self, problem: Problem) -> Refusal:
        match problem:
            case Problem.WRONG_CLIENT:
                return _of_token(401, "invalid_client", "Bad client credentials", "KOE010")
            case Problem.WRONG_GRANT_TYPE:
                return _of_token(400, "unsupported_grant_type", "Unsupported grant type", "KOE201")
            case Problem.WRONG_CODE | Problem.WRONG_VERIFIER:
                return _of_token(400, "invalid_grant", "authorization code not found", "KOE320")
            case Problem.WRONG_REDIRECT_URI:
                return _of_token(400, "invalid_grant", "Redirect URI mismatch.", "KOE303")
            case Problem.WRONG_TOKEN:
                return Refusal(status=401, body={"msg": "this access token does not exist", "code": -401})
            case Problem.MISSING_SCOPE:
                return Refusal(status=403, body={"msg": "insufficient scopes.", "code": -402})
            case Problem.BROKEN:
                return Refusal(status=500, body={"msg": "InternalServerError", "code": -1})

    def tokens(self, granted: Granted) -> Json:
        return {
            "access_token": granted.access_token,
            "token_type": "bearer",
            "refresh_token": granted.refresh_token,
            "expires_in": 21_599,
            "scope": "account_email profile_image profile_nickname",
            "refresh_token_expires_in": 5_183_999,
        }

    def profile(self, account: Account, *, scopes: Sequence[str], query: Mapping[str, str]) -> Json | Problem:  # noqa: ARG002 — the provider asks for none
        about: dict[str, object] = {"email_needs_agreement": False, "has_email": account.email is not None}
        if account.email is not None:
            about["is_email_valid"] = True
            about["is_email_verified"] = account.is_email_verified
            about["email"] = account.email
        if account.name is not None:
            picture = account.picture_url or _NO_PICTURE
            about["profile_nickname_needs_agreement"] = False
            about["profile"] = {
                "nickname": account.name,
                "thumbnail_image_url": picture,
                "profile_image_url": picture,
                "is_default_image": account.picture_url is None,
            }
        return {"id": account.number, "connected_at": "2026-01-01T00:00:00Z", "kakao_account": about}


def _of_token(status: int, error: str, description: str, code: str) -> Refusal:
    return Refusal(status=status, body={"error": error, "error_description": description, "error_code": code})
