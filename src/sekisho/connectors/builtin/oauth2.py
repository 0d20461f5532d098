"""Any provider of OAuth 2.0 that has an endpoint for profiles (connectors.md §5.16)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl

from sekisho.connectors.kit.answers import Answer
from sekisho.connectors.kit.config import Config
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode
from sekisho.connectors.kit.forms import SCOPE
from sekisho.connectors.kit.manifest import (
    Choice,
    ConnectorType,
    FormItem,
    FormItemType,
    Manifest,
    Platform,
    svg_file,
    text_file,
)
from sekisho.connectors.kit.oauth import accepted, build_url, read_callback, remembered
from sekisho.connectors.kit.social import (
    AuthorizationRequest,
    ConnectorSession,
    SocialResult,
    SocialUser,
    TokenResponse,
    token_response,
)
from sekisho.connectors.kit.standard import (
    AUTHENTICATION,
    AUTHORIZATION_ENDPOINT,
    CUSTOM_CONFIG,
    TOKEN_ENDPOINT,
    StandardConfig,
    custom_parameters,
    redeem,
    renew,
)
from sekisho.connectors.kit.tools import HttpAnswer, Tools

PATIENCE = timedelta(seconds=5)


class ProfileMap(Config):
    """Where in a profile each member is, as a path of names between dots."""

    id: str = "id"
    email: str = "email"
    phone: str = "phone"
    name: str = "name"
    avatar: str = "avatar"


class OAuth2Config(StandardConfig):
    user_info_endpoint: str
    token_endpoint_response_type: Literal["query-string", "json"] = "query-string"  # noqa: S105 — a format
    scope: str | None = None
    profile_map: ProfileMap = ProfileMap()


class Tokens(Answer):
    access_token: str
    token_type: str
    expires_in: float | None = None
    refresh_token: str | None = None
    scope: str | None = None


class Profile(Answer):
    id: str | int | float
    email: str | None = None
    phone: str | None = None
    name: str | None = None
    avatar: str | None = None


class OAuth2:
    manifest: ClassVar[Manifest] = Manifest(
        id="oauth2",
        type=ConnectorType.SOCIAL,
        target="oauth2",
        platform=Platform.UNIVERSAL,
        name={"en": "OAuth 2.0", "zh-CN": "OAuth 2.0", "tr-TR": "OAuth 2.0", "ko": "OAuth 2.0"},
        description={
            "en": "Sign in at any provider that speaks OAuth 2.0.",
            "zh-CN": "使用任意 OAuth 2.0 提供商登录。",
            "tr-TR": "OAuth 2.0 konuşan herhangi bir sağlayıcıyla oturum açın.",
            "ko": "OAuth 2.0을 지원하는 모든 제공자로 로그인합니다.",
            "ja": "OAuth 2.0 に対応した任意のプロバイダーでサインインします。",
        },
        logo=svg_file(__file__, "oauth2.svg"),
        readme=text_file(__file__, "oauth2.md"),
        form_items=(
            AUTHORIZATION_ENDPOINT,
            TOKEN_ENDPOINT,
            FormItem(
                key="userInfoEndpoint",
                label="User Info Endpoint",
                type=FormItemType.TEXT,
                placeholder="<user-info-endpoint>",
                is_required=True,
            ),
            *AUTHENTICATION,
            FormItem(
                key="tokenEndpointResponseType",
                label="Token Endpoint Response Type",
                type=FormItemType.SELECT,
                is_required=False,
                default="query-string",
                items=tuple(Choice(value=each, title=each) for each in ("query-string", "json")),
            ),
            SCOPE,
            FormItem(
                key="profileMap",
                label="Profile Map",
                type=FormItemType.JSON,
                is_required=False,
                default={
                    "id": "user_id",
                    "email": "email_verified",
                    "phone": "phone_verified",
                    "name": "full_name",
                    "avatar": "avatar_url",
                },
            ),
            CUSTOM_CONFIG,
        ),
        is_standard=True,
        is_token_storage_supported=True,
    )
    config: ClassVar[type[Config]] = OAuth2Config

    async def authorization_uri(
        self,
        request: AuthorizationRequest,
        *,
        config: OAuth2Config,
        session: ConnectorSession,
        tools: Tools,  # noqa: ARG002 — nobody to ask
    ) -> str:
        await session.set({"redirectUri": request.redirect_uri})
        parameters = {
            "response_type": config.response_type,
            "client_id": config.client_id,
            "scope": config.scope,
            "redirect_uri": request.redirect_uri,
            "state": request.state,
            **custom_parameters(config),
        }
        if request.scope is not None:
            parameters["scope"] = request.scope
        return build_url(config.authorization_endpoint, parameters)

    async def user(
        self, callback: Mapping[str, Any], *, config: OAuth2Config, session: ConnectorSession, tools: Tools
    ) -> SocialResult:
        redirect_uri = remembered(await session.get(), "redirectUri")
        (code,) = read_callback(callback, "code")
        document = _read(await redeem(code, redirect_uri=redirect_uri, config=config, tools=tools), config=config)
        tokens = Tokens.of(document)
        if not tokens.access_token:
            raise ConnectorError(ErrorCode.AUTH_CODE_INVALID)
        answer = await tools.http.request(
            "GET",
            config.user_info_endpoint,
            headers={"authorization": f"{tokens.token_type} {tokens.access_token}", "accept": "application/json"},
            patience=PATIENCE,
        )
        profile = accepted(answer, on_401=ErrorCode.GENERAL).json()
        return SocialResult(user=_user(profile, config.profile_map), token=token_response(document))

    async def refresh(self, refresh_token: str, *, config: OAuth2Config, tools: Tools) -> TokenResponse:
        document = _read(await renew(refresh_token, config=config, tools=tools), config=config)
        Tokens.of(document)
        return token_response(document)


def _read(answer: HttpAnswer, *, config: OAuth2Config) -> Mapping[str, Any]:
    if config.token_endpoint_response_type == "json":  # noqa: S105 — a format
        document = answer.json()
        if isinstance(document, Mapping):
            return document
        raise ConnectorError(ErrorCode.INVALID_RESPONSE, "The token endpoint did not answer with an object.")
    members: dict[str, Any] = dict(parse_qsl(answer.text))
    # A query string has no numbers.
    if (expires_in := members.get("expires_in", "")).isdecimal():
        members["expires_in"] = int(expires_in)
    return members


def _user(document: Any, where: ProfileMap) -> SocialUser:
    if not isinstance(document, Mapping):
        raise ConnectorError(ErrorCode.INVALID_RESPONSE, "The profile is not an object.")
    found = {name: _at(document, path) for name, path in where.model_dump().items()}
    profile = Profile.of({name: value for name, value in found.items() if value})
    return SocialUser(
        id=str(profile.id),
        email=profile.email,
        phone=profile.phone,
        name=profile.name,
        avatar=profile.avatar,
        raw_data=dict(document),
    )


def _at(document: Any, path: str) -> Any:
    for step in path.split("."):
        document = document.get(step) if isinstance(document, Mapping) else None
    return document
