"""X: OAuth 2.0 with PKCE (connectors.md §3.1)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from sekisho.connectors.kit.answers import Answer
from sekisho.connectors.kit.config import Config
from sekisho.connectors.kit.forms import credentials_and_scope
from sekisho.connectors.kit.manifest import ConnectorType, Manifest, Platform, svg_file, text_file
from sekisho.connectors.kit.oauth import accepted, basic, build_url, code_challenge, read_callback, remembered
from sekisho.connectors.kit.social import AuthorizationRequest, ConnectorSession, SocialResult, SocialUser
from sekisho.connectors.kit.tools import Tools

AUTHORIZATION_ENDPOINT = "https://twitter.com/i/oauth2/authorize"
TOKEN_ENDPOINT = "https://api.twitter.com/2/oauth2/token"  # noqa: S105 — an address
USER_INFO_ENDPOINT = "https://api.twitter.com/2/users/me"
DEFAULT_SCOPE = "tweet.read users.read"
PATIENCE = timedelta(seconds=5)


class XConfig(Config):
    client_id: str
    client_secret: str
    scope: str | None = None


class Tokens(Answer):
    access_token: str
    token_type: str
    expires_in: float
    scope: str


class Account(Answer):
    id: str
    name: str | None = None
    confirmed_email: str | None = None


class Me(Answer):
    data: Account


class X:
    manifest: ClassVar[Manifest] = Manifest(
        id="x-universal",
        type=ConnectorType.SOCIAL,
        target="x",
        platform=Platform.UNIVERSAL,
        name={"en": "X", "zh-CN": "X", "tr-TR": "X", "ko": "X"},
        description={
            "en": "Sign in with an X account.",
            "zh-CN": "使用 X 账号登录。",
            "tr-TR": "X hesabıyla oturum açın.",
            "ko": "X 계정으로 로그인합니다.",
            "ja": "X アカウントでサインインします。",
        },
        logo=svg_file(__file__, "x.svg"),
        logo_dark=svg_file(__file__, "x.dark.svg"),
        readme=text_file(__file__, "x.md"),
        form_items=credentials_and_scope(default_scope=DEFAULT_SCOPE, with_placeholders=False),
    )
    config: ClassVar[type[Config]] = XConfig

    async def authorization_uri(
        self, request: AuthorizationRequest, *, config: XConfig, session: ConnectorSession, tools: Tools
    ) -> str:
        verifier = tools.ids.token()
        await session.set({"codeVerifier": verifier})
        return build_url(
            AUTHORIZATION_ENDPOINT,
            {
                "response_type": "code",
                "client_id": config.client_id,
                "redirect_uri": request.redirect_uri,
                "scope": request.scope or _scope(config),
                "state": request.state,
                "code_challenge": code_challenge(verifier),
                "code_challenge_method": "S256",
            },
        )

    async def user(
        self, callback: Mapping[str, Any], *, config: XConfig, session: ConnectorSession, tools: Tools
    ) -> SocialResult:
        code, redirect_uri = read_callback(callback, "code", "redirectUri")
        verifier = remembered(await session.get(), "codeVerifier")
        answer = await tools.http.request(
            "POST",
            TOKEN_ENDPOINT,
            headers={"authorization": basic(config.client_id, config.client_secret), "accept": "application/json"},
            form={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "client_id": config.client_id,
                "code_verifier": verifier,
            },
            patience=PATIENCE,
        )
        tokens = Tokens.of(accepted(answer).json(), otherwise=None)
        return SocialResult(user=await self._user(tokens, config=config, tools=tools))

    async def _user(self, tokens: Tokens, *, config: XConfig, tools: Tools) -> SocialUser:
        # What was configured decides, not what was asked for: X would refuse a field that the token does not cover.
        asks_for_email = "users.email" in _scope(config).split(" ")
        answer = await tools.http.request(
            "GET",
            f"{USER_INFO_ENDPOINT}?user.fields=confirmed_email" if asks_for_email else USER_INFO_ENDPOINT,
            headers={"authorization": f"{tokens.token_type} {tokens.access_token}", "accept": "application/json"},
            patience=PATIENCE,
        )
        document = accepted(answer).json()
        account = Me.of(document).data
        return SocialUser(
            id=account.id, name=account.name or None, email=account.confirmed_email or None, raw_data=document
        )


def _scope(config: XConfig) -> str:
    return DEFAULT_SCOPE if config.scope is None else config.scope
