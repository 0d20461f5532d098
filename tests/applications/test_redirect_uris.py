import pytest

from sekisho.applications.redirect_uris import is_registrable


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example.com/callback",
        "http://localhost:3000",
        "http://127.0.0.1/",
        "http://[::1]:8080/cb",
        "https://user@app.example.com/",
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
