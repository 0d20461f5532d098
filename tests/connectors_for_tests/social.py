"""A social connector that believes what the browser brings back."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sekisho.connectors.kit.config import Config
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode
from sekisho.connectors.kit.manifest import ConnectorType, Manifest, Platform, svg_uri
from sekisho.connectors.kit.oauth import build_url
from sekisho.connectors.kit.social import (
    AuthorizationRequest,
    ConnectorSession,
    SocialResult,
    SocialUser,
    TokenResponse,
)
from sekisho.connectors.kit.tools import Tools

_LOGO = svg_uri('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M4 4h16v16H4z"/></svg>')


class SocialConfig(Config):
    client_id: str
    client_secret: str


class MockSocial:
    manifest: ClassVar = Manifest(
        id="mock-social-connector",
        type=ConnectorType.SOCIAL,
        target="mock-social",
        platform=Platform.UNIVERSAL,
        name={"en": "Mock Social", "zh-CN": "Mock 社交登录", "tr-TR": "Mock Social", "ko": "Mock Social"},
        description={"en": "Signs in whoever the browser says came back."},
        logo=_LOGO,
        readme="# Mock social connector\n",
        config_template="{}",
        is_token_storage_supported=True,
    )
    config: ClassVar = SocialConfig

    async def authorization_uri(
        self,
        request: AuthorizationRequest,
        *,
        config: SocialConfig,  # noqa: ARG002
        session: ConnectorSession,
        tools: Tools,  # noqa: ARG002
    ) -> str:
        try:
            await session.set({"state": request.state, "redirectUri": request.redirect_uri})
        except ConnectorError as error:
            # An administrator asks: there is nobody to remember it for.
            if error.error is not ErrorCode.NOT_IMPLEMENTED:
                raise
        return build_url(
            "http://mock-social/",
            {
                "state": request.state,
                "redirect_uri": request.redirect_uri,
                "scope": request.scope or "email profile",
            },
        )

    async def user(
        self,
        callback: Mapping[str, Any],
        *,
        config: SocialConfig,  # noqa: ARG002
        session: ConnectorSession,
        tools: Tools,  # noqa: ARG002
    ) -> SocialResult:
        code, user_id = callback.get("code"), callback.get("userId")
        if not isinstance(code, str):
            raise ConnectorError(ErrorCode.GENERAL, dict(callback))
        if not isinstance(user_id, str):
            raise ConnectorError(ErrorCode.INVALID_RESPONSE)
        try:
            await session.get()
        except ConnectorError as error:
            if error.error is not ErrorCode.NOT_IMPLEMENTED:
                raise
        told = {name: callback.get(name) for name in ("email", "phone", "name", "avatar")}
        tokens = callback.get("tokenResponse")
        return SocialResult(
            user=SocialUser(id=user_id, raw_data=dict(callback), **told),
            token=TokenResponse(**tokens) if isinstance(tokens, dict) else None,
        )
