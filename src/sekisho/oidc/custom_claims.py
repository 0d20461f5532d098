"""Claims of a tenant's own in access tokens: what whoever adds them is told of the token, and what he may never say.

How they are found is not the protocol's business (`ports.CustomClaims`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sekisho.oidc.models import Authorization

#: What the protocol alone says of an access token (oidc.md §13.1; RFC 7662 §2.2; RFC 7800 §3).
CORE_CLAIMS = frozenset(
    {
        *("jti", "sub", "iat", "exp", "nbf", "scope", "client_id", "iss", "aud", "authorization_details"),
        *("active", "token_type", "username"),
        "cnf",
    }
)


class TokenKind(StrEnum):
    """Whose token it is: a person's, or an application's own."""

    ACCESS_TOKEN = "AccessToken"  # noqa: S105 — the name of a kind
    CLIENT_CREDENTIALS = "ClientCredentials"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenDraft:
    """An access token before it is made. Without an `authorization` an application asks for itself."""

    jti: str
    client_id: str
    audience: str | None
    scope: str | None
    authorization: Authorization | None
    grant_history: str = ""
    #: The organization the request asked for.
    organization_id: str | None = None
    #: What the tenant told us when it made the subject token that was exchanged for this one (oidc.md §12.4).
    subject_token_context: Mapping[str, Any] | None = None
    #: Claims that the protocol adds: `act`, `organization_id`, `cnf`.
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> TokenKind:
        return TokenKind.CLIENT_CREDENTIALS if self.authorization is None else TokenKind.ACCESS_TOKEN

    def members(self) -> Mapping[str, Any]:
        """Return the token as a script sees it; what is not known is left out (oidc.md §26.1)."""
        members: dict[str, Any] = {
            "jti": self.jti,
            "kind": str(self.kind),
            "clientId": self.client_id,
            "aud": self.audience,
            "scope": self.scope,
        }
        if self.authorization is not None:
            members |= {
                "accountId": self.authorization.grant.account_id,
                "grantId": self.authorization.grant.id,
                "gty": self.grant_history,
                "sessionUid": self.authorization.session_uid,
                "sid": self.authorization.sid,
                "expiresWithSession": self.authorization.expires_with_session or None,
                # The organization is told of in the script's context, not here (organizations.md §12.8).
                "extra": {name: value for name, value in self.extra.items() if name != "organization_id"} or None,
            }
        return {name: value for name, value in members.items() if value is not None}


def harmless(claims: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the claims without those that only the protocol may set."""
    # Attack: a token for another API, for another person or without its binding, made out of a claim of one's own. A
    # name is refused even where the protocol leaves the claim out: no `scope` must not become any scope.
    return {name: value for name, value in claims.items() if name not in CORE_CLAIMS}
