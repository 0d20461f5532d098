"""What a tenant asks people beyond what they sign in with (management-api.md §13.6)."""

from collections.abc import Sequence
from typing import Any

import pytest
from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

from sekisho.kernel.clock import ManualClock, epoch_milliseconds

PATH = "/api/custom-profile-fields"
ORDER = f"{PATH}/properties/sie-order"
TEXT = {"type": "Text", "required": True}
PART = {"enabled": True, "name": "country", "type": "Text", "required": False}


def text(name: str, **more: Any) -> dict[str, Any]:
    return {**TEXT, "name": name, **more}


def address(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Address", "required": False, "config": {"parts": parts}}


async def add(management: Visitor, *bodies: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await management.post(f"{PATH}/batch", json=bodies)
    assert answer.status_code == 201, answer.text
    return list(answer.json())


async def names(management: Visitor) -> list[str]:
    return [each["name"] for each in (await management.get(PATH)).json()]


async def test_a_field_is_added_read_redefined_and_removed(management: Visitor, clock: ManualClock) -> None:
    body = text("color", label="Colour", description="Which?", config={"minLength": 1, "placeholder": "red", "x": 1})
    made = await management.post(PATH, json=body)
    assert made.status_code == 201
    field = made.json()
    assert field == {
        "tenantId": "default",
        "id": field["id"],
        "name": "color",
        "type": "Text",
        "label": "Colour",
        "description": "Which?",
        "required": True,
        "config": {"minLength": 1, "placeholder": "red"},
        "createdAt": epoch_milliseconds(clock.now()),
        "sieOrder": 1,
    }
    assert (await management.get(f"{PATH}/color")).json() == field

    config = {"options": [{"value": "red", "label": "Red"}, {"value": "blue"}]}
    redefined = await management.put(
        f"{PATH}/color", json={"type": "Select", "required": False, "name": "other", "config": config}
    )
    changed = {"type": "Select", "label": "", "description": None, "required": False, "config": config}
    assert (redefined.status_code, redefined.json()) == (200, {**field, **changed})

    gone = await management.delete(f"{PATH}/color")
    assert (gone.status_code, gone.text) == (204, "")
    assert (await management.get(f"{PATH}/color")).status_code == 404


@on_sqlite
@pytest.mark.parametrize(
    "definition",
    [
        {"type": "Number", "config": {"minValue": -1.5, "maxValue": 3}},
        {"type": "Date", "config": {"format": "custom", "customFormat": "yyyy"}},
        {"type": "Checkbox", "config": {"defaultValue": "true"}},
        {"type": "Url"},
        {"type": "Regex", "config": {"format": r"^(?<year>\d{4})(?!-)\p{L}*$"}},
        {"type": "Address", "config": {"parts": [{**PART, "label": "Country", "config": {"placeholder": "JP"}}]}},
        {"type": "Fullname", "config": {"parts": [{**PART, "name": "givenName"}, {**PART, "name": "familyName"}]}},
    ],
)
async def test_every_type_has_its_own_settings(management: Visitor, definition: dict[str, Any]) -> None:
    body = {"name": "field", "required": False, **definition}
    made = await management.post(PATH, json=body)
    assert made.status_code == 201, made.text
    assert made.json().items() >= {"config": {}, **body}.items()
    again = await management.put(f"{PATH}/field", json=body)
    assert (again.status_code, again.json()) == (200, made.json())


async def test_fields_stand_in_their_order(management: Visitor) -> None:
    first = await add(management, text("a"), text("b"))
    assert [each["sieOrder"] for each in first] == [1, 2]
    await add(management, text("c"))
    assert await names(management) == ["a", "b", "c"]

    arranged = await management.post(
        ORDER, json={"order": [{"name": "c", "sieOrder": 0}, {"name": "a", "sieOrder": 9}]}
    )
    assert arranged.status_code == 200
    assert [(each["name"], each["sieOrder"]) for each in arranged.json()] == [("c", 0), ("b", 2), ("a", 9)]
    assert await names(management) == ["c", "b", "a"]
    assert [each["sieOrder"] for each in await add(management, text("d"))] == [10]


async def test_a_field_that_is_gone_is_asked_for_no_longer(management: Visitor) -> None:
    await add(management, text("a"), text("b"))
    fields = {"signUpProfileFields": [{"name": "b"}, {"name": "nowhere"}, {"name": "a"}]}
    changed = await management.patch("/api/sign-in-exp", json=fields)
    assert changed.json()["signUpProfileFields"] == [{"name": "b"}, {"name": "a"}]
    await management.delete(f"{PATH}/b")
    assert (await management.get("/api/sign-in-exp")).json()["signUpProfileFields"] == [{"name": "a"}]


SENSELESS: Sequence[tuple[Any, int, str]] = (
    (text("with space"), 400, "invalid_name"),
    (text("naïve"), 400, "invalid_name"),
    (text(""), 400, "invalid_name"),
    (text("preferredUsername"), 400, "name_conflict_built_in_prop"),
    *((text(name), 400, "name_conflict_custom_data") for name in ("onboarding", "defaultTenantId")),
    *((text(name), 400, "name_conflict_sign_in_identifier") for name in ("username", "primaryEmail", "phone")),
    (text("taken"), 422, "name_exists"),
    (text("a", config={"minLength": 2, "maxLength": 1}), 400, "invalid_min_max_input"),
    (
        {**TEXT, "name": "a", "type": "Number", "config": {"minValue": 2, "maxValue": 1}},
        400,
        "invalid_min_max_input",
    ),
    ({**address(), "name": "a"}, 400, "invalid_address_components"),
    ({**address(PART, PART), "name": "a"}, 400, "invalid_address_components"),
    ({**address(), "type": "Fullname", "name": "a"}, 400, "invalid_fullname_components"),
    ({**address({**PART, "type": "Fullname"}), "name": "a"}, 400, "invalid_sub_component_type"),
    (
        {**address({**PART, "config": {"minLength": 2, "maxLength": 1}}), "name": "a"},
        400,
        "invalid_min_max_input",
    ),
    (TEXT, 400, "guard.invalid_input"),
    (text("a", type="Colour"), 400, "guard.invalid_input"),
    ({"name": "a", "type": "Text"}, 400, "guard.invalid_input"),
    (text("a", label=""), 400, "guard.invalid_input"),
    (text("x" * 129), 400, "guard.invalid_input"),
    (text("a", type="Checkbox"), 400, "guard.invalid_input"),
    (text("a", type="Checkbox", required=False, config={"defaultValue": "maybe"}), 400, "guard.invalid_input"),
    (text("a", type="Select"), 400, "guard.invalid_input"),
    (text("a", type="Regex"), 400, "guard.invalid_input"),
    (text("a", type="Date", config={}), 400, "guard.invalid_input"),
    ({**address({**PART, "name": "givenName"}), "name": "a"}, 400, "guard.invalid_input"),
    ([], 400, "guard.invalid_input"),
)


@on_sqlite
async def test_what_makes_no_sense_is_not_added(management: Visitor) -> None:
    await add(management, text("taken"))
    for body, status, code in SENSELESS:
        answer = await management.post(PATH, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, _whole(code)), body
        assert "{{" not in answer.json()["message"], body
        assert await names(management) == ["taken"], body


def _whole(code: str) -> str:
    return code if "." in code else f"custom_profile_fields.{code}"


@on_sqlite
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"type": "Select", "required": False, "config": {"options": []}}, "invalid_options"),
        ({"type": "Regex", "required": False, "config": {"format": "("}}, "invalid_regex_format"),
        ({"type": "Regex", "required": False, "config": {"format": ""}}, "invalid_regex_format"),
        (address({**PART, "type": "Select", "config": {}}), "invalid_options"),
        (
            address({**PART, "type": "Select", "config": {"options": [{"value": "jp"}], "defaultValue": "de"}}),
            "invalid_default_value",
        ),
        (address({**PART, "type": "Regex", "config": {"format": "["}}), "invalid_regex_format"),
    ],
)
async def test_an_unfinished_field_can_be_begun_but_not_left_so(
    management: Visitor, body: dict[str, Any], code: str
) -> None:
    begun = await management.post(PATH, json={**body, "name": "field"})
    assert begun.status_code == 201, begun.text
    answer = await management.put(f"{PATH}/field", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, _whole(code))


@on_sqlite
async def test_of_several_fields_all_are_added_or_none(management: Visitor) -> None:
    for bodies, code in (
        ([text("a"), text("username")], "custom_profile_fields.name_conflict_sign_in_identifier"),
        ([text("a"), text("a")], "request.invalid_input"),
        ([], "guard.invalid_input"),
        ([text(f"f{number}") for number in range(21)], "guard.invalid_input"),
    ):
        answer = await management.post(f"{PATH}/batch", json=bodies)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    await add(management, text("b"))
    refused = await management.post(f"{PATH}/batch", json=[text("a"), text("b")])
    assert (refused.status_code, refused.json()["code"]) == (422, "custom_profile_fields.name_exists")
    assert await names(management) == ["b"]


@on_sqlite
async def test_only_fields_that_are_there_have_an_order(management: Visitor) -> None:
    await add(management, text("a"))
    unknown = await management.post(ORDER, json={"order": [{"name": "z", "sieOrder": 1}, {"name": "a", "sieOrder": 2}]})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "custom_profile_fields.entity_not_exists_with_names")
    assert unknown.json()["message"].endswith("z.")
    twice = await management.post(ORDER, json={"order": [{"name": "a", "sieOrder": 1}, {"name": "a", "sieOrder": 2}]})
    assert (twice.json()["code"], twice.json()["data"]) == ("request.invalid_input", {"duplicateNames": ["a"]})
    big = await management.post(ORDER, json={"order": [{"name": "a", "sieOrder": 2**15}]})
    assert big.json()["code"] == "guard.invalid_input"


@on_sqlite
@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PUT", TEXT), ("DELETE", None)])
async def test_a_field_that_is_not_there_is_not_found(management: Visitor, method: str, body: Any) -> None:
    answer = await management.request(method, f"{PATH}/nothing", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "entity.not_found")


async def test_fields_of_a_tenant_are_its_own(management: Visitor, admin_management: Visitor) -> None:
    await add(management, text("a"))
    assert (await admin_management.get(f"/t/admin{PATH}")).json() == []
    for method in ("GET", "PUT", "DELETE"):
        assert (await admin_management.request(method, f"/t/admin{PATH}/a", json=TEXT)).status_code == 404
    assert await names(management) == ["a"]


@on_sqlite
async def test_who_may_not_manage_learns_nothing(visitor: Visitor) -> None:
    for method, path in (
        ("GET", PATH),
        ("POST", PATH),
        ("POST", f"{PATH}/batch"),
        ("POST", ORDER),
        ("GET", f"{PATH}/a"),
    ):
        assert (await visitor.request(method, path)).status_code == 401
