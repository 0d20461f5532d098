from tests.api.conftest import on_sqlite
from tests.support.visitor import Visitor


@on_sqlite
async def test_there_is_no_provider_for_protected_applications(management: Visitor) -> None:
    response = await management.get("/api/systems/application")
    assert (response.status_code, response.json()["code"]) == (501, "application.protected_app_not_configured")
