"""Metadata at the root of the origin (RFC 8414 §3), off until a tenant switches it on."""

import pytest
from tests.support.visitor import ORIGIN, Visitor

from sekisho.kernel.ids import TenantId
from sekisho.services import Runtime
from sekisho.tenants.urls import urls_of

# Nothing here depends on the kind of database.
pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)

ROOT = "/.well-known/oauth-authorization-server"


async def switch_on(runtime: Runtime, tenant: str) -> None:
    urls = urls_of(TenantId(tenant), origin=ORIGIN, public=runtime.public_urls)
    async with runtime.database.unit_of_work() as uow:
        services = runtime.services(urls=urls, uow=uow)
        await services.provider_options.change({"has_authorization_server_metadata": True})


@pytest.mark.parametrize(("tenant", "prefix"), [("default", ""), ("admin", "/t/admin")])
async def test_the_document_is_the_issuers_own(runtime: Runtime, visitor: Visitor, tenant: str, prefix: str) -> None:
    await switch_on(runtime, tenant)
    found = await visitor.get(f"{ROOT}{prefix}/oidc")
    known = await visitor.get(f"{prefix}/oidc/.well-known/openid-configuration")
    assert (found.status_code, found.json()) == (200, known.json())
    # §3.3
    assert found.json()["issuer"] == f"{ORIGIN}{prefix}/oidc"
    assert found.headers["content-type"].startswith("application/json")
    assert "set-cookie" not in found.headers


async def test_until_it_is_on_the_address_is_one_nobody_knows(runtime: Runtime, visitor: Visitor) -> None:
    await switch_on(runtime, "admin")
    unknown = await visitor.get("/nobody-knows")
    for path in (f"{ROOT}/oidc", ROOT, f"{ROOT}/"):
        for method in ("GET", "POST", "OPTIONS", "HEAD"):
            answer = await visitor.request(method, path)
            plain = await visitor.request(method, "/nobody-knows")
            assert (answer.status_code, answer.headers["content-type"]) == (
                plain.status_code,
                plain.headers["content-type"],
            )
    assert unknown.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(f"{ROOT}/oidc/", id="§3.1: a slash that the issuer has not"),
        pytest.param(f"{ROOT}/t/default/oidc", id="no tenant has this issuer"),
        pytest.param(f"{ROOT}/t/nobody/oidc", id="nor this"),
        pytest.param(f"{ROOT}/t/admin/oidc", id="a tenant that has not switched it on"),
        pytest.param(f"{ROOT}/OIDC", id="paths have case"),
        pytest.param(f"{ROOT}//oidc", id="two slashes"),
        pytest.param(f"/t/admin{ROOT}/oidc", id="§3.1: below a prefix"),
        pytest.param(f"/t/admin{ROOT}/t/admin/oidc", id="§3.1: below its own prefix"),
    ],
)
async def test_what_is_no_issuer_here_is_not_found(runtime: Runtime, visitor: Visitor, path: str) -> None:
    await switch_on(runtime, "default")
    assert (await visitor.get(path)).status_code == 404


async def test_any_page_may_read_it(runtime: Runtime, visitor: Visitor) -> None:
    await switch_on(runtime, "default")
    headers = {"origin": "https://spa.example.com"}
    answer = await visitor.get(f"{ROOT}/oidc", headers=headers)
    assert answer.headers["access-control-allow-origin"] == "https://spa.example.com"
    asked = await visitor.options(f"{ROOT}/oidc", headers={**headers, "access-control-request-method": "GET"})
    assert (asked.status_code, asked.headers["access-control-allow-methods"]) == (204, "GET")
    assert (await visitor.post(f"{ROOT}/oidc")).status_code == 404
