"""Redirect URIs: which candidate is one of the registered ones (oidc.md §7.2), and how an answer is put into one."""

import re
from collections.abc import Iterable
from itertools import product

import pytest

from sekisho.oidc.redirect_uris import (
    match_redirect_uri,
    origin_matches,
    registration_problem,
    with_fragment,
    with_query,
)

APP = "https://app.example.com/callback"

MATCHING = [
    pytest.param(APP, APP, id="the same text"),
    pytest.param("HTTPS://App.Example.com:443/callback", APP, id="§7.2.2 scheme, host and default port are normal"),
    pytest.param("https://app.example.com", "https://app.example.com/", id="§7.2.2 an empty path is a slash"),
    pytest.param("https://app.example.com/a/../callback", APP, id="§7.2.2 dot segments are resolved"),
    pytest.param("https://app.example.com/a/%2E%2e/callback", APP, id="§7.2.2 encoded dot segments are resolved"),
    pytest.param(f"{APP}?a=1", f"{APP}?a=1", id="the same query"),
    pytest.param("io.app:/callback", "io.app:/callback", id="RFC 8252 §7.1 a custom scheme"),
    pytest.param("myapp://callback", "MyApp://callback", id="a custom scheme in capitals"),
    pytest.param("https://pr-1.app.example.com/cb", "https://*.app.example.com/cb", id="§7.2.3 a label wildcard"),
    pytest.param("https://pr-1.example.com/cb", "https://pr-*.example.com/cb", id="§7.2.3 part of a label"),
    pytest.param("https://app.example.com/a/b/c", "https://app.example.com/a/*", id="§7.2.3 a path wildcard"),
    pytest.param("https://app.example.com:8443/a", "https://app.example.com:8443/*", id="§7.2.3 the same port"),
    pytest.param("https://app.example.com:443/a", "https://app.example.com/*", id="§7.2.3 the same effective port"),
    pytest.param("https://PR-1.APP.example.com/cb", "https://pr-*.app.EXAMPLE.com/cb", id="§7.2.3 hosts have no case"),
    pytest.param("https://app.example.com/é/x", "https://app.example.com/é/*", id="§7.2.3 in normal form"),
    pytest.param("https://app.example.com/a/b?x=1", "https://app.example.com/a/*?x=1", id="§7.2.3 query"),
    pytest.param("https://app%2Eexample.com/callback", APP, id="§7.2.2 encoded dots in the host are dots"),
    pytest.param("https://xn--r8jz45g.jp/cb", "https://例え.jp/cb", id="§7.2.2 an international host"),
    pytest.param("io.app:/cb?x=1", "io.app:/cb?x=1", id="RFC 8252 §7.1 a custom scheme with a query"),
    pytest.param("io.app:cb", "io.app:cb", id="RFC 8252 §7.1 a custom scheme without slashes"),
]

REFUSED = [
    pytest.param("https://app.example.com/other", APP, id="another path"),
    pytest.param("https://app.example.com/Callback", APP, id="paths have case"),
    pytest.param("http://app.example.com/callback", APP, id="another scheme"),
    pytest.param("https://app.example.com:8443/callback", APP, id="another port"),
    pytest.param(f"{APP}?a=1", APP, id="an added query"),
    pytest.param(f"{APP}/", APP, id="an added slash"),
    pytest.param(f"{APP}#x", APP, id="RFC 6749 §3.1.2 a fragment"),
    pytest.param(f"{APP}#", APP, id="an empty fragment"),
    pytest.param("https://evil.example/callback", APP, id="another host"),
    pytest.param("https://app.example.com.evil.example/callback", APP, id="host confusion: a longer name"),
    pytest.param("https://app.example.com@evil.example/callback", APP, id="host confusion: userinfo"),
    pytest.param("https://evil.example\\@app.example.com/callback", APP, id="host confusion: a backslash"),
    pytest.param("https://user@app.example.com/callback", APP, id="credentials, even before the right host"),
    pytest.param("https:\\\\app.example.com\\callback", APP, id="backslashes for slashes"),
    pytest.param("https://app.example.com\t/callback", APP, id="a tab that browsers drop"),
    pytest.param("https://app.example.com/call\nback", APP, id="a line break that browsers drop"),
    pytest.param(" https://app.example.com/callback", APP, id="a leading space"),
    pytest.param("//app.example.com/callback", APP, id="no scheme"),
    pytest.param("https:///app.example.com/callback", APP, id="no host"),
    pytest.param("https://app%2eexample.com.evil.example/callback", APP, id="encoded dots in the host"),
    pytest.param("https://app.example.com/callback/%2e%2e/evil", APP, id="encoded dots walk out of the path"),
    pytest.param("https://app.example.com/callback%2f..%2fevil", APP, id="encoded slashes are no slashes"),
    pytest.param("https://*.example.com/callback", "https://*.example.com/callback", id="§7.2.1 a candidate wildcard"),
    pytest.param("https://a.b.app.example.com/cb", "https://*.app.example.com/cb", id="a wildcard is one label"),
    pytest.param("https://.app.example.com/cb", "https://*.app.example.com/cb", id="a wildcard is never empty"),
    pytest.param("https://evil.com/cb", "https://*.com/cb", id="§7.2.3 the last two labels are literal"),
    pytest.param("https://example.org/cb", "https://example.*/cb", id="§7.2.3 so is the last one"),
    pytest.param("https://x.app.example.com/cb#f", "https://*.app.example.com/cb", id="a fragment past a wildcard"),
    pytest.param(
        "https://app.example.com/a/../b", "https://app.example.com/a/*", id="dots walk out of a wildcard path"
    ),
    pytest.param("https://app.example.com/a/%2e%2e/b", "https://app.example.com/a/*", id="encoded dots do so too"),
    pytest.param("https://x@app.example.com/a/b", "https://app.example.com/a/*", id="credentials past a wildcard path"),
    pytest.param("http://127.0.0.1:4000/cb", "http://127.0.0.1/cb", id="§7.2.4 not for web clients"),
    pytest.param("javascript:alert(1)", APP, id="a script"),
    pytest.param(
        "https://straße.example/cb", "https://strasse.example/cb", id="host confusion: letters with two readings"
    ),
    pytest.param("https://straße.example/cb", "https://straße.example/cb", id="which are no host at all"),
    pytest.param("https://app.example.com:8443/a", "https://app.example.com/*", id="§7.2.3 another port"),
    pytest.param("http://app.example.com/a", "https://app.example.com/*", id="§7.2.3 another scheme"),
    pytest.param("https://app.example.com/A/b", "https://app.example.com/a/*", id="§7.2.3 paths have case"),
    pytest.param("https://app.example.com/a/b?x=1", "https://app.example.com/a/*", id="§7.2.3 an added query"),
    pytest.param("https://app.example.com/a/b", "https://app.example.com/a/*?x=1", id="§7.2.3 a missing query"),
    pytest.param("https://x.example.com.evil.example/cb", "https://*.example.com/cb", id="§7.2.3 a longer host"),
    pytest.param("https://x%2eevil.example/cb", "https://*.example/cb", id="§7.2.3 an encoded dot is a label more"),
    pytest.param("https://x/evil.app.example.com/cb", "https://*.app.example.com/cb", id="§7.2.3 a slash in a label"),
    pytest.param("io.app:/cb#f", "io.app:/cb", id="a fragment behind a custom scheme"),
    pytest.param("io.app://evil/cb", "io.app:/cb", id="a host behind a custom scheme"),
    pytest.param("io.app:/CB", "io.app:/cb", id="what follows a custom scheme has case"),
    pytest.param("io.app.evil:/cb", "io.app:/cb", id="a longer custom scheme"),
    pytest.param("io.app:/cb?x=1", "io.app:/cb", id="an added query behind a custom scheme"),
    pytest.param("io.app:\\\\cb", "io.app://cb", id="backslashes behind a custom scheme"),
    pytest.param("https://[::1/callback", APP, id="a broken address"),
    pytest.param("https://app.example.com:99999/callback", APP, id="an impossible port"),
    pytest.param(f"https://app.example.com:{'1' * 5000}/callback", APP, id="a port of thousands of digits"),
    pytest.param(f"https://{'é.' * 20_000}com/callback", APP, id="a host of thousands of labels"),
    pytest.param("", APP, id="nothing"),
]


@pytest.mark.parametrize(("candidate", "registered"), MATCHING)
def test_a_candidate_matches(candidate: str, registered: str) -> None:
    assert match_redirect_uri(candidate, [registered]) is not None


@pytest.mark.parametrize(("candidate", "registered"), REFUSED)
def test_a_candidate_does_not_match(candidate: str, registered: str) -> None:
    assert match_redirect_uri(candidate, [registered]) is None


def texts(alphabet: str, *, longest: int) -> Iterable[str]:
    return ("".join(each) for length in range(1, longest + 1) for each in product(alphabet, repeat=length))


def test_stars_in_a_path_mean_any_characters() -> None:
    for pattern in texts("ab*", longest=4):
        meaning = re.compile(re.escape(pattern).replace(r"\*", ".*"))
        for text in texts("ab/", longest=4):
            is_match = match_redirect_uri(f"https://x.org/{text}", [f"https://x.org/{pattern}"]) is not None
            assert is_match == (meaning.fullmatch(text) is not None), (pattern, text)


def test_stars_in_a_label_mean_at_least_one_character_each() -> None:
    for pattern in texts("ab*", longest=4):
        meaning = re.compile(re.escape(pattern).replace(r"\*", ".+"))
        for text in texts("ab", longest=5):
            is_match = match_redirect_uri(f"https://{text}.x.org/", [f"https://{pattern}.x.org/"]) is not None
            assert is_match == (meaning.fullmatch(text) is not None), (pattern, text)


@pytest.mark.parametrize(
    ("candidate", "registered", "expected"),
    [
        pytest.param("http://127.0.0.1:4000/cb", "http://127.0.0.1/cb", True, id="RFC 8252 §7.3 any port"),
        pytest.param("http://127.0.0.1/cb", "http://127.0.0.1:9/cb", True, id="ports of both sides are left out"),
        pytest.param("http://[::1]:4000/cb", "http://[::1]/cb", True, id="IPv6 loopback"),
        pytest.param("http://localhost:4000/cb", "http://localhost/cb", True, id="localhost"),
        pytest.param("http://localhost:4000/cb", "http://127.0.0.1/cb", False, id="names and addresses differ"),
        pytest.param("http://127.0.0.1:4000/other", "http://127.0.0.1/cb", False, id="another path"),
        pytest.param("https://127.0.0.1:4000/cb", "https://127.0.0.1/cb", False, id="not over https"),
        pytest.param("http://127.0.0.1.evil.example:4000/cb", "http://127.0.0.1/cb", False, id="a name that begins so"),
        pytest.param("http://x@127.0.0.1:4000/cb", "http://127.0.0.1/cb", False, id="credentials"),
        pytest.param("http://127.0.0.1:4000/cb?x=1", "http://127.0.0.1/cb", False, id="an added query"),
        pytest.param("http://127.0.0.1:4000/cb#f", "http://127.0.0.1/cb", False, id="a fragment"),
        pytest.param(
            "http://127.0.0.2:4000/cb", "http://127.0.0.2/cb", False, id="§7.2.4 three names of loopback only"
        ),
        pytest.param("http://192.168.0.1:4000/cb", "http://192.168.0.1/cb", False, id="a private address"),
        pytest.param(
            "http://[::ffff:127.0.0.1]:1/cb", "http://127.0.0.1/cb", False, id="an address in another's clothes"
        ),
        pytest.param("http://127.0.0.1:99999/cb", "http://127.0.0.1/cb", False, id="an impossible port"),
    ],
)
def test_a_native_application_may_listen_on_any_loopback_port(
    candidate: str, registered: str, *, expected: bool
) -> None:
    assert (match_redirect_uri(candidate, [registered], allows_loopback=True) is not None) is expected


def test_the_match_is_the_normal_form_that_was_compared() -> None:
    assert match_redirect_uri("HTTPS://APP.example.com:443/x/../callback", [APP]) == APP


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        (APP, None),
        ("io.app:/cb", None),
        ("https://*.app.example.com/cb", None),
        (f"{APP}#f", "must not contain fragments"),
        ("javascript:alert(1)", "must be valid"),
        ("data:text/html,x", "must be valid"),
        ("not a url", "must be valid"),
        ("https://exa*mple.com@x/", "must be valid"),
    ],
)
def test_some_registrations_make_a_client_unusable(uri: str, problem: str | None) -> None:
    assert registration_problem(uri) == problem


@pytest.mark.parametrize(
    ("uri", "members", "expected"),
    [
        (APP, {"code": "a b"}, f"{APP}?code=a+b"),
        (f"{APP}?x=1&code=old", {"code": "new"}, f"{APP}?x=1&code=new"),
        ("myapp://callback", {"code": "c"}, "myapp://callback?code=c"),
        (APP, {"iss": "http://localhost:3001/oidc"}, f"{APP}?iss=http%3A%2F%2Flocalhost%3A3001%2Foidc"),
    ],
)
def test_members_are_set_in_the_query(uri: str, members: dict[str, str], expected: str) -> None:
    assert with_query(uri, members) == expected


def test_members_replace_the_fragment() -> None:
    assert with_fragment(APP, {"error": "access_denied", "state": "~"}) == f"{APP}#error=access_denied&state=%7E"


@pytest.mark.parametrize(
    ("origin", "uri", "expected"),
    [
        ("https://app.example.com", APP, True),
        ("https://app.example.com:8443", APP, False),
        ("https://evil.example", APP, False),
        ("https://pr-1.example.com", "https://*.example.com/cb", True),
        ("https://evil.com", "https://*.com/cb", True),
        ("null", "myapp://callback", True),
        ("null", APP, False),
    ],
)
def test_an_origin_is_that_of_a_redirect_uri(origin: str, uri: str, *, expected: bool) -> None:
    assert origin_matches(origin, uri) is expected
