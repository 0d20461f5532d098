"""A walk over the contract: every operation exists, takes what it declares, and answers what it declares.

One of each thing is made; then every operation is asked four times: well, so that it succeeds with a body that fits the
contract's schema; without a token; with a token that may do nothing; and, where it names a thing, for one nobody has.
"""

import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import jsonschema_rs
import pytest
from tests.api.conftest import Mint, management, mint, on_sqlite  # noqa: F401 — fixtures
from tests.api.test_openapi import NOT_YET, contract, is_managed, operations  # noqa: F401 — the same
from tests.oidc.party import Party, PartyMaker
from tests.support.databases import settings_for
from tests.support.visitor import Visitor

from sekisho.services import Runtime
from sekisho.settings import Settings

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
NOBODY = "nobody0000000000000000"
#: Names that could be of something, and are of nothing.
UNUSED = {"tokenTypePath": "client-credentials", "languageTag": "de"}
#: Where a name in a path is chosen by whoever writes there.
UPSERTS = {
    "put /api/custom-phrases/{languageTag}",
    "put /api/configs/jwt-customizer/{tokenTypePath}",
    "put /api/users/{userId}/identities/{target}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What makes an operation succeed. `at` are values of its path other than those of the things there are."""

    body: Any = None
    query: str = ""
    at: Mapping[str, str] | None = None
    files: Mapping[str, Any] | None = None
    #: A refusal, where success needs what this installation does not have.
    instead: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Things:
    """Ids by noun and parameter, or by parameter alone."""

    ids: dict[str, str]

    def path(self, template: str, at: Mapping[str, str] | None = None) -> str:
        noun = template.split("/")[2]
        steps = []
        for step in template.split("/"):
            name = step.strip("{}")
            steps.append(self._value(noun, name, at or {}) if step.startswith("{") else step)
        return "/".join(steps)

    def _value(self, noun: str, name: str, at: Mapping[str, str]) -> str:
        value = at.get(name) or self.ids.get(f"{noun}.{name}") or self.ids.get(name, NOBODY)
        return self.ids.get(value, value)


@pytest.fixture
def settings(db_url: str, tmp_path: Path) -> Settings:
    return settings_for(db_url, asset_store=str(tmp_path / "files"), admin_port=3002)


@pytest.fixture
async def party(runtime: Runtime) -> Party:
    return await PartyMaker(runtime=runtime)()


@pytest.fixture
async def things(management: Visitor, party: Party, new_visitor: Callable[[], Visitor]) -> Things:  # noqa: F811
    async def make(path: str, body: Any, *, member: str = "id") -> str:
        answer = await management.post(f"/api{path}", json=body)
        assert answer.status_code < 300, (path, answer.text)
        found: str = answer.json()[member]
        return found

    await party.tokens(new_visitor())
    user = party.user.id
    robot = await make("/applications", {"name": "Robot", "type": "MachineToMachine"})
    press = await make(
        "/applications",
        {
            "name": "Press",
            "type": "Traditional",
            "isThirdParty": True,
            "oidcClientMetadata": {"redirectUris": ["https://press.example.com/cb"], "postLogoutRedirectUris": []},
        },
    )
    api = await make("/resources", {"name": "Orders", "indicator": "https://orders.example.com"})
    scope = await make(f"/resources/{api}/scopes", {"name": "read"})
    write = await make(f"/resources/{api}/scopes", {"name": "change"})
    role = await make("/roles", {"name": "reader", "description": "reads", "scopeIds": [scope]})
    crew = await make("/roles", {"name": "crew", "description": "works", "type": "MachineToMachine"})
    await management.post(f"/api/roles/{role}/users", json={"userIds": [user]})
    await management.post(f"/api/roles/{crew}/applications", json={"applicationIds": [robot]})
    await management.post(f"/api/applications/{press}/user-consent-scopes", json={"userScopes": ["email", "phone"]})
    await management.put(f"/api/users/{user}/identities/github", json={"userId": "octocat"})
    await management.put("/api/configs/jwt-customizer/access-token", json={"script": "const getCustomJwtClaims = 1"})
    await management.put("/api/custom-phrases/fr", json={"action": {"sign_in": "Entrer"}})
    hook = {"name": "h", "events": ["User.Created"], "config": {"url": "https://hooks.example.com"}}
    template = {"languageTag": "en", "templateType": "SignIn", "details": {"subject": "s", "content": "c"}}
    stored = await management.put("/api/email-templates", json={"templates": [template]})
    captcha = {"type": "Turnstile", "siteKey": "site", "secretKey": "secret"}
    assert (await management.put("/api/captcha-provider", json={"config": captcha})).status_code == 200
    field = {"name": "shoeSize", "type": "Number", "label": "Shoe size", "required": False}
    connector = await make("/connectors", {"connectorId": "oauth2", "metadata": {"target": "partner"}})
    await make(f"/users/{user}/mfa-verifications", {"type": "Totp"}, member="type")
    second_factor = (await management.get(f"/api/users/{user}/mfa-verifications")).json()[0]["id"]
    spares = [await make("/applications", {"name": "Spare", "type": "MachineToMachine"}) for _ in range(2)]
    people = [await make("/users", {}) for _ in range(2)]
    sessions = (await management.get(f"/api/users/{user}/sessions")).json()["sessions"]
    grants = (await management.get(f"/api/users/{user}/grants")).json()["grants"]
    logs = (await management.get("/api/logs")).json()
    await management.post("/api/configs/oidc/cookie-keys/rotate", json={})
    keys = (await management.get("/api/configs/oidc/cookie-keys")).json()
    return Things(
        ids={
            "users.userId": user,
            "users.verificationId": second_factor,
            "sessionId": sessions[0]["payload"]["uid"],
            "grantId": grants[0]["id"],
            "target": "github",
            "users.name": await make(f"/users/{user}/personal-access-tokens", {"name": "pat"}, member="name"),
            "users.roleId": role,
            "applications.id": robot,
            "applications.applicationId": robot,
            "applications.roleId": crew,
            "applications.name": "Default secret",
            "press": press,
            "spare": spares[0],
            "spare 2": spares[1],
            "spare user": people[0],
            "spare user 2": people[1],
            "write": write,
            "crew": crew,
            "resources.id": api,
            "resources.resourceId": api,
            "scopeId": scope,
            "scopeType": "user-scopes",
            "roles.id": role,
            "roles.userId": user,
            "roles.applicationId": robot,
            "hooks.id": await make("/hooks", hook),
            "logs.id": logs[0]["id"],
            "one-time-tokens.id": await make("/one-time-tokens", {"email": "a@b.io"}),
            "email-templates.id": stored.json()[0]["id"],
            "custom-profile-fields.name": await make("/custom-profile-fields", field, member="name"),
            "languageTag": "fr",
            "keyType": "cookie-keys",
            "keyId": keys[0]["id"],
            "tokenTypePath": "access-token",
            "connectors.id": connector,
            "connectors.connectorId": connector,
            "connectors.factoryId": "oauth2",
            "connector-factories.id": "oauth2",
        }
    )


def good(things: Things) -> dict[str, Ask]:
    """What each operation is asked, where being asked for a thing that exists is not enough."""
    user, press, role, crew = (
        things.ids["users.userId"],
        things.ids["press"],
        things.ids["roles.id"],
        things.ids["crew"],
    )
    text = {"name": "nickname2", "type": "Text", "label": "Nickname", "required": False}
    hook = {"events": ["User.Created"], "config": {"url": "https://hooks.example.com"}}
    script = {"tokenType": "client-credentials", "script": "const getCustomJwtClaims = async () => ({ a: 1 });"}
    details = {"subject": "s", "content": "c"}
    no_domains, no_code = (400, "domain.not_configured"), (400, "verification_code.not_found")
    return {
        "post /api/applications": Ask(body={"name": "Shop", "type": "SPA"}),
        "patch /api/applications/{id}": Ask(body={"description": "x"}),
        "delete /api/applications/{id}/legacy-secret": Ask(instead=(400, "application.no_legacy_secret_found")),
        "patch /api/applications/{applicationId}/custom-data": Ask(body={"a": 1}),
        "post /api/applications/{id}/secrets": Ask(body={"name": "second"}),
        "patch /api/applications/{id}/secrets/{name}": Ask(body={"name": "first"}),
        "delete /api/applications/{id}/secrets/{name}": Ask(at={"name": "second"}),
        "post /api/applications/{applicationId}/user-consent-scopes": Ask(
            body={"userScopes": ["profile"]}, at={"applicationId": press}
        ),
        "get /api/applications/{applicationId}/user-consent-scopes": Ask(at={"applicationId": press}),
        "delete /api/applications/{applicationId}/user-consent-scopes/{scopeType}/{scopeId}": Ask(
            at={"applicationId": press, "scopeId": "phone"}
        ),
        "post /api/applications/{applicationId}/roles": Ask(body={"roleIds": [crew]}, at={"applicationId": "spare"}),
        "put /api/applications/{applicationId}/roles": Ask(body={"roleIds": [crew]}),
        "put /api/applications/{applicationId}/access-control": Ask(
            body={"userIds": [user], "userRoleIds": [role], "organizationIds": [], "organizationRoleRules": []},
            at={"applicationId": press},
        ),
        "get /api/applications/{applicationId}/access-control": Ask(at={"applicationId": press}),
        "put /api/applications/{applicationId}/sign-in-experience": Ask(
            body={"termsOfUseUrl": None, "privacyPolicyUrl": None, "displayName": "The Press"},
            at={"applicationId": press},
        ),
        "get /api/applications/{applicationId}/sign-in-experience": Ask(at={"applicationId": press}),
        "post /api/users": Ask(body={"username": "hokusai"}),
        "patch /api/users/{userId}": Ask(body={"name": "x"}),
        "patch /api/users/{userId}/custom-data": Ask(body={"customData": {"a": 1}}),
        "patch /api/users/{userId}/profile": Ask(body={"profile": {"nickname": "x"}}),
        "patch /api/users/{userId}/is-suspended": Ask(body={"isSuspended": False}),
        "patch /api/users/{userId}/password": Ask(body={"password": "Kanagawa-1831"}),
        "post /api/users/{userId}/password/verify": Ask(body={"password": "Kanagawa-1831"}),
        "patch /api/users/{userId}/password/expiration": Ask(body={"isExpired": False}),
        "patch /api/users/{userId}/logto-configs": Ask(body={"mfa": {"skipped": True}}),
        "post /api/users/{userId}/mfa-verifications": Ask(body={"type": "BackupCode"}),
        "post /api/users/{userId}/identities": Ask(
            body={"connectorId": things.ids["connectors.id"], "connectorData": {}},
            instead=(400, "connector.invalid_config"),
        ),
        "put /api/users/{userId}/identities/{target}": Ask(body={"userId": "mona"}),
        "post /api/users/{userId}/personal-access-tokens": Ask(body={"name": "second"}),
        "patch /api/users/{userId}/personal-access-tokens": Ask(body={"currentName": "second", "name": "third"}),
        "patch /api/users/{userId}/personal-access-tokens/{name}": Ask(body={"name": "second"}, at={"name": "third"}),
        "post /api/users/{userId}/personal-access-tokens/delete": Ask(body={"name": "second"}),
        "post /api/users/{userId}/roles": Ask(body={"roleIds": [role]}, at={"userId": "spare user"}),
        "put /api/users/{userId}/roles": Ask(body={"roleIds": [role]}),
        "post /api/subject-tokens": Ask(body={"userId": user}),
        "post /api/one-time-tokens": Ask(body={"email": "b@b.io"}),
        "post /api/one-time-tokens/verify": Ask(
            body={"token": "x", "email": "a@b.io"}, instead=(404, "one_time_token.token_not_found")
        ),
        "put /api/one-time-tokens/{id}/status": Ask(body={"status": "revoked"}),
        "post /api/verification-codes": Ask(body={"email": "a@b.io"}, instead=(501, "connector.not_found")),
        "post /api/verification-codes/verify": Ask(
            body={"email": "a@b.io", "verificationCode": "000000"}, instead=no_code
        ),
        "post /api/user-assets": Ask(files={"file": ("a.png", PNG, "image/png")}),
        "post /api/domains": Ask(body={"domain": "auth.example.com"}, instead=no_domains),
        "post /api/domains/cleanup": Ask(body={"staleDays": 7}, instead=no_domains),
        "get /api/domains/{id}": Ask(instead=(404, "entity.not_exists_with_id")),
        "delete /api/domains/{id}": Ask(instead=(404, "entity.not_found")),
        "get /api/domains/{id}/verification-files": Ask(instead=(404, "entity.not_exists_with_id")),
        "put /api/domains/{id}/verification-files": Ask(
            body={"verificationFiles": []}, instead=(404, "entity.not_exists_with_id")
        ),
        "post /api/sentinel-activities/delete": Ask(body={"targetType": "User", "targets": ["x"]}),
        "get /api/systems/application": Ask(instead=(501, "application.protected_app_not_configured")),
        "patch /api/configs/oidc/session": Ask(body={"ttl": 3600}),
        "post /api/configs/oidc/{keyType}/rotate": Ask(body={}),
        "put /api/configs/id-token": Ask(body={"enabledExtendedClaims": ["roles"]}),
        "post /api/configs/jwt-customizer/test": Ask(body={**script, "token": {"kind": "ClientCredentials"}}),
        "put /api/configs/jwt-customizer/{tokenTypePath}": Ask(body={"script": script["script"]}),
        "patch /api/configs/jwt-customizer/{tokenTypePath}": Ask(body={"script": script["script"]}),
        "patch /api/sign-in-exp": Ask(body={"customCss": "a {}"}),
        "post /api/sign-in-exp/default/check-password": Ask(body={"password": "Kanagawa-1831", "userId": user}),
        "post /api/sign-in-exp/default/custom-ui-assets": Ask(files={"file": ("ui.zip", _bundle(), "application/zip")}),
        "put /api/custom-phrases/{languageTag}": Ask(body={"action": {"sign_in": "Entrer"}}),
        "put /api/email-templates": Ask(
            body={"templates": [{"languageTag": "ja", "templateType": "Register", "details": details}]}
        ),
        "delete /api/email-templates": Ask(query="?languageTag=ja"),
        "patch /api/email-templates/{id}/details": Ask(body={"subject": "t"}),
        "put /api/captcha-provider": Ask(
            body={"config": {"type": "Turnstile", "siteKey": "site", "secretKey": "secret"}}
        ),
        "post /api/connectors": Ask(body={"connectorId": "discord-universal"}),
        "patch /api/connectors/{id}": Ask(body={"syncProfile": True}),
        "post /api/connectors/{factoryId}/test": Ask(
            body={"email": "a@b.io", "config": {}}, instead=(400, "connector.unexpected_type")
        ),
        "post /api/connectors/{connectorId}/authorization-uri": Ask(
            body={"state": "s", "redirectUri": "https://app.example.com"}, instead=(400, "connector.invalid_config")
        ),
        "delete /api/secrets/{id}": Ask(instead=(404, "entity.not_found")),
        "post /api/custom-profile-fields": Ask(body=text),
        "post /api/custom-profile-fields/batch": Ask(body=[{**text, "name": "nickname3"}]),
        "put /api/custom-profile-fields/{name}": Ask(
            body={"type": "Number", "label": "Size", "required": False, "config": {}}
        ),
        "post /api/custom-profile-fields/properties/sie-order": Ask(
            body={"order": [{"name": "shoeSize", "sieOrder": 1}]}
        ),
        "patch /api/account-center": Ask(body={"enabled": True}),
        "patch /api/configs/admin-console": Ask(body={"signInExperienceCustomized": True}),
        "post /api/resources": Ask(body={"name": "Bills", "indicator": "https://bills.example.com"}),
        "patch /api/resources/{id}": Ask(body={"name": "x"}),
        "patch /api/resources/{id}/is-default": Ask(body={"isDefault": True}),
        "post /api/resources/{resourceId}/scopes": Ask(body={"name": "write"}),
        "patch /api/resources/{resourceId}/scopes/{scopeId}": Ask(body={"description": "x"}),
        "post /api/roles": Ask(body={"name": "writer", "description": "writes"}),
        "patch /api/roles/{id}": Ask(body={"description": "x"}),
        "post /api/roles/{id}/scopes": Ask(body={"scopeIds": [things.ids["write"]]}),
        "post /api/roles/{id}/users": Ask(body={"userIds": [things.ids["spare user 2"]]}),
        "get /api/roles/{id}/applications": Ask(at={"id": crew}),
        "post /api/roles/{id}/applications": Ask(body={"applicationIds": [things.ids["spare 2"]]}, at={"id": crew}),
        "delete /api/roles/{id}/applications/{applicationId}": Ask(at={"id": crew, "applicationId": "spare 2"}),
        "delete /api/roles/{id}/users/{userId}": Ask(at={"userId": "spare user 2"}),
        "delete /api/roles/{id}/scopes/{scopeId}": Ask(at={"scopeId": "write"}),
        "post /api/hooks": Ask(body={"name": "h2", **hook}),
        "patch /api/hooks/{id}": Ask(body={"enabled": False}),
        "post /api/hooks/{id}/test": Ask(body=hook, instead=(422, "hook.send_test_payload_failed")),
    }


def _bundle() -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("index.html", "<p>")
    return packed.getvalue()


async def test_every_operation_of_the_contract_does_what_it_declares(
    management: Visitor,  # noqa: F811
    contract: Mapping[str, Any],  # noqa: F811
    things: Things,
) -> None:
    asked, wrong = good(things), []
    built = {
        name: operation
        for name, operation in operations(contract).items()
        if is_managed(name) and not any(fnmatchcase(name, pattern) for pattern in NOT_YET)
    }
    # As they are listed; what removes comes last, and of that what stands deepest in another thing first.
    listed = {name: place for place, name in enumerate(asked)}

    def turn(name: str) -> tuple[bool, int, int]:
        removes = name.startswith("delete")
        return removes, -name.count("/") if removes else 0, listed.get(name, len(listed))

    for name in sorted(built, key=turn):
        ask = asked.pop(name, Ask())
        method, template = name.split()
        answer = await management.request(
            method.upper(), things.path(template, ask.at) + ask.query, json=ask.body, files=ask.files
        )
        wrong += [f"{name}: {problem}" for problem in problems_of(answer, ask, built[name], contract["components"])]
    assert not wrong, "\n".join(wrong)
    assert asked == {}, "asked of operations that are not in the contract"


def problems_of(answer: httpx2.Response, ask: Ask, operation: Mapping[str, Any], components: Any) -> Iterator[str]:
    """Say what is wrong with an answer, by the contract."""
    declared = operation["responses"].get(str(answer.status_code))
    if ask.instead is not None:
        if (answer.status_code, code_of(answer)) != ask.instead:
            yield f"{answer.status_code} {answer.text[:200]}"
    elif answer.status_code >= 300 or declared is None:
        yield f"{answer.status_code} {answer.text[:200]}"
    elif schema := declared.get("content", {}).get("application/json", {}).get("schema"):
        checked = jsonschema_rs.Draft202012Validator({**_plain(schema), "components": _plain(components)})
        for error in checked.iter_errors(answer.json()):
            path = ".".join(map(str, error.instance_path))
            # An accepted difference (docs/compatibility.md): the contract describes these strings as objects.
            if "edirectUris." not in path:
                yield f"answer {path}: {error.message[:200]}"


def code_of(answer: httpx2.Response) -> str | None:
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    code: str | None = answer.json().get("code") if is_json else None
    return code


def _plain(schema: Any) -> Any:
    """Return an OpenAPI 3.0 schema as JSON Schema; the contract means `anyOf` where it says `oneOf`."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    plain = {("anyOf" if name == "oneOf" else name): _plain(value) for name, value in schema.items()}
    if plain.pop("nullable", False) is True:
        return {"anyOf": [plain, {"type": "null"}]}
    if isinstance(pattern := plain.get("pattern"), str) and pattern.startswith("/"):
        # Written as in JavaScript; the flag ignores case.
        body, _, flags = pattern[1:].rpartition("/")
        plain["pattern"] = f"(?{flags}){body}" if flags else body
    if isinstance(format_ := plain.get("format"), str):
        # A literal is told as a format.
        del plain["format"]
        if format_.startswith('"'):
            plain["const"] = json.loads(format_)
    return plain


@pytest.mark.parametrize(
    ("scope", "status", "code"), [(None, 401, "auth.authorization_header_missing"), ("", 403, "auth.forbidden")]
)
@on_sqlite
async def test_no_operation_answers_who_may_not_ask(
    visitor: Visitor,
    mint: Mint,  # noqa: F811
    contract: Mapping[str, Any],  # noqa: F811
    scope: str | None,
    status: int,
    code: str,
) -> None:
    if scope is not None:
        visitor.headers["authorization"] = f"Bearer {await mint(scope=scope)}"
    wrong = []
    for name, operation in operations(contract).items():
        if not is_managed(name) or str(status) not in operation["responses"]:
            continue
        if any(fnmatchcase(name, pattern) for pattern in NOT_YET):
            continue
        method, path = name.split()
        answer = await visitor.request(method.upper(), path.replace("{", "").replace("}", ""))
        if (answer.status_code, code_of(answer)) != (status, code):
            wrong.append(f"{name}: {answer.status_code} {answer.text[:100]}")
    assert not wrong, "\n".join(wrong)


@on_sqlite
async def test_what_nobody_has_is_not_found(
    management: Visitor,  # noqa: F811
    contract: Mapping[str, Any],  # noqa: F811
    things: Things,
) -> None:
    asked, wrong = good(things), []
    for name, operation in operations(contract).items():
        method, template = name.split()
        is_on_thing = template.endswith("}") and "404" in operation["responses"]
        if not is_managed(name) or not is_on_thing or name in UPSERTS:
            continue
        if any(fnmatchcase(name, pattern) for pattern in NOT_YET):
            continue
        ask = asked.get(name, Ask())
        last = template.rpartition("/")[2].strip("{}")
        answer = await management.request(
            method.upper(), things.path(template, {**(ask.at or {}), last: UNUSED.get(last, NOBODY)}), json=ask.body
        )
        if answer.status_code != 404:
            wrong.append(f"{name}: {answer.status_code} {answer.text[:100]}")
    assert not wrong, "\n".join(wrong)
