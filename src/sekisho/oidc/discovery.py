"""What the provider says about itself: the discovery document and the public key set (oidc.md §2, §3.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sekisho.oidc import client_assertions, dpop
from sekisho.oidc.models import GrantType
from sekisho.oidc.options import DpopMode, ProviderOptions
from sekisho.oidc.ports import Ports
from sekisho.oidc.response_modes import SUPPORTED
from sekisho.oidc.scopes import ALL_CLAIMS, OIDC_SCOPES

#: Response types by name, each spelt in sorted order.
RESPONSE_TYPES: Sequence[str] = ("code id_token", "code", "id_token", "none")

_GRANT_TYPES = (
    GrantType.IMPLICIT,
    GrantType.AUTHORIZATION_CODE,
    GrantType.REFRESH_TOKEN,
    GrantType.CLIENT_CREDENTIALS,
    GrantType.DEVICE_CODE,
    GrantType.TOKEN_EXCHANGE,
)
_CLIENT_AUTH_METHODS = ("client_secret_basic", "client_secret_jwt", "client_secret_post", "private_key_jwt", "none")
#: An RSA key can verify both kinds of RSA signatures.
_ALGORITHMS_OF = {"RS256": ("PS256", "RS256")}


async def discovery_document(ports: Ports) -> Mapping[str, Any]:
    """Return the metadata of OpenID Connect Discovery §3, for the address this request came in by."""
    algorithms = [
        algorithm
        for key in await ports.keys.published()
        for algorithm in _ALGORITHMS_OF.get(key.algorithm, (key.algorithm,))
    ]
    options = await ports.options.get()
    return {
        "authorization_endpoint": ports.url("/auth"),
        "device_authorization_endpoint": ports.url("/device/auth"),
        "claims_parameter_supported": False,
        "claims_supported": ["sub", *ALL_CLAIMS, "sid", "auth_time", "iss"],
        "code_challenge_methods_supported": ["S256"],
        "end_session_endpoint": ports.url("/session/end"),
        "grant_types_supported": list(_GRANT_TYPES),
        "issuer": ports.issuer,
        "jwks_uri": ports.url("/jwks"),
        "authorization_response_iss_parameter_supported": True,
        "response_modes_supported": list(SUPPORTED),
        "response_types_supported": list(RESPONSE_TYPES),
        "scopes_supported": list(OIDC_SCOPES),
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": list(_CLIENT_AUTH_METHODS),
        "token_endpoint_auth_signing_alg_values_supported": list(client_assertions.ALGORITHMS),
        "token_endpoint": ports.url("/token"),
        "id_token_signing_alg_values_supported": list(dict.fromkeys(algorithms)),
        "pushed_authorization_request_endpoint": ports.url("/request"),
        "request_uri_parameter_supported": False,
        "userinfo_endpoint": ports.url("/me"),
        "introspection_endpoint": ports.url("/token/introspection"),
        "revocation_endpoint": ports.url("/token/revocation"),
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "claim_types_supported": ["normal"],
        **_switched_on(options),
    }


def _switched_on(options: ProviderOptions) -> Mapping[str, Any]:
    """Return what a tenant has beyond the reference; nothing, unless somebody switched it on."""
    more: dict[str, Any] = {}
    if options.dpop is not DpopMode.DISABLED:
        # RFC 9449 §5.1
        more["dpop_signing_alg_values_supported"] = list(dpop.ALGORITHMS)
    if options.acr_levels:
        # OpenID Connect Discovery §3
        more["acr_values_supported"] = [level.value for level in options.acr_levels]
    return more


async def key_set(ports: Ports) -> Mapping[str, Any]:
    """Return the public keys (RFC 7517 §5), the signing one first."""
    return {"keys": [dict(key.jwk) for key in await ports.keys.published()]}
