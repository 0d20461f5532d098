import pytest
from tests.api.conftest import on_sqlite
from tests.support.databases import settings_for
from tests.support.visitor import Visitor

from sekisho.settings import Settings

pytestmark = on_sqlite


@pytest.fixture
def settings(db_url: str) -> Settings:
    return settings_for(db_url, status_api_key="status key")


@pytest.mark.parametrize("headers", [{}, {"logto-status-api-key": ""}, {"logto-status-api-key": "status keý"}])
async def test_status_answers_anybody(visitor: Visitor, headers: dict[str, str]) -> None:
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    response = await visitor.get("/api/status", headers=encoded)
    assert (response.status_code, response.text) == (204, "")
    assert "logto-tenant-id" not in response.headers


@pytest.mark.parametrize(("prefix", "tenant"), [("", "default"), ("/t/admin", "admin")])
async def test_status_tells_an_operator_the_tenant(visitor: Visitor, prefix: str, tenant: str) -> None:
    response = await visitor.get(f"{prefix}/api/status", headers={"logto-status-api-key": "status key"})
    assert (response.status_code, response.headers["logto-tenant-id"]) == (204, tenant)
