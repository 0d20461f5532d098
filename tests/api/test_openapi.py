"""Our own description against the contract's, operation by operation."""

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import on_sqlite
from tests.api.descriptions import operation_facts
from tests.replay.recordings import reference_folder
from tests.support.visitor import Visitor

from sekisho.api.app import create_api
from sekisho.api.openapi import normalized

_COMPATIBILITY = Path(__file__).parents[2] / "docs" / "compatibility.md"
_EXPERIENCE = ("/api/experience", "/api/interaction", "/api/.well-known/")

# Each entry: the operation, the fact, and the phrase of docs/compatibility.md that names the difference.
ACCEPTED = (
    ("* /api/applications*", "*edirectUris[[][]]: *", "Redirect URIs are described as strings"),
    (
        "* /api/applications*",
        "answer 200*protectedAppMetadata.*",
        "`protectedAppMetadata` of answers is described as an object",
    ),
    ("* /api/applications*", "*ustomClientMetadata*.tokenEndpointAuthMethod*", "`tokenEndpointAuthMethod`"),
    ("* /api/applications*", "*ustomClientMetadata*.jwks*", "`jwks`, `jwksUri`"),
    ("* /api/applications*", "*ustomClientMetadata*.dpopBoundAccessTokens*", "`dpopBoundAccessTokens`"),
    ("post /api/configs/jwt-customizer/test", "body.payload*", "is described without `payload`"),
    ("post /api/configs/jwt-customizer/test", "body.tokenType: None?", "is described without `payload`"),
    ("post /api/custom-profile-fields*", "status 422", "422 of profile fields is described"),
    ("patch /api/account-center", "body.deleteAccountUrl: *", "`deleteAccountUrl` is described as a string"),
    ("patch /api/sign-in-exp", "answer 200.passwordExpiration.*", "`passwordExpiration` of a changed"),
)


#: What roles are tied to.
_TIED = ("users", "applications", "scopes")
#: Operations without a counterpart in the reference.
OWN = {
    "get /api/configs/oidc/provider",
    "patch /api/configs/oidc/provider",
    "get /api/hooks/{id}/dead-letters",
    "post /api/hooks/{id}/dead-letters/{letterId}/replay",
}


@pytest.fixture(scope="module")
def ours() -> Mapping[str, Any]:
    return normalized(create_api(), version="3.0.3")


@pytest.fixture(scope="module")
def contract() -> Mapping[str, Any]:
    path = reference_folder() / "data" / "api-contract.json"
    if not path.exists():
        pytest.skip(f"no reference in {path.parent}: set SEKISHO_REFERENCE")
    document: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def operations(document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        f"{method} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }


def is_managed(name: str) -> bool:
    path = name.partition(" ")[2]
    return not path.startswith(_EXPERIENCE) or path.endswith("management.openapi.json")


@pytest.mark.reference
def test_every_operation_is_described_as_the_contract_does(
    ours: Mapping[str, Any], contract: Mapping[str, Any]
) -> None:
    theirs, unused, differences = operations(contract), set(ACCEPTED), []
    for name, operation in operations(ours).items():
        if not is_managed(name) or name in OWN:
            continue
        if name not in theirs:
            differences.append(f"{name} is not in the contract")
            continue
        for fact in operation_facts(ours, operation) ^ operation_facts(contract, theirs[name]):
            covering = [entry for entry in ACCEPTED if fnmatchcase(name, entry[0]) and fnmatchcase(fact, entry[1])]
            unused.difference_update(covering)
            if not covering:
                differences.append(f"{name}: {fact}")
    assert sorted(differences) == []
    assert not unused, "accepted differences that do not exist"


def test_accepted_differences_are_named_in_the_documentation() -> None:
    text = _COMPATIBILITY.read_text(encoding="utf-8")
    assert [phrase for _, _, phrase in ACCEPTED if phrase not in text] == []


def test_the_applications_and_users_of_this_version_are_all_described(ours: Mapping[str, Any]) -> None:
    described = {name for name in operations(ours) if is_managed(name)}
    assert {
        *OWN,
        *("get /api/applications", "post /api/applications", "get /api/applications/{id}"),
        *("patch /api/applications/{id}", "delete /api/applications/{id}"),
        *("get /api/applications/{id}/secrets", "post /api/applications/{id}/secrets"),
        *("patch /api/applications/{id}/secrets/{name}", "delete /api/applications/{id}/secrets/{name}"),
        *("delete /api/applications/{id}/legacy-secret", "patch /api/applications/{applicationId}/custom-data"),
        *("get /api/users", "post /api/users", "get /api/users/{userId}", "patch /api/users/{userId}"),
        *("delete /api/users/{userId}", "get /api/users/{userId}/custom-data", "patch /api/users/{userId}/custom-data"),
        *("patch /api/users/{userId}/profile", "patch /api/users/{userId}/is-suspended"),
        *("patch /api/users/{userId}/password", "post /api/users/{userId}/password/verify"),
        *(
            f"{method} /api/applications/{{applicationId}}/user-consent-scopes{rest}"
            for method, rest in (("get", ""), ("post", ""), ("delete", "/{scopeType}/{scopeId}"))
        ),
        *("get /api/users/{userId}/sessions", "get /api/users/{userId}/sessions/{sessionId}"),
        *("delete /api/users/{userId}/sessions/{sessionId}", "get /api/users/{userId}/grants"),
        "delete /api/users/{userId}/grants/{grantId}",
        *("get /api/configs/oidc/{keyType}", "post /api/configs/oidc/{keyType}/rotate"),
        *("delete /api/configs/oidc/{keyType}/{keyId}", "get /api/configs/oidc/session"),
        *("patch /api/configs/oidc/session", "get /api/configs/id-token", "put /api/configs/id-token"),
        *("get /api/configs/jwt-customizer", "post /api/configs/jwt-customizer/test"),
        *(f"{method} /api/configs/jwt-customizer/{{tokenTypePath}}" for method in ("get", "put", "patch", "delete")),
        *("get /api/users/{userId}/personal-access-tokens", "post /api/users/{userId}/personal-access-tokens"),
        *("patch /api/users/{userId}/personal-access-tokens", "post /api/subject-tokens"),
        "post /api/users/{userId}/personal-access-tokens/delete",
        "patch /api/users/{userId}/personal-access-tokens/{name}",
        "delete /api/users/{userId}/personal-access-tokens/{name}",
        *("get /api/resources", "post /api/resources", "get /api/resources/{id}", "patch /api/resources/{id}"),
        *("delete /api/resources/{id}", "patch /api/resources/{id}/is-default"),
        *("get /api/resources/{resourceId}/scopes", "post /api/resources/{resourceId}/scopes"),
        *(f"{method} /api/resources/{{resourceId}}/scopes/{{scopeId}}" for method in ("patch", "delete")),
        *("get /api/roles", "post /api/roles", "get /api/roles/{id}", "patch /api/roles/{id}"),
        "delete /api/roles/{id}",
        *(f"{method} /api/roles/{{id}}/{noun}" for method in ("get", "post") for noun in _TIED),
        *(f"delete /api/roles/{{id}}/{noun}/{{{noun[:-1]}Id}}" for noun in _TIED),
        *(f"{method} /api/users/{{userId}}/roles" for method in ("get", "post", "put")),
        *(f"{method} /api/applications/{{applicationId}}/roles" for method in ("get", "post", "put")),
        "delete /api/users/{userId}/roles/{roleId}",
        "delete /api/applications/{applicationId}/roles/{roleId}",
        *("get /api/sign-in-exp", "patch /api/sign-in-exp", "post /api/sign-in-exp/default/check-password"),
        "get /api/sign-in-exp/username-policy/case-sensitivity-conflicts",
        "get /api/custom-phrases",
        *(f"{method} /api/custom-phrases/{{languageTag}}" for method in ("get", "put", "delete")),
        *(f"{method} /api/email-templates" for method in ("get", "put", "delete")),
        *("get /api/email-templates/{id}", "delete /api/email-templates/{id}"),
        *(f"{method} /api/captcha-provider" for method in ("get", "put", "delete")),
        *("get /api/custom-profile-fields", "post /api/custom-profile-fields"),
        *(f"post /api/custom-profile-fields/{what}" for what in ("batch", "properties/sie-order")),
        *(f"{method} /api/custom-profile-fields/{{name}}" for method in ("get", "put", "delete")),
        *(f"{method} /api/{what}" for method in ("get", "patch") for what in ("account-center", "configs/admin-console")),
        "patch /api/email-templates/{id}/details",
        *("get /api/hooks", "post /api/hooks", "get /api/hooks/{id}", "patch /api/hooks/{id}", "delete /api/hooks/{id}"),
        *("get /api/hooks/{id}/recent-logs", "post /api/hooks/{id}/test", "patch /api/hooks/{id}/signing-key"),
        *("get /api/logs", "get /api/logs/{id}"),
        *(f"get /api/dashboard/users/{figure}" for figure in ("total", "new", "active")),
        *("get /api/users/{userId}/has-password", "get /api/status", "get /api/swagger.json"),
        "get /api/.well-known/management.openapi.json",
    } == described


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_references_lead_somewhere_and_null_is_said_as_the_version_does(version: str) -> None:
    document = normalized(create_api(), version=version)
    text = json.dumps(document)
    schemas = document["components"]["schemas"]
    assert {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]} <= schemas.keys()
    assert ('"nullable": true' in text) is (version == "3.0.3")
    assert ('{"type": "null"}' in text) is (version == "3.1.0")
    assert "HTTPValidationError" not in text
    assert '"title": "Name"' not in text


@on_sqlite
async def test_descriptions_are_public_and_name_the_tenants_server(visitor: Visitor) -> None:
    for path, version in (
        ("/api/swagger.json", "3.0.3"),
        ("/api/.well-known/management.openapi.json", "3.0.3"),
        ("/api/openapi.json", "3.1.0"),
    ):
        for prefix in ("", "/t/admin"):
            document = (await visitor.get(prefix + path)).json()
            assert (document["openapi"], document["servers"]) == (version, [{"url": f"http://localhost:3001{prefix}"}])
    management = (await visitor.get("/api/.well-known/management.openapi.json")).json()
    assert not [path for path in management["paths"] if path.startswith(_EXPERIENCE)]


@on_sqlite
@pytest.mark.parametrize("path", ["/api/docs", "/api/redoc", "/docs", "/redoc"])
async def test_the_framework_opens_no_pages_of_its_own(visitor: Visitor, path: str) -> None:
    assert (await visitor.get(path)).status_code == 404
