"""The answer of the token endpoint (RFC 6749 §5.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sekisho.oidc.tokens.access_token import IssuedToken

#: RFC 6750 §4, RFC 9449 §5: how a token is presented.
_BEARER, _BOUND = "Bearer", "DPoP"


def token_type(*, is_bound: bool) -> str:
    return _BOUND if is_bound else _BEARER


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
        members["token_type"] = token_type(is_bound=self.access_token.is_bound)
        return members
