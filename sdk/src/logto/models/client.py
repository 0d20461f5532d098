"""The client's settings and the two JSON values it keeps in the storage, in the format of logto 0.2.1."""

from typing import Literal

from pydantic import BaseModel

from logto.models.oidc import Scope

InteractionMode = Literal["signIn", "signUp"]


class LogtoConfig(BaseModel):
    """How to reach the server, and what to ask it for.

    `endpoint` is the server's base URL without `/oidc`; `appSecret` stays None for a public client; `resources` are
    the indicators of the APIs to call; `scopes` are added to `openid offline_access profile`.
    """

    endpoint: str
    appId: str
    appSecret: str | None = None
    prompt: Literal["consent", "login"] = "consent"
    resources: list[str] = []
    scopes: list[str | Scope] = []


class AccessToken(BaseModel):
    """An access token in the storage; `expiresAt` is in seconds since 1970, with the safety margin taken off."""

    token: str
    expiresAt: int


class AccessTokenMap(BaseModel):
    """The storage value `accessTokenMap`: tokens by resource indicator, "" for the userinfo endpoint."""

    x: dict[str, AccessToken]


class SignInSession(BaseModel):
    """The storage value `signInSession`: the newest sign-in on its way, and the older ones in `others`.

    A value written by logto 0.2.1 has the first three fields only, and 0.2.1 reads the newest sign-in of ours.
    """

    redirectUri: str
    codeVerifier: str
    state: str
    nonce: str | None = None
    startedAt: int | None = None
    others: list["SignInSession"] = []
