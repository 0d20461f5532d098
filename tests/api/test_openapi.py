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
    ("* /api/*pplications*", "*edirectUris[[][]]: *", "Redirect URIs are described as strings"),
    (
        "* /api/*pplications*",
        "answer 200*protectedAppMetadata.*",
        "`protectedAppMetadata` of answers is described as an object",
    ),
    ("* /api/*pplications*", "*ustomClientMetadata*.tokenEndpointAuthMethod*", "`tokenEndpointAuthMethod`"),
    ("* /api/*pplications*", "*ustomClientMetadata*.jwks*", "`jwks`, `jwksUri`"),
    ("* /api/*pplications*", "*ustomClientMetadata*.dpopBoundAccessTokens*", "`dpopBoundAccessTokens`"),
    *(
        (name, "status 404", "Operations on what may not exist declare their 404")
        for name in (
            "get /api/resources/{resourceId}/scopes",
            "get /api/users/{userId}/custom-data",
            "patch /api/applications/{applicationId}/custom-data",
            "patch /api/users/{userId}/password",
            "post /api/users/{userId}/personal-access-tokens",
        )
    ),
    ("post /api/sign-in-exp/default/custom-ui-assets", "status 422", "own pages need an origin"),
    (
        "* /api/users/{userId}/*identities*",
        "*.tokenSecret.type: *",
        "`tokenSecret.type` is described by its only value",
    ),
    (
        "delete /api/users/{userId}/identities/{target}",
        "answer 200.password*",
        "Users in answers are described in one way",
    ),
    ("get /api/roles/{id}/users", "answer 200[[][]].password*", "Users in answers are described in one way"),
    ("post /api/configs/jwt-customizer/test", "body.payload*", "is described without `payload`"),
    ("post /api/configs/jwt-customizer/test", "body.tokenType: None?", "is described without `payload`"),
    ("post /api/custom-profile-fields*", "status 422", "422 of profile fields is described"),
    ("post /api/user-assets", "status 400", "The 400 of an upload is described"),
    ("patch /api/account-center", "body.deleteAccountUrl: *", "`deleteAccountUrl` is described as a string"),
    (
        "post /api/connectors/{connectorId}/authorization-uri",
        "answer 200.redirectUri: *",
        "An authorization URI is described without `redirectUri`",
    ),
    ("patch /api/sign-in-exp", "answer 200.passwordExpiration.*", "`passwordExpiration` of a changed"),
)


#: Operations without a counterpart in the reference.
OWN = {
    "get /api/configs/oidc/provider",
    "patch /api/configs/oidc/provider",
    "get /api/hooks/{id}/dead-letters",
    "post /api/hooks/{id}/dead-letters/{letterId}/replay",
}


#: What other parts of the platform will bring; until then such operations answer 404.
NOT_YET = (
    *("* /api/organization*", "get /api/users/{userId}/organizations", "get /api/applications/{id}/organizations"),
    "* /api/applications/{id}/users/{userId}/consent-organizations*",
    *("* /api/sso-connector*",),
    *("get /api/users/{userId}/sso-identities/*", "* /api/authn/*"),
    *("* /api/saml*", "* /api/configs/actions*", "* /api/configs/cimd", "* /api/cimd/*"),
    *("* /api/my-account*", "* /api/verifications*"),
    *("* /api/applications/{id}/protected-app-metadata/custom-domains*",),
)


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


@pytest.mark.reference
def test_every_operation_of_the_contract_is_built_or_named_as_missing(
    ours: Mapping[str, Any], contract: Mapping[str, Any]
) -> None:
    theirs = {name for name in operations(contract) if is_managed(name)}
    missing = theirs - operations(ours).keys()
    unnamed = {name for name in missing if not any(fnmatchcase(name, pattern) for pattern in NOT_YET)}
    assert sorted(unnamed) == []
    built = [pattern for pattern in NOT_YET if not any(fnmatchcase(name, pattern) for name in missing)]
    assert built == [], "named as missing, and built"


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
