"""LinkedIn: OpenID Connect, of which only the user-info endpoint is asked (connectors.md §3.4)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from sekisho.connectors.kit.answers import Answer
from sekisho.connectors.kit.config import Config
from sekisho.connectors.kit.forms import credentials_and_scope
from sekisho.connectors.kit.manifest import ConnectorType, Manifest, Platform, svg_file, text_file
from sekisho.connectors.kit.oauth import accepted, build_url, read_callback, remembered
from sekisho.connectors.kit.social import AuthorizationRequest, ConnectorSession, SocialResult, SocialUser
from sekisho.connectors.kit.tools import Tools

AUTHORIZATION_ENDPOINT = "https://www.linkedin.com/oauth/v2/authorization"
TOKEN_ENDPOINT = "https://www.linkedin.com/oauth/v2/accessToken"  # noqa: S105 — an address
USER_INFO_ENDPOINT = "https://api.linkedin.com/v2/userinfo"
DEFAULT_SCOPE = "openid profile email"
PATIENCE = timedelta(seconds=5)


class LinkedInConfig(Config):
    client_id: str
    client_secret: str
    scope: str | None = None


class Tokens(Answer):
    access_token: str


class UserInfo(Answer):
    """`email_verified` comes as a boolean or as a text."""

    sub: str
    name: str | None = None
    email: str | None = None
    email_verified: bool | str | None = None
    picture: str | None = None

    @property
    def proven_email(self) -> str | None:
        """The address, unless LinkedIn says that it was never confirmed.

        Attack: whoever enters somebody else's address at LinkedIn would come in as them.
        """
        return None if str(self.email_verified).lower() == "false" else self.email or None


class LinkedIn:
    manifest: ClassVar[Manifest] = Manifest(
        id="linkedin-universal",
        type=ConnectorType.SOCIAL,
        target="linkedin",
        platform=Platform.UNIVERSAL,
        name={"en": "LinkedIn", "zh-CN": "LinkedIn", "tr-TR": "LinkedIn", "ko": "LinkedIn"},
        description={
            "en": "Sign in with a LinkedIn account.",
            "zh-CN": "使用 LinkedIn 账号登录。",
            "tr-TR": "LinkedIn hesabıyla oturum açın.",
            "ko": "LinkedIn 계정으로 로그인합니다.",
            "ja": "LinkedIn アカウントでサインインします。",
        },
        logo=svg_file(__file__, "linkedin.svg"),
        readme=text_file(__file__, "linkedin.md"),
        form_items=credentials_and_scope(default_scope=DEFAULT_SCOPE, with_placeholders=False),
    )
    config: ClassVar[type[Config]] = LinkedInConfig

    async def authorization_uri(
        self,
        request: AuthorizationRequest,
        *,
        config: LinkedInConfig,
        session: ConnectorSession,
        tools: Tools,  # noqa: ARG002 — nobody to ask
    ) -> str:
        await session.set({"redirectUri": request.redirect_uri})
        configured = DEFAULT_SCOPE if config.scope is None else config.scope
        return build_url(
            AUTHORIZATION_ENDPOINT,
            {
                "response_type": "code",
                "client_id": config.client_id,
                "redirect_uri": request.redirect_uri,
                "scope": request.scope or configured,
                "state": request.state,
            },
        )

    async def user(
        self, callback: Mapping[str, Any], *, config: LinkedInConfig, session: ConnectorSession, tools: Tools
    ) -> SocialResult:
        (code,) = read_callback(callback, "code")
        answer = await tools.http.request(
            "POST",
            TOKEN_ENDPOINT,
            headers={"accept": "application/json"},
            form={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": remembered(await session.get(), "redirectUri"),
                "client_id": config.client_id,
                "client_secret": config.client_secret,
            },
            patience=PATIENCE,
        )
        tokens = Tokens.of(accepted(answer).json(), otherwise=None)
        return SocialResult(user=await self._user(tokens, tools=tools))

    async def _user(self, tokens: Tokens, *, tools: Tools) -> SocialUser:
        headers = {"authorization": f"Bearer {tokens.access_token}", "accept": "application/json"}
        answer = await tools.http.request("GET", USER_INFO_ENDPOINT, headers=headers, patience=PATIENCE)
        document = accepted(answer).json()
        info = UserInfo.of(document)
        return SocialUser(
            id=info.sub,
            name=info.name or None,
            email=info.proven_email,
            avatar=info.picture or None,
            raw_data=document,
        )
