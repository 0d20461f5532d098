from itertools import product

import pytest

from sekisho.applications.redirect_uris import is_registrable
from sekisho.oidc.redirect_uris import match_redirect_uri, registration_problem


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example.com/callback",
        "http://localhost:3000",
        "http://127.0.0.1/",
        "http://[::1]:8080/cb",
        "https://例え.jp/cb",
        "https://app.example.com/cb?tenant=a&x=1",
        "https://app.example.com/cb#fragment",
        "HTTPS://APP.example.com/cb",
        "https://*.example.com/cb",
        "https://pr-*.preview.example.com/*",
        "https://app.example.com/*/cb",
        "myapp://callback",
        "io.example.app:/callback",
        "io.example.app-2://cb?x=1",
        "exp+app://expo",
    ],
)
def test_web_and_mobile_uris_can_be_registered(uri: str) -> None:
    assert is_registrable(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "not a uri",
        "/callback",
        "//app.example.com/callback",
        "https:",
        "https://",
        "https:app.example.com",
        "https:///callback",
        "https://app.example.com:99999/",
        "https://app.example.com:port/",
        "https://[::1/",
        "https://exa mple.com/",
        "https://app.example.com/a/../b",
        "https://app.example.com/./b",
        "https://app.example.com/%2e%2E/b",
        "https://app.example.com/.%2e",
        "https://app.example.com\\@evil.example/",
        "https://app.example.com/\n",
        " https://app.example.com/",
        "https://app.example.com/a b",
        "myapp://call back",
        "https://user@app.example.com/",
        "https://app.example.com@evil.example/",
        "https://exa$mple.com/",
        "https://-app.example.com/",
        "https://straße.example/cb",
        "https://STRAẞE.example/cb",
        "https://app.example.com\u200d/cb",
        "https://app.example.com/\x00",
        "1app://callback",
        "my_app://callback",
        "my..app://callback",
    ],
)
def test_what_is_no_absolute_uri_cannot(uri: str) -> None:
    assert not is_registrable(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "https://*/cb",
        "https://*:443/cb",
        "https://app.example.com:*/cb",
        "https://app.example.com/cb?x=*",
        "https://app.example.com/cb#*",
        "https://*@evil.example.com/cb",
        "http*://app.example.com/",
    ],
)
def test_wildcards_stand_in_host_labels_and_paths_only(uri: str) -> None:
    assert not is_registrable(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "vbscript:x",
        "data:text/html,x",
        "blob:https://a.example.com/1",
        "file:///etc/passwd",
        "about:blank",
    ],
)
def test_schemes_that_browsers_act_on_cannot(uri: str) -> None:
    assert not is_registrable(uri)


def test_what_may_be_registered_can_be_used() -> None:
    schemes = (
        "https://",
        "http://",
        "HTTPS://",
        "https:/",
        "myapp://",
        "io.app:/",
        "io.app:",
        "javascript:",
        "my_app://",
    )
    users = ("", "user@", "user:password@", "@")
    hosts = ("app.example.com", "APP.example.com", "*.example.com", "a*b.example.com", "*", "localhost", "127.0.0.1")
    odd = (
        "[::1]",
        "[::1",
        "例え.jp",
        "a..b",
        "-a.com",
        "a_b.com",
        "a%2eb.com",
        "",
        "a b.com",
        "ß.example",
        "xn--zca.example",
    )
    ports = ("", ":8443", ":0", ":99999", ":x", ":*")
    paths = ("", "/", "/cb", "/*", "/a/../b", "/%2e%2e/b", "/a b", "/é", "/cb?x=1", "/cb?x=*", "/cb?x=é")
    for parts in product(schemes, users, (*hosts, *odd), ports, paths):
        uri = "".join(parts)
        if is_registrable(uri):
            assert registration_problem(uri) is None, uri
            if "*" not in uri:
                assert match_redirect_uri(uri, [uri]) is not None, uri


def test_a_fragment_may_be_registered_and_makes_its_client_unusable() -> None:
    # oidc.md §7.1: the wire takes it, and refuses the client afterwards.
    uri = "https://app.example.com/cb#fragment"
    assert is_registrable(uri)
    assert registration_problem(uri) == "must not contain fragments"
