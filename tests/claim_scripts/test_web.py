"""What a script finds of the web platform: the same answers as in a browser."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.claim_scripts.conftest import Service

from sekisho.claim_scripts.models import Claims, Failed, Outcome

RunBody = Callable[..., Awaitable[Outcome]]
pytestmark = pytest.mark.server


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("btoa('')", ""),
        ("btoa('a')", "YQ=="),
        ("btoa('ab')", "YWI="),
        ("btoa('abc')", "YWJj"),
        ("btoa('\\xff\\xfe')", "//4="),
        ("atob('//4=').charCodeAt(0)", 255),
        ("atob(' Y W I = ')", "ab"),
        ("atob('YWI')", "ab"),
        ("[...new TextEncoder().encode('é€😀')]", [195, 169, 226, 130, 172, 240, 159, 152, 128]),
        ("[...new TextEncoder().encode('\\ud800')]", [239, 191, 189]),
        ("[...new TextEncoder().encode('a%b+c')]", [97, 37, 98, 43, 99]),
        ("new TextDecoder().decode(new TextEncoder().encode('é€😀'))", "é€😀"),
        ("new TextDecoder().decode(Uint8Array.of(0xef, 0xbb, 0xbf, 97))", "a"),
        ("new TextDecoder().decode(Uint8Array.of(0xe2, 0x82, 97))", "�a"),
        ("new TextDecoder().decode(Uint8Array.of(0xc0, 0xaf))", "��"),
        ("new TextDecoder().decode(Uint8Array.of(0xed, 0xa0, 0x80))", "���"),
        ("new TextDecoder().decode(Uint8Array.of(0xf4, 0x90, 0x80, 0x80))", "����"),
        ("new TextDecoder().decode(new Uint8Array([97, 98, 99, 100]).subarray(1, 3))", "bc"),
        ("new URLSearchParams('?a=1&b=%C3%A9+x&a=2&c').getAll('a')", ["1", "2"]),
        ("[...new URLSearchParams('b=%C3%A9+x&c')]", [["b", "é x"], ["c", ""]]),
        ("new URLSearchParams({ q: 'a b&c=d~é' }).toString()", "q=a+b%26c%3Dd%7E%C3%A9"),
        ("(() => { const p = new URLSearchParams('a=1&b=2&a=3'); p.set('a', 9); return p + '' })()", "a=9&b=2"),
        ("(() => { const p = new URLSearchParams('b=2&a=1'); p.sort(); p.delete('b'); return p + p.size })()", "a=11"),
        ("new URLSearchParams('a=1').get('b')", None),
    ],
)
async def test_encodings_and_queries(run: RunBody, expression: str, value: Any) -> None:
    assert await run(f"return {{ value: {expression} }}") == Claims(values={"value": value})


@pytest.mark.parametrize(
    ("input_", "base", "href"),
    [
        ("http://EXAMPLE.com:80/a/../b/./c?q=a b#f g", None, "http://example.com/b/c?q=a%20b#f%20g"),
        ("https://user:pa:ss@example.com:8443", None, "https://user:pa%3Ass@example.com:8443/"),
        ("  https:\\\\example.com\\a\\b \n", None, "https://example.com/a/b"),
        ("https:///example.com/x", None, "https://example.com/x"),
        ("http://0x7f.1/", None, "http://127.0.0.1/"),
        ("http://2130706433/", None, "http://127.0.0.1/"),
        ("http://[2001:DB8::1]:443/", None, "http://[2001:db8::1]:443/"),
        ("http://example.com/é?é#é", None, "http://example.com/%C3%A9?%C3%A9#%C3%A9"),
        ("http://ex%61mple.com/%7e%zz", None, "http://example.com/%7e%zz"),
        ("../d?x", "http://h/a/b/c?q#f", "http://h/a/d?x"),
        ("/d", "http://h/a/b", "http://h/d"),
        ("//other/d", "https://h/a", "https://other/d"),
        ("?x", "http://h/a/b?q", "http://h/a/b?x"),
        ("#x", "http://h/a/b?q", "http://h/a/b?q#x"),
        ("", "http://h/a?q#f", "http://h/a?q"),
        ("d/..", "http://h/a/", "http://h/a/"),
        ("mailto:a@b.c?d", None, "mailto:a@b.c?d"),
        ("http://h?", None, "http://h/"),
    ],
)
async def test_urls(run: RunBody, input_: str, base: str | None, href: str) -> None:
    body = "return { href: new URL(context.input, context.base ?? undefined).href }"
    assert await run(body, context={"input": input_, "base": base}) == Claims(values={"href": href})


@pytest.mark.parametrize(
    "url", ["", "/a", "http://", "http://a b/", "http://h:99999/", "http://256.1.1.1/", "http://[::1/", "http://日本/"]
)
async def test_what_is_no_url_is_refused(run: RunBody, url: str) -> None:
    assert await run("return { can: URL.canParse(context) }", context=url) == Claims(values={"can": False})
    assert isinstance(await run("return new URL(context)", context=url), Failed)


async def test_a_url_is_read_and_changed_part_by_part(run: RunBody) -> None:
    body = """
        const url = new URL('https://u:p@example.com:8443/a?b=1#c');
        const { origin, protocol, username, password, host, hostname, port, pathname, search, hash } = url;
        url.searchParams.append('d', 'é');
        url.pathname = '/x y';
        url.hash = 'z';
        const parts = [origin, protocol, username, password, host, hostname, port, pathname, search, hash];
        return { parts, now: url };
    """
    origin = "https://example.com:8443"
    assert await run(body) == Claims(
        values={
            "parts": [origin, "https:", "u", "p", "example.com:8443", "example.com", "8443", "/a", "?b=1", "#c"],
            "now": "https://u:p@example.com:8443/x%20y?b=1&d=%C3%A9#z",
        }
    )


async def test_fetch_sends_what_it_is_told_and_reads_what_comes(run: RunBody, service: Service) -> None:
    body = f"""
        const answer = await fetch('{service.url}/plans?of=me', {{
          method: 'post',
          headers: {{ 'Content-Type': 'application/json', authorization: `Bearer ${{environmentVariables.KEY}}` }},
          body: JSON.stringify({{ name: 'é' }}),
        }});
        const {{ ok, status, url }} = answer;
        return {{ ok, status, url, said: answer.headers.get('X-Said'), echo: await answer.json() }};
    """
    assert await run(body, environmentVariables={"KEY": "secret"}) == Claims(
        values={
            "ok": True,
            "status": 200,
            "url": f"{service.url}/plans?of=me",
            "said": "yes",
            "echo": {"method": "POST", "path": "/plans?of=me", "body": '{"name":"é"}'},
        }
    )
    assert "authorization: Bearer secret" in service.asked[0]
    form = f"await fetch('{service.url}', {{ method: 'PUT', body: new URLSearchParams({{ a: 'b c' }}) }})"
    assert await run(f"return await ({form}).json()") == Claims(values={"method": "PUT", "path": "/", "body": "a=b+c"})
    assert "content-type: application/x-www-form-urlencoded" in service.asked[1]
