"""The answer of the token endpoint (RFC 6749 §5.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sekisho.oidc.tokens.access_token import IssuedToken

#: RFC 6750 §4: how the token is presented.
TOKEN_TYPE = "Bearer"  # noqa: S105 — a scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAnswer:
    access_token: IssuedToken
    id_token: str | None = None
    refresh_token: str | None = None

    def members(self) -> Mapping[str, Any]:
        """Return the JSON members; `scope` is there whenever the token has one, even an empty one."""
        members: dict[str, Any] = {
            "access_token": self.access_token.value,
            "expires_in": int(self.access_token.lifetime.total_seconds()),
        }
        if self.id_token is not None:
            members["id_token"] = self.id_token
        if self.refresh_token is not None:
            members["refresh_token"] = self.refresh_token
        if self.access_token.scope is not None:
            members["scope"] = self.access_token.scope
        members["token_type"] = TOKEN_TYPE
        return members
