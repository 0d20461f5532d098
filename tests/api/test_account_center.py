"""What people may see and change of their own account (management-api.md §15)."""

from collections.abc import Sequence
from typing import Any

from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

PATH = "/api/account-center"
PUBLIC = "/api/.well-known/account-center"
SEEDED: dict[str, Any] = {
    "tenantId": "default",
    "id": "default",
    "enabled": False,
    "fields": {},
    "webauthnRelatedOrigins": [],
    "deleteAccountUrl": None,
    "customCss": None,
    "profileFields": None,
}
OF_ADMINISTRATORS = (
    "name",
    "avatar",
    "profile",
    "email",
    "phone",
    "password",
    "username",
    "social",
    "customData",
    "mfa",
)


async def test_what_is_given_is_replaced_and_the_rest_stays(management: Visitor) -> None:
    assert (await management.get(PATH)).json() == SEEDED
    given: dict[str, Any] = {
        "enabled": True,
        "fields": {"name": "Edit", "customData": "ReadOnly", "mfa": "Off"},
        "webauthnRelatedOrigins": ["https://a.example.com", "https://b.example.com", "https://a.example.com"],
        "deleteAccountUrl": "https://example.com/bye",
        "customCss": "a {}",
    }
    changed = await management.patch(PATH, json={**given, "trustedDevice": "Edit"})
    origins = ["https://a.example.com", "https://b.example.com"]
    assert changed.status_code == 200
    assert changed.json() == {**SEEDED, **given, "webauthnRelatedOrigins": origins}

    cleared = {"fields": {"email": "Edit"}, "deleteAccountUrl": "", "customCss": ""}
    again = await management.patch(PATH, json=cleared)
    assert again.json() == {
        **changed.json(),
        "fields": {"email": "Edit"},
        "deleteAccountUrl": None,
        "customCss": None,
    }
    assert (await management.patch(PATH, json={})).json() == again.json()
    assert (await management.get(PATH)).json() == again.json()


async def test_profile_fields_are_those_that_there_are(management: Visitor) -> None:
    for name in ("color", "shape"):
        await management.post("/api/custom-profile-fields", json={"name": name, "type": "Text", "required": False})
    fields = [{"name": name} for name in ("shape", "nothing", "avatar", "color")]
    changed = await management.patch(PATH, json={"profileFields": fields})
    assert changed.json()["profileFields"] == [{"name": name} for name in ("shape", "avatar", "color")]

    await management.delete("/api/custom-profile-fields/shape")
    assert (await management.get(PATH)).json()["profileFields"] == [{"name": "avatar"}, {"name": "color"}]
    assert (await management.patch(PATH, json={"profileFields": []})).json()["profileFields"] == []
    assert (await management.patch(PATH, json={"profileFields": None})).json()["profileFields"] is None


SENSELESS: Sequence[tuple[dict[str, Any], str]] = (
    ({"enabled": None}, "guard.invalid_input"),
    ({"fields": {"name": "Sometimes"}}, "guard.invalid_input"),
    ({"webauthnRelatedOrigins": "https://example.com"}, "guard.invalid_input"),
    ({"profileFields": [{"name": "name"}, {"name": "name"}]}, "request.invalid_input"),
    *(
        ({"deleteAccountUrl": url}, "guard.invalid_input")
        for url in (
            "nowhere",
            "javascript:alert(1)",
            "ftp://example.com",
            "https://",
            "https://e.com/" + "x" * 2048,
        )
    ),
)


@on_sqlite
async def test_what_makes_no_sense_is_refused(management: Visitor) -> None:
    for body, code in SENSELESS:
        answer = await management.patch(PATH, json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, code), body
        assert (await management.get(PATH)).json() == SEEDED, body


@on_sqlite
async def test_anybody_may_know_what_people_may_do(management: Visitor, visitor: Visitor) -> None:
    await management.patch(PATH, json={"enabled": True})
    answer = await visitor.get(PUBLIC)
    assert (answer.status_code, answer.json()) == (200, {**SEEDED, "enabled": True})


async def test_administrators_may_change_their_account_and_tenants_have_their_own(
    management: Visitor, admin_management: Visitor
) -> None:
    await management.patch(PATH, json={"fields": {"name": "Off"}})
    assert (await admin_management.get(f"/t/admin{PATH}")).json() == {
        **SEEDED,
        "tenantId": "admin",
        "enabled": True,
        "fields": dict.fromkeys(OF_ADMINISTRATORS, "Edit"),
        "profileFields": [{"name": "name"}, {"name": "avatar"}],
    }


@on_sqlite
async def test_who_may_not_manage_learns_nothing(visitor: Visitor) -> None:
    for method in ("GET", "PATCH"):
        assert (await visitor.request(method, PATH)).status_code == 401
