"""Discord: OAuth 2.0; an e-mail address counts only if Discord has verified it (connectors.md §3.3)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from sekisho.connectors.kit.answers import Answer
from sekisho.connectors.kit.config import Config
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode
from sekisho.connectors.kit.forms import credentials_and_scope
from sekisho.connectors.kit.manifest import ConnectorType, Manifest, Platform, svg_file, text_file
from sekisho.connectors.kit.oauth import accepted, build_url, delivered, read_callback
from sekisho.connectors.kit.social import AuthorizationRequest, ConnectorSession, SocialResult, SocialUser
from sekisho.connectors.kit.tools import Tools

AUTHORIZATION_ENDPOINT = "https://discord.com/oauth2/authorize"
TOKEN_ENDPOINT = "https://discord.com/api/v10/oauth2/token"  # noqa: S105 — an address
USER_INFO_ENDPOINT = "https://discord.com/api/v10/users/@me"
AVATARS = "https://cdn.discordapp.com/avatars"
DEFAULT_SCOPE = "identify email"
PATIENCE = timedelta(seconds=5)


class DiscordConfig(Config):
    client_id: str
    client_secret: str
    scope: str | None = None


class Tokens(Answer):
    access_token: str
    token_type: str
    expires_in: float
    scope: str


class Me(Answer):
    id: str
    username: str | None = None
    avatar: str | None = None
    email: str | None = None
    verified: bool | None = None


class Discord:
    manifest: ClassVar[Manifest] = Manifest(
        id="discord-universal",
        type=ConnectorType.SOCIAL,
        target="discord",
        platform=Platform.UNIVERSAL,
        name={"en": "Discord"},
        description={
            "en": "Sign in with a Discord account.",
            "pt-PT": "Iniciar sessão com uma conta Discord.",
            "zh-CN": "使用 Discord 账号登录。",
            "tr-TR": "Discord hesabıyla oturum açın.",
            "ko": "Discord 계정으로 로그인합니다.",
            "ja": "Discord アカウントでサインインします。",
        },
        logo=svg_file(__file__, "discord.svg"),
        readme=text_file(__file__, "discord.md"),
        form_items=credentials_and_scope(default_scope=DEFAULT_SCOPE),
    )
    config: ClassVar[type[Config]] = DiscordConfig

    async def authorization_uri(
        self,
        request: AuthorizationRequest,
        *,
        config: DiscordConfig,
        session: ConnectorSession,  # noqa: ARG002 — nothing to remember
        tools: Tools,  # noqa: ARG002 — nobody to ask
    ) -> str:
        configured = DEFAULT_SCOPE if config.scope is None else config.scope
        return build_url(
            AUTHORIZATION_ENDPOINT,
            {
                "client_id": config.client_id,
                "redirect_uri": request.redirect_uri,
                "response_type": "code",
                "scope": request.scope or configured,
                "state": request.state,
            },
        )

    async def user(
        self,
        callback: Mapping[str, Any],
        *,
        config: DiscordConfig,
        session: ConnectorSession,  # noqa: ARG002 — nothing was remembered
        tools: Tools,
    ) -> SocialResult:
        code, redirect_uri = read_callback(callback, "code", "redirectUri")
        answer = await tools.http.request(
            "POST",
            TOKEN_ENDPOINT,
            form={
                "client_id": config.client_id,
                "client_secret": config.client_secret,
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
            },
            patience=PATIENCE,
        )
        tokens = Tokens.of(delivered(answer, by=TOKEN_ENDPOINT).json())
        if not tokens.access_token:
            raise ConnectorError(ErrorCode.AUTH_CODE_INVALID)
        return SocialResult(user=await self._user(tokens, tools=tools))

    async def _user(self, tokens: Tokens, *, tools: Tools) -> SocialUser:
        headers = {"authorization": f"Bearer {tokens.access_token}"}
        answer = await tools.http.request("GET", USER_INFO_ENDPOINT, headers=headers, patience=PATIENCE)
        document = accepted(answer).json()
        me = Me.of(document)
        return SocialUser(
            id=me.id,
            name=me.username or None,
            avatar=f"{AVATARS}/{me.id}/{me.avatar}" if me.avatar else None,
            # Attack: whoever enters somebody else's address at Discord would come in as them.
            email=me.email or None if me.verified else None,
            raw_data=document,
        )
