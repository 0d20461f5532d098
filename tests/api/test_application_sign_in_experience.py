"""`/api/applications/{applicationId}/sign-in-experience`, and what it changes of documents and pages."""

from collections.abc import Sequence
from typing import Any

import httpx2
import pytest
from tests.support.factories import Factory, MadeApplication
from tests.support.visitor import Visitor

NOTHING: dict[str, Any] = {"termsOfUseUrl": None, "privacyPolicyUrl": None}
EVERYTHING: dict[str, Any] = {
    "color": {"primaryColor": "#123456", "isDarkModeEnabled": False, "darkPrimaryColor": "#abc"},
    "branding": {"logoUrl": "https://shop.example.com/logo.svg", "favicon": "https://shop.example.com/icon.png"},
    "customCss": "h1 { color: rebeccapurple }",
    "displayName": "The Shop",
    "termsOfUseUrl": "https://shop.example.com/terms",
    "privacyPolicyUrl": "https://shop.example.com/privacy",
}


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.fixture
async def application(make: Factory) -> MadeApplication:
    return await make.spa(name="Shop")


@pytest.fixture
def path(application: MadeApplication) -> str:
    return f"/api/applications/{application.id}/sign-in-experience"


async def shown(visitor: Visitor, query: str = "") -> dict[str, Any]:
    return dict((await visitor.get(f"/api/.well-known/sign-in-exp{query}")).json())


async def test_the_sign_in_to_an_application_is_made_its_own(
    management: Visitor, application: MadeApplication, path: str
) -> None:
    assert refusal(await management.get(path)) == (404, "entity.not_exists_with_id")

    first = await management.put(path, json=EVERYTHING)
    assert (first.status_code, first.json()) == (
        201,
        {"tenantId": "default", "applicationId": application.id, **EVERYTHING},
    )
    assert (await management.get(path)).json() == first.json()

    again = await management.put(path, json={**NOTHING, "color": {"primaryColor": "#fff"}, "displayName": ""})
    assert (again.status_code, again.json()) == (
        200,
        {**first.json(), **NOTHING, "color": {"primaryColor": "#fff"}, "displayName": None},
    )


async def test_only_what_was_said_is_kept(management: Visitor, application: MadeApplication, path: str) -> None:
    made = await management.put(path, json={"termsOfUseUrl": "", "privacyPolicyUrl": None, "stranger": 1})

    assert made.json() == {
        "tenantId": "default",
        "applicationId": application.id,
        "color": {},
        "branding": {},
        "customCss": None,
        "displayName": None,
        **NOTHING,
    }


IMPOSSIBLE: Sequence[dict[str, Any]] = (
    {},
    {"termsOfUseUrl": None},
    {**NOTHING, "termsOfUseUrl": "terms"},
    {**NOTHING, "privacyPolicyUrl": "https://x.example/" + "x" * 2048},
    {**NOTHING, "color": None},
    {**NOTHING, "color": {"primaryColor": "red"}},
    {**NOTHING, "branding": {"logoUrl": "logo.svg"}},
    {**NOTHING, "branding": {"logoUrl": ""}},
    {**NOTHING, "displayName": "x" * 257},
    {**NOTHING, "customCss": 1},
)


async def test_what_cannot_be_is_refused(management: Visitor, path: str) -> None:
    for body in IMPOSSIBLE:
        assert refusal(await management.put(path, json=body)) == (400, "guard.invalid_input"), body
        assert (await management.get(path)).status_code == 404, body


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_the_application_of_another_tenant_is_unknown(
    management: Visitor, admin_management: Visitor, make: Factory, method: str
) -> None:
    foreign = await make.in_tenant("admin").spa()
    theirs = f"/api/applications/{foreign.id}/sign-in-experience"
    await admin_management.put(f"/t/admin{theirs}", json=EVERYTHING)

    for path in (
        theirs,
        "/api/applications/nothing/sign-in-experience",
        "/api/applications/demo-app/sign-in-experience",
    ):
        assert refusal(await management.request(method, path, json=NOTHING)) == (404, "entity.not_exists_with_id")
    assert (await admin_management.get(f"/t/admin{theirs}")).json()["displayName"] == "The Shop"
    assert await shown(management, f"?appId={foreign.id}") == await shown(management)


async def test_the_public_document_wears_what_the_application_wears(
    management: Visitor, application: MadeApplication, path: str
) -> None:
    plain = await shown(management)
    await management.put(path, json={**EVERYTHING, "color": {"primaryColor": "#123456"}})

    dressed = await shown(management, f"?appId={application.id}")

    assert dressed["color"] == {**plain["color"], "primaryColor": "#123456"}
    assert dressed["branding"] == {**plain["branding"], **EVERYTHING["branding"]}
    assert dressed["customCss"] == EVERYTHING["customCss"]
    untouched = plain.keys() - {"color", "branding", "customCss"}
    assert {name: dressed[name] for name in untouched} == {name: plain[name] for name in untouched}
    assert await shown(management) == await shown(management, "?appId=nothing") == plain

    await management.put(path, json={**NOTHING, "color": {}, "branding": {}, "customCss": None})
    assert await shown(management, f"?appId={application.id}") == plain


async def test_an_application_of_others_changes_no_page_of_ours(management: Visitor, make: Factory) -> None:
    stranger = await make.traditional(is_third_party=True)
    await management.put(f"/api/applications/{stranger.id}/sign-in-experience", json=EVERYTHING)

    assert await shown(management, f"?appId={stranger.id}") == await shown(management)


async def test_what_was_said_goes_with_the_application(management: Visitor, path: str) -> None:
    await management.put(path, json=EVERYTHING)

    await management.delete(path.removesuffix("/sign-in-experience"))

    assert refusal(await management.get(path)) == (404, "entity.not_exists_with_id")
