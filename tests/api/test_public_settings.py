"""What anybody may know of how a tenant lets people in (experience.md §21.1)."""

from typing import Any

from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

PATH = "/api/.well-known/sign-in-exp"
SETTINGS = "/api/sign-in-exp"
HIDDEN = {"emailBlocklistPolicy", "forgotPasswordMethods"}


async def public(visitor: Visitor) -> dict[str, Any]:
    answer = await visitor.get(PATH)
    assert answer.status_code == 200
    assert (await visitor.get("/api/.well-known/experience")).json() == answer.json()
    return dict(answer.json())


async def test_what_is_changed_is_seen_at_once_but_for_what_is_nobodys_business(management: Visitor) -> None:
    blocked = {"emailBlocklistPolicy": {"customBlocklist": ["@example.com"]}}
    await management.patch(SETTINGS, json={"signInMode": "SignIn", "customCss": "a {}", **blocked})
    kept = (await management.get(SETTINGS)).json()
    shown = await public(management)
    assert shown.items() >= {name: value for name, value in kept.items() if name not in HIDDEN}.items()
    assert HIDDEN.isdisjoint(shown)
    assert "example.com" not in str(shown)


async def test_profile_fields_are_all_asked_for_until_some_are_chosen(management: Visitor) -> None:
    for name in ("a", "b", "c"):
        await management.post("/api/custom-profile-fields", json={"name": name, "type": "Text", "required": False})
    fields = (await management.get("/api/custom-profile-fields")).json()
    for chosen, asked in ((None, "abc"), ([], ""), (["c", "a"], "ca")):
        names = None if chosen is None else [{"name": name} for name in chosen]
        await management.patch(SETTINGS, json={"signUpProfileFields": names})
        shown = await public(management)
        assert shown["customProfileFieldCatalog"] == fields
        assert "".join(each["name"] for each in shown["customProfileFields"]) == asked
        assert all(each in fields for each in shown["customProfileFields"])


@on_sqlite
async def test_the_widget_is_shown_only_while_a_proof_is_asked_for_and_never_with_its_secret(
    management: Visitor,
) -> None:
    config = {"type": "RecaptchaEnterprise", "siteKey": "site", "secretKey": "hush", "projectId": "project-7"}
    await management.put("/api/captcha-provider", json={"config": {**config, "mode": "checkbox"}})
    assert "captchaConfig" not in await public(management)

    await management.patch(SETTINGS, json={"captchaPolicy": {"enabled": True}})
    shown = await public(management)
    assert shown["captchaConfig"] == {"type": "RecaptchaEnterprise", "siteKey": "site", "mode": "checkbox"}
    assert "hush" not in str(shown)

    await management.delete("/api/captcha-provider")
    assert "captchaConfig" not in await public(management)


async def test_a_tenant_shows_its_own(management: Visitor, admin_management: Visitor) -> None:
    await management.post("/api/custom-profile-fields", json={"name": "a", "type": "Text", "required": False})
    await management.patch(SETTINGS, json={"customCss": "a {}"})
    other = (await admin_management.get(f"/t/admin{PATH}")).json()
    assert (other["tenantId"], other["customCss"], other["customProfileFieldCatalog"]) == ("admin", None, [])
