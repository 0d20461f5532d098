from typing import Any
from urllib.parse import urlsplit

import pytest

from sekisho.kernel.ids import TenantId
from sekisho.tenants.urls import (
    Misdirected,
    NoTenant,
    PublicUrls,
    TenantUrls,
    is_valid_authority,
    normal_origin,
    resolve,
    urls_of,
)

LOCAL = "http://localhost:3001"


def public(**kwargs: Any) -> PublicUrls:
    return PublicUrls(custom_domains=kwargs.pop("custom_domains", {}), **kwargs)


def found(origin: str, path: str, *, port: int = 3001, **kwargs: Any) -> tuple[str, str]:
    urls = resolve(origin, path, public(**kwargs), port=port)
    assert isinstance(urls, TenantUrls)
    return urls.tenant_id, urls.base


@pytest.mark.parametrize("host", ["localhost:3001", "app.localhost", "10.0.0.5:3001", "[::1]:3001", "127.0.0.1"])
def test_without_an_endpoint_the_machine_itself_is_its_own_origin(host: str) -> None:
    assert found(f"http://{host}", "/sign-in") == ("default", f"http://{host}")


@pytest.mark.parametrize("host", ["example.com", "localhost.evil.com", "10.0.0.5.evil.com", "evillocalhost"])
def test_without_an_endpoint_a_name_is_misdirected(host: str) -> None:
    assert resolve(f"http://{host}", "/", public()) == Misdirected(f"http://{host}")


def test_a_prefix_names_a_tenant() -> None:
    assert found(LOCAL, "/t/acme/oidc/auth") == ("acme", f"{LOCAL}/t/acme")
    assert found(LOCAL, "/t/admin") == ("admin", f"{LOCAL}/t/admin")


@pytest.mark.parametrize("path", ["/t/default/oidc", "/t/", "/t/UPPER/x", "/t/a_b", "/t/" + "a" * 22, "/t/a.b/"])
def test_a_tenant_has_one_base_and_other_spellings_are_not_found(path: str) -> None:
    assert resolve(LOCAL, path, public()) == NoTenant()


def test_a_path_that_only_looks_like_a_prefix_belongs_to_the_default_tenant() -> None:
    assert found(LOCAL, "/terms") == ("default", LOCAL)
    assert found(LOCAL, "/t") == ("default", LOCAL)


def test_the_endpoint_is_the_base_whatever_host_was_asked() -> None:
    endpoint = "https://id.example.com"
    assert found("http://10.0.0.7:3001", "/oidc", endpoint=endpoint) == ("default", endpoint)
    assert found("http://whatever", "/t/acme/oidc", endpoint=endpoint) == ("acme", f"{endpoint}/t/acme")


def test_the_admin_endpoint_is_the_admin_tenant_and_its_prefix_is_gone() -> None:
    urls: dict[str, Any] = {"endpoint": "https://id.example.com", "admin_endpoint": "https://admin.example.com"}
    assert found("https://admin.example.com", "/oidc", **urls) == ("admin", "https://admin.example.com")
    assert resolve("https://id.example.com", "/t/admin/oidc", public(**urls)) == NoTenant()


def test_the_admin_port_is_the_admin_tenant_and_its_prefix_is_gone() -> None:
    assert found("http://localhost:3002", "/oidc", port=3002, admin_port=3002) == ("admin", "http://localhost:3002")
    assert found(LOCAL, "/oidc", admin_port=3002) == ("default", LOCAL)
    assert resolve(LOCAL, "/t/admin/oidc", public(admin_port=3002), port=3001) == NoTenant()


def test_the_admin_port_beside_an_endpoint_has_the_endpoints_host() -> None:
    urls: dict[str, Any] = {"endpoint": "https://id.example.com", "admin_port": 3002}
    assert found("http://10.0.0.7:3002", "/oidc", port=3002, **urls) == ("admin", "https://id.example.com:3002")
    assert found("https://id.example.com", "/oidc", **urls) == ("default", "https://id.example.com")


def test_a_host_header_with_the_admin_port_does_not_reach_it_through_the_public_port() -> None:
    assert found("http://localhost:3002", "/oidc", admin_port=3002) == ("default", "http://localhost:3002")


def test_a_forged_host_at_the_admin_port_is_misdirected() -> None:
    origin = "http://evil.com:3002"
    assert resolve(origin, "/oidc", public(admin_port=3002), port=3002) == Misdirected(origin)


def test_a_star_in_the_endpoint_is_the_tenant() -> None:
    star = "https://*.example.com"
    assert found("https://acme.example.com", "/oidc", endpoint=star) == ("acme", "https://acme.example.com")
    assert resolve("https://a.b.example.com", "/", public(endpoint=star)) == NoTenant()
    assert resolve("https://example.com", "/", public(endpoint=star)) == NoTenant()


def test_a_custom_domain_wins_over_the_star() -> None:
    kwargs: dict[str, Any] = {
        "endpoint": "https://*.example.com",
        "custom_domains": {"login.acme.com": TenantId("acme")},
    }
    assert found("https://login.acme.com", "/oidc", **kwargs) == ("acme", "https://login.acme.com")


def test_urls_of_another_tenant_agree_with_how_it_is_resolved() -> None:
    for kwargs in (
        {},
        {"admin_port": 3002},
        {"endpoint": "https://id.example.com", "admin_endpoint": "https://a.example.com"},
        {"endpoint": "https://*.example.com"},
        {"endpoint": "https://*.example.com", "admin_endpoint": "https://console.example.com"},
    ):
        settings = public(**kwargs)
        urls = urls_of(TenantId("admin"), origin=LOCAL, public=settings)
        port = urlsplit(urls.origin).port
        assert resolve(urls.origin, f"{urls.prefix}/oidc", settings, port=port) == urls


@pytest.mark.parametrize(
    "authority", ["a b", "a/b", "a@b", "a\\b", "[::1", "host:port", "host:123456", "", "a#b", "a?b"]
)
def test_a_host_header_that_is_none_is_refused(authority: str) -> None:
    assert not is_valid_authority(authority)


def test_an_origin_has_one_spelling() -> None:
    assert normal_origin("https", "ID.Example.com:443") == "https://id.example.com"
    assert normal_origin("http", "localhost:3001") == LOCAL


def test_under_a_star_the_admin_tenant_is_a_label_like_the_others() -> None:
    star: dict[str, Any] = {"endpoint": "https://*.example.com"}
    assert found("https://admin.example.com", "/oidc", **star) == ("admin", "https://admin.example.com")


def test_under_a_star_an_admin_origin_of_its_own_is_the_only_one() -> None:
    settings = public(endpoint="https://*.example.com", admin_endpoint="https://console.example.com")

    assert resolve("https://admin.example.com", "/oidc", settings) == NoTenant()
