"""What connectors to any provider of a standard share: they are told every address, and how to prove themselves.

RFC 6749 for the calls, OpenID Connect Core §9 for the ways to authenticate (connectors.md §5.16, §5.17).
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, TypeAlias

from sekisho.connectors.kit.config import Config
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode
from sekisho.connectors.kit.forms import CLIENT_ID, CLIENT_SECRET
from sekisho.connectors.kit.manifest import Choice, FormItem, FormItemType, ShowCondition
from sekisho.connectors.kit.oauth import accepted, basic
from sekisho.connectors.kit.tools import HttpAnswer, Tools

AuthMethod: TypeAlias = Literal["client_secret_basic", "client_secret_post", "client_secret_jwt"]

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LIFETIME = timedelta(minutes=10)
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


class StandardConfig(Config):
    """`custom_config` is sent along with the authorization request and with token requests, and goes before our own."""

    authorization_endpoint: str
    token_endpoint: str
    client_id: str
    client_secret: str
    token_endpoint_auth_method: AuthMethod = "client_secret_post"  # noqa: S105 — a method
    client_secret_jwt_signing_algorithm: Literal["HS256", "HS384", "HS512"] = "HS256"  # noqa: S105 — an algorithm
    custom_config: Mapping[str, str] | None = None
    response_type: Literal["code"] = "code"
    grant_type: Literal["authorization_code"] = "authorization_code"


AUTHORIZATION_ENDPOINT = FormItem(
    key="authorizationEndpoint",
    label="Authorization Endpoint",
    type=FormItemType.TEXT,
    placeholder="<authorization-endpoint>",
    is_required=True,
)
TOKEN_ENDPOINT = FormItem(
    key="tokenEndpoint",
    label="Token Endpoint",
    type=FormItemType.TEXT,
    placeholder="<token-endpoint>",
    is_required=True,
)
AUTHENTICATION = (
    CLIENT_ID,
    CLIENT_SECRET,
    FormItem(
        key="tokenEndpointAuthMethod",
        label="Token Endpoint Auth Method",
        type=FormItemType.SELECT,
        is_required=True,
        default="client_secret_post",
        items=tuple(
            Choice(value=each, title=each)
            for each in ("client_secret_post", "client_secret_basic", "client_secret_jwt")
        ),
        description="How the provider wants to be shown the secret: in the body, in a header, or as the key of a JWT.",
    ),
    FormItem(
        key="clientSecretJwtSigningAlgorithm",
        label="Client Secret JWT Signing Algorithm",
        type=FormItemType.SELECT,
        is_required=True,
        default="HS256",
        items=tuple(Choice(value=each, title=each) for each in ("HS256", "HS384", "HS512")),
        show_conditions=(ShowCondition(target_key="tokenEndpointAuthMethod", expect_value="client_secret_jwt"),),
        description="What the JWT is signed with.",
    ),
)
CUSTOM_CONFIG = FormItem(
    key="customConfig", label="Custom Config", type=FormItemType.JSON, is_required=False, default={}
)


def snake_case(name: str) -> str:
    """Return a name as OAuth writes it: `loginHint` becomes `login_hint`."""
    return "_".join(_WORD.findall(name)).lower()


def custom_parameters(config: StandardConfig) -> dict[str, str]:
    return {snake_case(name): value for name, value in (config.custom_config or {}).items()}


async def redeem(code: str, *, redirect_uri: str, config: StandardConfig, tools: Tools) -> HttpAnswer:
    """Exchange a code (RFC 6749 §4.1.3); raises `ConnectorError(GENERAL)` when it is refused."""
    form = {"grant_type": config.grant_type, "code": code, "redirect_uri": redirect_uri}
    return await _ask(form, config=config, tools=tools)


async def renew(refresh_token: str, *, config: StandardConfig, tools: Tools) -> HttpAnswer:
    """Ask for fresh tokens (RFC 6749 §6); raises `ConnectorError(GENERAL)` when that is refused."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return await _ask(form, config=config, tools=tools)


async def _ask(form: Mapping[str, str], *, config: StandardConfig, tools: Tools) -> HttpAnswer:
    headers = {"accept": "application/json, application/x-www-form-urlencoded"}
    credentials = {"client_id": config.client_id, "client_secret": config.client_secret}
    match config.token_endpoint_auth_method:
        case "client_secret_post":
            pass
        case "client_secret_basic":
            credentials = {}
            headers["authorization"] = basic(config.client_id, config.client_secret)
        case "client_secret_jwt":
            credentials = {
                "client_id": config.client_id,
                "client_assertion": _assertion(config, tools),
                "client_assertion_type": _ASSERTION_TYPE,
            }
    answer = await tools.http.request(
        "POST", config.token_endpoint, headers=headers, form={**form, **credentials, **custom_parameters(config)}
    )
    return accepted(answer, on_401=ErrorCode.GENERAL)


def _assertion(config: StandardConfig, tools: Tools) -> str:
    """Return a JWT that only who knows the secret can make (RFC 7523 §3)."""
    from joserfc import jwt  # noqa: PLC0415 — few providers want one
    from joserfc.errors import JoseError  # noqa: PLC0415 — as above
    from joserfc.jwk import OctKey  # noqa: PLC0415 — as above

    now = int(tools.clock.now().timestamp())
    claims = {
        "iss": config.client_id,
        "sub": config.client_id,
        "aud": config.token_endpoint,
        "jti": tools.ids.standard(),
        "exp": now + int(_ASSERTION_LIFETIME.total_seconds()),
        "iat": now,
    }
    algorithm = config.client_secret_jwt_signing_algorithm
    try:
        return jwt.encode({"alg": algorithm}, claims, OctKey.import_key(config.client_secret), algorithms=[algorithm])
    except (JoseError, ValueError):
        raise ConnectorError(ErrorCode.GENERAL, "The client secret cannot sign.") from None
