"""What logto 0.2.1 publishes, as data: names, parameters, defaults, fields. All of it must be here too."""

import importlib
import inspect
from typing import Any, get_args

import pytest
from pydantic import BaseModel

import logto
from logto import LogtoClient, LogtoSyncClient, Storage
from logto.Storage import MemoryStorage

NONE = "None"
REQUIRED = "required"

# module → names that are imported from it
NAMES = {
    "logto": """AccessToken AccessTokenClaims IdTokenClaims InteractionMode LogtoClient LogtoConfig LogtoException
        OidcCore OidcProviderMetadata PersistKey Scope Storage TokenResponse UserInfoResponse UserInfoScope models
        utilities""",
    "logto.LogtoClient": """AccessToken AccessTokenClaims AccessTokenMap IdTokenClaims InteractionMode LogtoClient
        LogtoConfig LogtoException MemoryStorage OidcCore OrganizationUrnPrefix ReservedResource Scope SignInSession
        Storage TokenResponse UserInfoResponse UserInfoScope buildOrganizationUrn removeFalsyKeys""",
    "logto.LogtoException": "LogtoException",
    "logto.OidcCore": "OidcCore",
    "logto.Storage": "MemoryStorage PersistKey Storage",
    "logto.models.oidc": """AccessTokenClaims IdTokenClaims OAuthScope OidcProviderMetadata ReservedResource Scope
        UserInfoScope""",
    "logto.models.response": "TokenResponse UserIdentity UserInfoResponse",
    "logto.utilities": "OrganizationUrnPrefix buildOrganizationUrn removeFalsyKeys urlsafeEncode",
}

# method → parameters with their defaults; a leading * marks a coroutine
CLIENT = {
    "getOidcCore*": {},
    "signIn*": {"redirectUri": REQUIRED, "interactionMode": NONE},
    "signOut*": {"postLogoutRedirectUri": NONE},
    "handleSignInCallback*": {"callbackUri": REQUIRED},
    "getAccessToken*": {"resource": ""},
    "getOrganizationToken*": {"organizationId": REQUIRED},
    "getAccessTokenClaims*": {"resource": ""},
    "getOrganizationTokenClaims*": {"organizationId": REQUIRED},
    "getIdToken": {},
    "getIdTokenClaims": {},
    "getRefreshToken": {},
    "isAuthenticated": {},
    "fetchUserInfo*": {},
}
CORE = {
    "generateState": {},
    "generateCodeVerifier": {},
    "generateCodeChallenge": {"codeVerifier": REQUIRED},
    "decodeIdToken": {"idToken": REQUIRED},
    "decodeAccessToken": {"accessToken": REQUIRED},
    "getProviderMetadata*": {"discoveryUrl": REQUIRED},
    "fetchTokenByCode*": {
        "clientId": REQUIRED,
        "clientSecret": REQUIRED,
        "redirectUri": REQUIRED,
        "code": REQUIRED,
        "codeVerifier": REQUIRED,
    },
    "fetchTokenByRefreshToken*": {
        "clientId": REQUIRED,
        "clientSecret": REQUIRED,
        "refreshToken": REQUIRED,
        "resource": "",
    },
    "verifyIdToken*": {"idToken": REQUIRED, "clientId": REQUIRED},
    "fetchUserInfo*": {"accessToken": REQUIRED},
}

# model → fields; ! marks a required one
FIELDS = {
    "LogtoClient.LogtoConfig": "endpoint! appId! appSecret prompt resources scopes",
    "LogtoClient.AccessToken": "token! expiresAt!",
    "LogtoClient.AccessTokenMap": "x!",
    "LogtoClient.SignInSession": "redirectUri! codeVerifier! state!",
    "models.oidc.IdTokenClaims": """iss! sub! aud! exp! iat! at_hash name username picture email email_verified
        phone_number phone_number_verified organizations organization_roles""",
    "models.oidc.AccessTokenClaims": "iss! sub! aud! exp! iat! scope client_id",
    "models.oidc.OidcProviderMetadata": """issuer! authorization_endpoint! token_endpoint! userinfo_endpoint!
        jwks_uri! registration_endpoint scopes_supported response_types_supported! response_modes_supported
        grant_types_supported acr_values_supported subject_types_supported! id_token_signing_alg_values_supported!
        id_token_encryption_alg_values_supported id_token_encryption_enc_values_supported
        userinfo_signing_alg_values_supported userinfo_encryption_alg_values_supported
        userinfo_encryption_enc_values_supported request_object_signing_alg_values_supported
        request_object_encryption_alg_values_supported request_object_encryption_enc_values_supported
        token_endpoint_auth_methods_supported token_endpoint_auth_signing_alg_values_supported
        display_values_supported claim_types_supported claims_supported service_documentation
        claims_locales_supported ui_locales_supported claims_parameter_supported request_parameter_supported
        request_uri_parameter_supported require_request_uri_registration op_policy_uri op_tos_uri
        end_session_endpoint code_challenge_methods_supported""",
    "models.response.TokenResponse": "access_token! token_type! expires_in! refresh_token id_token",
    "models.response.UserIdentity": "userId! details",
    "models.response.UserInfoResponse": """sub! name username picture email email_verified phone_number
        phone_number_verified custom_data identities organizations organization_roles""",
}
DEFAULTS: dict[str, object] = {"appSecret": None, "prompt": "consent", "resources": [], "scopes": []}

MEMBERS = {
    "UserInfoScope": {
        "openid": "openid",
        "profile": "profile",
        "email": "email",
        "phone": "phone",
        "customData": "custom_data",
        "identities": "identities",
        "organizations": "urn:logto:scope:organizations",
        "organization_roles": "urn:logto:scope:organization_roles",
    },
    "OAuthScope": {"offlineAccess": "offline_access"},
    "ReservedResource": {"organizations": "urn:logto:resource:organizations"},
}


def parameters_of(function: Any) -> dict[str, object]:
    published = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name == "self" or parameter.kind is parameter.KEYWORD_ONLY:
            continue  # 0.2.1 has no keyword-only parameters: those are ours, and optional
        published[name] = {parameter.empty: REQUIRED, None: NONE}.get(parameter.default, parameter.default)
    return published


@pytest.mark.parametrize("module", NAMES)
def test_every_name_can_be_imported_from_its_module(module: str) -> None:
    imported = importlib.import_module(module)

    assert [name for name in NAMES[module].split() if not hasattr(imported, name)] == []


def test_the_client_is_made_from_a_configuration_and_a_storage() -> None:
    assert list(parameters_of(LogtoClient.__init__)) == ["config", "storage"]
    assert parameters_of(LogtoClient.__init__)["config"] == REQUIRED
    assert parameters_of(LogtoClient.__init__)["storage"] != REQUIRED


@pytest.mark.parametrize(("owner", "methods"), [(LogtoClient, CLIENT), (logto.OidcCore.OidcCore, CORE)])
def test_methods_take_the_published_parameters(owner: type, methods: dict[str, dict[str, str]]) -> None:
    for entry, parameters in methods.items():
        method = getattr(owner, entry.rstrip("*"))
        assert parameters_of(method) == parameters, entry
        assert inspect.iscoroutinefunction(method) == entry.endswith("*"), entry


@pytest.mark.parametrize(
    ("asynchronous", "synchronous"),
    [(LogtoClient, LogtoSyncClient), (logto.OidcCore.OidcCore, logto.OidcCore.SyncOidcCore)],
)
def test_the_synchronous_twin_has_the_same_methods(asynchronous: type, synchronous: type) -> None:
    def public(owner: type) -> dict[str, object]:
        names = [name for name in dir(owner) if not name.startswith("_") and callable(getattr(owner, name))]
        return {name: list(inspect.signature(getattr(owner, name)).parameters.values()) for name in names}

    def without_types(methods: dict[str, object]) -> dict[str, object]:
        return {name: [(p.name, p.kind, p.default) for p in found] for name, found in methods.items()}  # type: ignore[attr-defined]

    assert without_types(public(synchronous)) == without_types(public(asynchronous))
    assert not any(inspect.iscoroutinefunction(getattr(synchronous, name)) for name in public(synchronous))


@pytest.mark.parametrize("path", FIELDS)
def test_models_have_the_published_fields(path: str) -> None:
    module, _, name = path.rpartition(".")
    model: type[BaseModel] = getattr(importlib.import_module(f"logto.{module}"), name)
    for entry in FIELDS[path].split():
        field = model.model_fields[entry.rstrip("!")]
        if not entry.endswith("!"):
            assert not field.is_required(), entry
        elif name != "AccessTokenClaims":
            assert field.is_required(), entry
    ours = [name for name, field in model.model_fields.items() if field.is_required()]
    assert set(ours) <= {entry.rstrip("!") for entry in FIELDS[path].split()}


def test_settings_have_the_published_defaults() -> None:
    config = logto.LogtoConfig(endpoint="https://id.example", appId="app")

    assert {name: getattr(config, name) for name in DEFAULTS} == DEFAULTS
    assert logto.LogtoConfig(endpoint="e", appId="a", scopes=["x", logto.UserInfoScope.email]).scopes == [
        "x",
        logto.UserInfoScope.email,
    ]


@pytest.mark.parametrize("name", MEMBERS)
def test_enums_have_the_published_members(name: str) -> None:
    members = getattr(importlib.import_module("logto.models.oidc"), name).__members__

    assert {key: members[key].value for key in MEMBERS[name]} == MEMBERS[name]


def test_scopes_of_an_application_can_derive_from_scope() -> None:
    class Shelf(logto.Scope):
        read = "read:books"

    assert logto.LogtoConfig(endpoint="e", appId="a", scopes=[Shelf.read]).scopes == ["read:books"]


def test_a_storage_has_three_methods_and_four_keys() -> None:
    assert Storage.__abstractmethods__ == {"get", "set", "delete"}
    assert set(get_args(logto.PersistKey)) == {"idToken", "accessTokenMap", "refreshToken", "signInSession"}


def test_every_error_is_a_logto_exception() -> None:
    errors = [value for value in vars(logto).values() if isinstance(value, type) and issubclass(value, Exception)]

    assert len(errors) == 8
    assert all(issubclass(error, logto.LogtoException) for error in errors)


def test_default_scopes_are_the_published_ones() -> None:
    values = [scope.value for scope in logto.OidcCore.OidcCore.defaultScopes]

    assert values == ["openid", "offline_access", "profile"]


def test_small_functions_do_what_they_did() -> None:
    assert logto.utilities.urlsafeEncode(b"\xff\xfe\xfd\xfc") == "__79_A"
    assert logto.utilities.removeFalsyKeys({"a": None, "b": "", "c": 0, "d": [], "e": "x"}) == {"e": "x"}
    assert logto.utilities.buildOrganizationUrn("x") == "urn:logto:organization:x"
    assert logto.utilities.OrganizationUrnPrefix == "urn:logto:organization:"
    # RFC 7636 appendix B
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert logto.OidcCore.OidcCore.generateCodeChallenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_memory_storage_keeps_and_forgets(caplog: pytest.LogCaptureFixture) -> None:
    storage = MemoryStorage()
    storage.set("idToken", "a")
    assert storage.get("idToken") == "a"
    storage.set("idToken", None)
    assert storage.get("idToken") is None
    storage.delete("refreshToken")
    assert storage.get("refreshToken") is None
    assert len([record for record in caplog.records if "MemoryStorage" in record.message]) == 1
