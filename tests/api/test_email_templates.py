"""What e-mails say (management-api.md §13.4)."""

from collections.abc import Sequence
from typing import Any

from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

from sekisho.kernel.clock import ManualClock, epoch_milliseconds

PATH = "/api/email-templates"
DETAILS = {"subject": "Your code", "content": "{{code}}"}


def template(language: str = "en", type_: str = "SignIn", **details: str) -> dict[str, Any]:
    return {"languageTag": language, "templateType": type_, "details": {**DETAILS, **details}}


async def put(management: Visitor, *templates: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await management.put(PATH, json={"templates": templates})
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def test_a_template_is_set_read_changed_and_deleted(management: Visitor, clock: ManualClock) -> None:
    (made,) = await put(management, template(contentType="text/html", replyTo="a@b.co", sendFrom="c@d.co"))
    details = {**DETAILS, "contentType": "text/html", "replyTo": "a@b.co", "sendFrom": "c@d.co"}
    assert made == {
        "tenantId": "default",
        "id": made["id"],
        "languageTag": "en",
        "templateType": "SignIn",
        "details": details,
        "createdAt": epoch_milliseconds(clock.now()),
    }
    path = f"{PATH}/{made['id']}"
    assert (await management.get(path)).json() == made

    changed = await management.patch(f"{path}/details", json={"subject": "", "contentType": "text/plain"})
    assert changed.status_code == 200
    assert changed.json()["details"] == {**details, "subject": "", "contentType": "text/plain"}
    assert (await management.patch(f"{path}/details", json={})).json() == changed.json()

    gone = await management.delete(path)
    assert (gone.status_code, gone.text) == (204, "")
    assert (await management.get(path)).json()["code"] == "entity.not_exists_with_id"


async def test_there_is_one_template_for_a_language_and_a_purpose(management: Visitor) -> None:
    (first,) = await put(management, template(replyTo="a@b.co"))
    second, other = await put(management, template(subject="x"), template("de"), template(subject="y"))
    assert second == {**first, "details": {**DETAILS, "subject": "y"}}
    assert (await management.get(PATH)).json() == [other, second]


async def test_templates_are_listed_by_language_and_purpose_and_those_that_are_meant(management: Visitor) -> None:
    pairs = [("en", "SignIn"), ("de", "SignIn"), ("de", "BindMfa"), ("en", "Generic")]
    await put(management, *(template(language, type_) for language, type_ in pairs))

    async def listed(**query: str) -> list[tuple[str, str]]:
        rows = (await management.get(PATH, params=query)).json()
        return [(row["languageTag"], row["templateType"]) for row in rows]

    assert await listed() == sorted(pairs)
    assert await listed(languageTag="de") == [("de", "BindMfa"), ("de", "SignIn")]
    assert await listed(templateType="SignIn") == [("de", "SignIn"), ("en", "SignIn")]
    assert await listed(languageTag="en", templateType="SignIn") == [("en", "SignIn")]
    assert await listed(languageTag="fr") == []


async def test_many_are_deleted_and_counted(management: Visitor) -> None:
    await put(management, template(), template("de"), template("de", "Generic"))
    assert (await management.delete(PATH, params={"languageTag": "de"})).json() == {"rowCount": 2}
    assert (await management.delete(PATH, params={"templateType": "Generic"})).json() == {"rowCount": 0}
    assert len((await management.get(PATH)).json()) == 1


REFUSALS: Sequence[tuple[str, str, Any, int, str]] = (
    ("PUT", "", {"templates": []}, 400, "guard.invalid_input"),
    ("PUT", "", {}, 400, "guard.invalid_input"),
    ("PUT", "", {"templates": [{**template(), "templateType": "Newsletter"}]}, 400, "guard.invalid_input"),
    ("PUT", "", {"templates": [template("x" * 17)]}, 400, "guard.invalid_input"),
    ("PUT", "", {"templates": [template("")]}, 400, "guard.invalid_input"),
    ("PUT", "", {"templates": [template(contentType="text/xml")]}, 400, "guard.invalid_input"),
    ("PUT", "", {"templates": [{**template(), "details": {"subject": "x"}}]}, 400, "guard.invalid_input"),
    ("GET", "?templateType=Newsletter", None, 400, "guard.invalid_input"),
    ("GET", "?languageTag=" + "x" * 17, None, 400, "guard.invalid_input"),
    ("DELETE", "", None, 422, "connector.email_connector.bulk_deletion_no_filter"),
    ("GET", "/nothing", None, 404, "entity.not_exists_with_id"),
    ("PATCH", "/nothing/details", {"subject": "x"}, 404, "entity.not_exists_with_id"),
    ("PATCH", "/nothing/details", {"subject": None}, 400, "guard.invalid_input"),
    ("DELETE", "/nothing", None, 404, "entity.not_found"),
)


@on_sqlite
async def test_what_cannot_be_done_says_why(management: Visitor) -> None:
    for method, path, body, status, code in REFUSALS:
        answer = await management.request(method, PATH + path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (method, path, body)


async def test_templates_of_a_tenant_are_its_own(management: Visitor, admin_management: Visitor) -> None:
    (made,) = await put(management, template())
    assert (await admin_management.get(f"/t/admin{PATH}")).json() == []
    for method, path in (("GET", ""), ("PATCH", "/details"), ("DELETE", "")):
        answer = await admin_management.request(method, f"/t/admin{PATH}/{made['id']}{path}", json={})
        assert answer.status_code == 404
    assert (await management.get(PATH)).json() == [made]


@on_sqlite
async def test_who_may_not_manage_learns_nothing(visitor: Visitor) -> None:
    for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/x"), ("PATCH", "/x/details")):
        assert (await visitor.request(method, PATH + path)).status_code == 401
