"""The Config OP plan (`oidcc-config-certification-test-plan`): its one module, rule by rule."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from joserfc.jwk import KeySet
from tests.support.visitor import ORIGIN, Visitor

# Nothing here depends on the kind of database.
pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)

Document = Mapping[str, Any]


@pytest.fixture(params=["", "/t/admin"], ids=["default", "admin"])
async def document(request: pytest.FixtureRequest, visitor: Visitor) -> Document:
    answer = await visitor.get(f"{request.param}/oidc/.well-known/openid-configuration")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    found: Document = answer.json()
    assert found["issuer"] == f"{ORIGIN}{request.param}/oidc"
    return found


ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "end_session_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
    "pushed_authorization_request_endpoint",
    "device_authorization_endpoint",
)


async def test_endpoints_are_absolute_addresses_of_the_issuer(document: Document) -> None:
    assert [name for name in ENDPOINTS if not document[name].startswith(f"{document['issuer']}/")] == []
    assert [name for name in ENDPOINTS if urlsplit(document[name]).fragment] == []


async def test_everything_that_discovery_requires_is_there(document: Document) -> None:
    # OpenID Connect Discovery 1.0 §3: REQUIRED members.
    assert {"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"} <= set(document)
    assert "code" in document["response_types_supported"]
    assert document["subject_types_supported"] == ["public"]
    assert document["id_token_signing_alg_values_supported"] == ["ES384"]


async def test_what_is_supported_is_said(document: Document) -> None:
    assert "openid" in document["scopes_supported"]
    assert {"sub", "name", "email"} <= set(document["claims_supported"])
    assert {"query", "form_post"} <= set(document["response_modes_supported"])
    assert {"authorization_code", "refresh_token"} <= set(document["grant_types_supported"])
    assert {"client_secret_basic", "client_secret_post"} <= set(document["token_endpoint_auth_methods_supported"])
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True


async def test_what_is_not_supported_is_not_claimed(document: Document) -> None:
    assert document["request_uri_parameter_supported"] is False
    assert document["claims_parameter_supported"] is False
    assert "registration_endpoint" not in document
    assert "none" not in document["id_token_signing_alg_values_supported"]


async def test_the_key_set_has_public_signing_keys_alone(document: Document, visitor: Visitor) -> None:
    answer = await visitor.get(document["jwks_uri"])

    keys = answer.json()["keys"]
    assert keys
    assert all(key["use"] == "sig" and key["alg"] == "ES384" and key["kid"] for key in keys)
    assert all("d" not in key for key in keys)
    assert len({key["kid"] for key in keys}) == len(keys)
    assert all(not key.is_private for key in KeySet.import_key_set(answer.json()).keys)
