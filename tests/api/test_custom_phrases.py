"""How a tenant words its pages (management-api.md §13.3)."""

from collections.abc import Sequence
from typing import Any

from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

PATH = "/api/custom-phrases"
PUBLIC = "/api/.well-known/phrases"


async def test_a_language_is_worded_read_worded_anew_and_forgotten(management: Visitor) -> None:
    made = await management.put(f"{PATH}/de", json={"action": {"sign_in": "Anmelden"}})
    assert made.status_code == 201
    phrase = made.json()
    assert phrase == {
        "tenantId": "default",
        "id": phrase["id"],
        "languageTag": "de",
        "translation": {"action": {"sign_in": "Anmelden"}},
    }
    assert (await management.get(f"{PATH}/de")).json() == phrase

    anew = await management.put(f"{PATH}/de", json={"action": {"back": "Zurück"}})
    assert (anew.status_code, anew.json()) == (201, {**phrase, "translation": {"action": {"back": "Zurück"}}})

    gone = await management.delete(f"{PATH}/de")
    assert (gone.status_code, gone.text) == (204, "")
    assert (await management.get(f"{PATH}/de")).status_code == 404


async def test_languages_are_listed_by_their_tags(management: Visitor) -> None:
    assert (await management.get(PATH)).json() == []
    for tag in ("sv", "de", "pt-BR"):
        await management.put(f"{PATH}/{tag}", json={})
    assert [each["languageTag"] for each in (await management.get(PATH)).json()] == ["de", "pt-BR", "sv"]


@on_sqlite
async def test_empty_texts_are_left_out(management: Visitor) -> None:
    body = {"action": {"sign_in": "", "back": "Zurück"}, "input": {"password": ""}}
    made = await management.put(f"{PATH}/de", json=body)
    assert made.json()["translation"] == {"action": {"back": "Zurück"}}


REFUSALS: Sequence[tuple[str, str, Any, int, str]] = (
    ("GET", "de", None, 404, "entity.not_found"),
    ("DELETE", "de", None, 404, "entity.not_found"),
    ("DELETE", "en", None, 409, "localization.cannot_delete_default_language"),
    ("GET", "xx", None, 400, "guard.invalid_input"),
    ("PUT", "xx", {}, 400, "guard.invalid_input"),
    ("DELETE", "DE", None, 400, "guard.invalid_input"),
    ("PUT", "de", [], 400, "guard.invalid_input"),
    ("PUT", "de", {"action": {"sign_in": 1}}, 400, "guard.invalid_input"),
    ("PUT", "de", {"action": {"sign_in": None}}, 400, "guard.invalid_input"),
    ("PUT", "de", {"unknown": "x"}, 422, "localization.invalid_translation_structure"),
    ("PUT", "de", {"action": "x"}, 422, "localization.invalid_translation_structure"),
    ("PUT", "de", {"action": {"sign_in": {"x": "y"}}}, 422, "localization.invalid_translation_structure"),
    ("PUT", "de", {"action.sign_in": "x"}, 422, "localization.invalid_translation_structure"),
    ("PUT", "de", {"errors": {"entity": {"not_found": "x"}}}, 422, "localization.invalid_translation_structure"),
)


@on_sqlite
async def test_what_cannot_be_done_says_why(management: Visitor) -> None:
    for method, tag, body, status, code in REFUSALS:
        answer = await management.request(method, f"{PATH}/{tag}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (method, tag, body)


async def test_a_language_of_the_tenants_own_may_be_fallen_back_to_and_stays(management: Visitor) -> None:
    fallback = {"languageInfo": {"autoDetect": False, "fallbackLanguage": "sv"}}
    refused = await management.patch("/api/sign-in-exp", json=fallback)
    assert refused.json()["code"] == "sign_in_experiences.unsupported_default_language"

    await management.put(f"{PATH}/sv", json={"action": {"sign_in": "Logga in"}})
    assert (await management.patch("/api/sign-in-exp", json=fallback)).status_code == 200
    assert (await management.delete(f"{PATH}/sv")).status_code == 409
    public = await management.get(PUBLIC)
    assert (public.headers["content-language"], public.json()["action"]["sign_in"]) == ("sv", "Logga in")


async def test_the_tenants_words_are_laid_over_ours(management: Visitor) -> None:
    ours = (await management.get(PUBLIC, params={"lng": "ja"})).json()
    await management.put(f"{PATH}/ja", json={"action": {"sign_in": "入る"}})
    theirs = (await management.get(PUBLIC, params={"lng": "ja"})).json()
    assert theirs == {**ours, "action": {**ours["action"], "sign_in": "入る"}}


@on_sqlite
async def test_pages_speak_the_tenants_words(management: Visitor) -> None:
    words = {"sekisho": {"unknown_session": {"title": "Sitzung <nicht> gefunden"}}}
    assert (await management.put(f"{PATH}/de", json=words)).status_code == 201
    page = await management.get("/unknown-session", headers={"accept-language": "de"})
    assert page.headers["content-language"] == "de"
    assert "Sitzung &lt;nicht&gt; gefunden" in page.text


async def test_words_of_a_tenant_are_its_own(management: Visitor, admin_management: Visitor) -> None:
    await management.put(f"{PATH}/de", json={"action": {"sign_in": "Anmelden"}})
    assert (await admin_management.get(f"/t/admin{PATH}")).json() == []
    assert (await admin_management.get(f"/t/admin{PATH}/de")).status_code == 404
    assert (await admin_management.get(f"/t/admin{PUBLIC}", params={"lng": "de"})).headers["content-language"] == "en"


@on_sqlite
async def test_who_may_not_manage_learns_nothing(visitor: Visitor) -> None:
    for method, path in (("GET", PATH), ("GET", f"{PATH}/en"), ("PUT", f"{PATH}/en"), ("DELETE", f"{PATH}/en")):
        assert (await visitor.request(method, path)).status_code == 401
