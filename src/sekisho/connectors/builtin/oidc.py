"""Any provider of OpenID Connect: its ID token says who it is (connectors.md §5.17)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator

from sekisho.connectors.kit.answers import Answer
from sekisho.connectors.kit.config import Config, mistake
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode
from sekisho.connectors.kit.forms import SCOPE
from sekisho.connectors.kit.id_tokens import ASYMMETRIC, Expectation, verify
from sekisho.connectors.kit.manifest import (
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
    snake_case,
)
from sekisho.connectors.kit.tools import Tools

_SPAN = re.compile(r"(\d+(?:\.\d+)?) ?(s|sec|second|m|min|minute|h|hr|hour|d|day|w|week|y|yr|year)s?", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_557_600}
_TRUE = frozenset({"1", "true", "y", "yes", "yep", "yeah"})


def _span(value: object) -> timedelta:
    """Read seconds, or a text such as `5 minutes`."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return timedelta(seconds=value)
    if isinstance(value, str) and (found := _SPAN.fullmatch(value.strip())):
        return timedelta(seconds=float(found[1]) * _SECONDS[found[2][0].lower()])
    raise mistake("Expected seconds, or a text such as `5 minutes`")


Span = Annotated[timedelta, BeforeValidator(_span)]


class IdTokenVerificationConfig(Config):
    jwks_uri: str
    issuer: str | list[str] | None = None
    #: Read for its shape only: a token must be for our client id.
    audience: str | list[str] | None = None
    algorithms: list[str] | None = None
    clock_tolerance: Span = timedelta()
    crit: dict[str, bool] | None = None
    max_token_age: Span | None = None
    subject: str | None = None
    typ: str | None = None


class AuthRequestOptionalConfig(Config):
    response_mode: str | None = None
    display: str | None = None
    prompt: str | None = None
    max_age: str | None = None
    ui_locales: str | None = None
    id_token_hint: str | None = None
    login_hint: str | None = None
    acr_values: str | None = None


class OidcConfig(StandardConfig):
    scope: str
    accept_string_typed_boolean_claims: bool = False
    trust_unverified_email: bool = False
    id_token_verification_config: IdTokenVerificationConfig
    auth_request_optional_config: AuthRequestOptionalConfig = AuthRequestOptionalConfig()


class Tokens(Answer):
    id_token: str
    access_token: str | None = None
    token_type: str | None = None
    expires_in: float | None = None
    refresh_token: str | None = None
    scope: str | None = None


class Claims(Answer):
    sub: str
    name: str | None = None
    email: str | None = None
    email_verified: bool | None = None
    phone: str | None = None
    phone_verified: bool | None = None
    picture: str | None = None
    profile: str | None = None
    nonce: str | None = None


class Oidc:
    manifest: ClassVar[Manifest] = Manifest(
        id="oidc",
        type=ConnectorType.SOCIAL,
        target="oidc",
        platform=Platform.UNIVERSAL,
        name={"en": "OIDC", "zh-CN": "OIDC", "tr-TR": "OIDC", "ko": "OIDC"},
        description={
            "en": "Sign in at any provider that speaks OpenID Connect.",
            "zh-CN": "使用任意 OpenID Connect 提供商登录。",
            "tr-TR": "OpenID Connect konuşan herhangi bir sağlayıcıyla oturum açın.",
            "ko": "OpenID Connect를 지원하는 모든 제공자로 로그인합니다.",
            "ja": "OpenID Connect に対応した任意のプロバイダーでサインインします。",
        },
        logo=svg_file(__file__, "oidc.svg"),
        readme=text_file(__file__, "oidc.md"),
        form_items=(
            AUTHORIZATION_ENDPOINT,
            TOKEN_ENDPOINT,
            *AUTHENTICATION,
            replace(SCOPE, is_required=True),
            FormItem(
                key="acceptStringTypedBooleanClaims",
                label="Accept String-typed Boolean Claims",
                type=FormItemType.SWITCH,
                is_required=False,
                default=False,
                description='Take texts such as "true" for booleans, as some providers write `email_verified`.',
            ),
            FormItem(
                key="trustUnverifiedEmail",
                label="Trust Unverified Email",
                type=FormItemType.SWITCH,
                is_required=False,
                default=False,
                description="Take e-mail addresses of which the provider does not say whether they are verified.",
                tooltip="Only where the provider verifies every address: whoever enters yours would come in as you.",
            ),
            FormItem(
                key="idTokenVerificationConfig",
                label="ID Token Verification Config",
                type=FormItemType.JSON,
                is_required=True,
                default={"jwksUri": "<jwks-uri>"},
            ),
            FormItem(
                key="authRequestOptionalConfig",
                label="Authentication Request Optional Config",
                type=FormItemType.JSON,
                is_required=False,
                default={},
            ),
            CUSTOM_CONFIG,
        ),
        is_standard=True,
        is_token_storage_supported=True,
    )
    config: ClassVar[type[Config]] = OidcConfig

    async def authorization_uri(
        self, request: AuthorizationRequest, *, config: OidcConfig, session: ConnectorSession, tools: Tools
    ) -> str:
        nonce = tools.ids.standard()
        await session.set({"nonce": nonce, "redirectUri": request.redirect_uri})
        optional = config.auth_request_optional_config.model_dump(exclude_none=True)
        parameters = {
            "response_type": config.response_type,
            "client_id": config.client_id,
            "scope": _scope(config.scope) if request.scope is None else request.scope,
            "redirect_uri": request.redirect_uri,
            "state": request.state,
            "nonce": nonce,
            **{snake_case(name): value for name, value in optional.items()},
            **custom_parameters(config),
        }
        return build_url(config.authorization_endpoint, parameters)

    async def user(
        self, callback: Mapping[str, Any], *, config: OidcConfig, session: ConnectorSession, tools: Tools
    ) -> SocialResult:
        remembers = await session.get()
        redirect_uri = remembered(remembers, "redirectUri")
        code, *_ = read_callback(callback, "code", *callback)
        answer = await redeem(code, redirect_uri=redirect_uri, config=config, tools=tools)
        document = answer.json()
        tokens = Tokens.of(document)
        payload = await _payload(tokens.id_token, config=config, tools=tools)
        claims = _claims(payload, accepts_texts=config.accept_string_typed_boolean_claims)
        # OpenID Connect Core §3.1.3.7 (11). Attack: somebody else's ID token, put into this sign-in.
        if claims.nonce is not None and claims.nonce != remembered(remembers, "nonce"):
            raise ConnectorError(ErrorCode.ID_TOKEN_INVALID, "The ID token is from another sign-in.")
        return SocialResult(
            user=_user(claims, payload, trusts_email=config.trust_unverified_email), token=token_response(document)
        )

    async def refresh(self, refresh_token: str, *, config: OidcConfig, tools: Tools) -> TokenResponse:
        document = (await renew(refresh_token, config=config, tools=tools)).json()
        Tokens.of(document)
        return token_response(document)


def _scope(configured: str) -> str:
    """Return the scope with `openid`, without which it would not be OpenID Connect (Core §3.1.2.1)."""
    scopes = re.split(r"[ +]", configured)
    return configured if "openid" in scopes else " ".join([*scopes, "openid"])


async def _payload(id_token: str, *, config: OidcConfig, tools: Tools) -> Mapping[str, Any]:
    rules = config.id_token_verification_config
    answer = await tools.http.request("GET", rules.jwks_uri, headers={"accept": "application/json"})
    expected = Expectation(
        audience=config.client_id,
        issuers=[rules.issuer] if isinstance(rules.issuer, str) else rules.issuer,
        algorithms=ASYMMETRIC if rules.algorithms is None else frozenset(rules.algorithms),
        subject=rules.subject,
        type=rules.typ,
        max_age=rules.max_token_age,
        tolerance=rules.clock_tolerance,
        critical=rules.crit or {},
    )
    keys = accepted(answer, on_401=ErrorCode.GENERAL).json()
    return verify(id_token, key_set=keys, expected=expected, now=tools.clock.now())


def _claims(payload: Mapping[str, Any], *, accepts_texts: bool) -> Claims:
    flags = {}
    if accepts_texts:
        texts = {name: payload.get(name) for name in ("email_verified", "phone_verified")}
        flags = {name: text.lower() in _TRUE for name, text in texts.items() if isinstance(text, str)}
    return Claims.of({**payload, **flags}, otherwise=ErrorCode.ID_TOKEN_INVALID)


def _user(claims: Claims, payload: Mapping[str, Any], *, trusts_email: bool) -> SocialUser:
    is_verified = trusts_email if claims.email_verified is None else claims.email_verified
    return SocialUser(
        id=claims.sub,
        # Attack: whoever enters somebody else's address at the provider would come in as them.
        email=claims.email or None if is_verified else None,
        phone=claims.phone or None if claims.phone_verified else None,
        name=claims.name or None,
        avatar=claims.picture or None,
        raw_data=dict(payload),
    )
