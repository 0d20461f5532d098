"""What administrators set is what people see: settings through the API, pages as a browser gets them."""

import pytest
from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor

SETTINGS = "/api/sign-in-exp"
PAGE = "/unknown-session"


async def change(management: Visitor, **body: object) -> None:
    answer = await management.patch(SETTINGS, json=body)
    assert answer.status_code == 200, answer.text


async def test_pages_wear_the_tenants_look(management: Visitor) -> None:
    await change(
        management,
        color={"primaryColor": "#a1b2c3", "isDarkModeEnabled": False, "darkPrimaryColor": "#a1b2c3"},
        branding={"logoUrl": "https://example.com/logo.svg", "favicon": "https://example.com/icon.svg"},
        customCss=".own { color: teal }</style><script>",
        supportEmail="help@example.com",
        supportWebsiteUrl="https://example.com/help",
    )
    page = (await management.get(PAGE)).text
    for part in ("a1b2c3", "https://example.com/icon.svg", ".own { color: teal }", "mailto:help@example.com"):
        assert part in page
    assert "https://example.com/help" in page
    assert "</style><script>" not in page


@on_sqlite
async def test_pages_speak_the_language_they_are_told_to(management: Visitor) -> None:
    async def spoken() -> str:
        return (await management.get(PAGE, headers={"accept-language": "ja"})).headers["content-language"]

    assert await spoken() == "ja"
    await change(management, languageInfo={"autoDetect": False, "fallbackLanguage": "en"})
    assert await spoken() == "en"


@on_sqlite
@pytest.mark.parametrize("path", ["/sign-in", "/register", "/consent"])
async def test_lost_visitors_go_where_the_tenant_wants_them(management: Visitor, path: str) -> None:
    assert (await management.get(path)).headers["location"].endswith("/unknown-session")
    await change(management, unknownSessionRedirectUrl="https://example.com/start")
    assert (await management.get(path)).headers["location"] == "https://example.com/start"
    await change(management, unknownSessionRedirectUrl="")
    assert (await management.get(path)).headers["location"].endswith("/unknown-session")
