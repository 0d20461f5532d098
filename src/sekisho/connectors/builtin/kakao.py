"""Kakao: OAuth 2.0 without scopes; what an application may see is set at Kakao (connectors.md §3.2)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import unquote

from sekisho.connectors.kit.answers import Answer
from sekisho.connectors.kit.config import Config
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode, ProviderFailed
from sekisho.connectors.kit.forms import CLIENT_ID, CLIENT_SECRET
from sekisho.connectors.kit.manifest import ConnectorType, Manifest, Platform, svg_file, text_file
from sekisho.connectors.kit.oauth import accepted, build_url, delivered, read_callback
from sekisho.connectors.kit.social import AuthorizationRequest, ConnectorSession, SocialResult, SocialUser
from sekisho.connectors.kit.tools import Tools

AUTHORIZATION_ENDPOINT = "https://kauth.kakao.com/oauth/authorize"
TOKEN_ENDPOINT = "https://kauth.kakao.com/oauth/token"  # noqa: S105 — an address
USER_INFO_ENDPOINT = "https://kapi.kakao.com/v2/user/me"
PATIENCE = timedelta(seconds=5)


class KakaoConfig(Config):
    """`client_id` is Kakao's REST API key; the secret is needed only where it was turned on at Kakao."""

    client_id: str
    client_secret: str | None = None


class Tokens(Answer):
    access_token: str
    token_type: str
    scope: str | None = None


class Profile(Answer):
    nickname: str | None = None
    profile_image_url: str | None = None
    is_default_image: bool | None = None


class Account(Answer):
    is_email_valid: bool | None = None
    is_email_verified: bool | None = None
    email: str | None = None
    profile: Profile | None = None

    @property
    def proven_email(self) -> str | None:
        """The address, unless it is somebody else's by now, or Kakao says that it was never confirmed.

        Attack: whoever enters somebody else's address at Kakao would come in as them.
        """
        return self.email or None if self.is_email_valid and self.is_email_verified is not False else None


class Me(Answer):
    id: int
    kakao_account: Account | None = None


class Kakao:
    manifest: ClassVar[Manifest] = Manifest(
        id="kakao-universal",
        type=ConnectorType.SOCIAL,
        target="kakao",
        platform=Platform.UNIVERSAL,
        name={"en": "Kakao", "zh-CN": "Kakao", "tr-TR": "Kakao", "ko": "카카오"},
        description={
            "en": "Sign in with a Kakao account.",
            "zh-CN": "使用 Kakao 账号登录。",
            "tr-TR": "Kakao hesabıyla oturum açın.",
            "ko": "카카오 계정으로 로그인합니다.",
            "ja": "Kakao アカウントでサインインします。",
        },
        logo=svg_file(__file__, "kakao.svg"),
        readme=text_file(__file__, "kakao.md"),
        form_items=(CLIENT_ID, replace(CLIENT_SECRET, is_required=False)),
    )
    config: ClassVar[type[Config]] = KakaoConfig

    async def authorization_uri(
        self,
        request: AuthorizationRequest,
        *,
        config: KakaoConfig,
        session: ConnectorSession,  # noqa: ARG002 — nothing to remember
        tools: Tools,  # noqa: ARG002 — nobody to ask
    ) -> str:
        return build_url(
            AUTHORIZATION_ENDPOINT,
            {
                "client_id": config.client_id,
                "redirect_uri": request.redirect_uri,
                "response_type": "code",
                "state": request.state,
            },
        )

    async def user(
        self,
        callback: Mapping[str, Any],
        *,
        config: KakaoConfig,
        session: ConnectorSession,  # noqa: ARG002 — nothing was remembered
        tools: Tools,
    ) -> SocialResult:
        code, redirect_uri = read_callback(callback, "code", "redirectUri")
        secret = {} if config.client_secret is None else {"client_secret": config.client_secret}
        answer = await tools.http.request(
            "POST",
            TOKEN_ENDPOINT,
            form={
                "code": _decoded(code),
                "client_id": config.client_id,
                **secret,
                "redirect_uri": redirect_uri,
                "grant_type": "authorization_code",
            },
            patience=PATIENCE,
        )
        tokens = Tokens.of(delivered(answer, by=TOKEN_ENDPOINT).json())
        if not tokens.access_token:
            raise ConnectorError(ErrorCode.AUTH_CODE_INVALID)
        return SocialResult(user=await self._user(tokens, tools=tools))

    async def _user(self, tokens: Tokens, *, tools: Tools) -> SocialUser:
        headers = {"authorization": f"Bearer {tokens.access_token}"}
        answer = await tools.http.request("POST", USER_INFO_ENDPOINT, headers=headers, patience=PATIENCE)
        document = accepted(answer).json()
        me = Me.of(document)
        account = me.kakao_account or Account()
        profile = account.profile or Profile()
        return SocialUser(
            id=str(me.id),
            email=account.proven_email,
            name=profile.nickname or None,
            # Everybody without a picture has the same one.
            avatar=None if profile.is_default_image else profile.profile_image_url or None,
            raw_data=document,
        )


def _decoded(code: str) -> str:
    """Undo the percent-encoding that Kakao's codes arrive with a second time."""
    try:
        return unquote(code, errors="strict")
    except UnicodeDecodeError:
        raise ProviderFailed("Kakao sent back a code that cannot be decoded.") from None
