"""Values nobody should send: each has broken some server somewhere."""

from collections.abc import Sequence
from typing import Any

from tests.e2e.wire import Header

MEGABYTE = 1024 * 1024

#: Members of JSON that some layer below might choke on: the database, numbers, the clock, text that is no text.
VALUES: Sequence[Any] = (
    *(None, True, 0, -1, 2**31, 2**63, 2**70, 10**400, 0.5, 1e308, "", " ", "0", "null", "\x00", "a\x00b"),
    *("\ud800", "\udfff\ud800", "é" * 300, "x" * 70_000, "𠮷野家", "\u202e", "\r\nset-cookie: a=b", "%00", "%ff"),
    *("../../etc/passwd", "{{7*7}}", "<script>", "javascript:alert(1)", "http://[", "http://a:99999/", "//a"),
    *("2026-02-30", "+819012345678", "a@b.co", [], [[]], [None], ["a", "a"], {}, {"": ""}, {"\x00": 1}, {"\ud800": 1}),
)

#: Texts as they stand in a request line or a form: many are no UTF-8, no percent-encoding, or not what they seem.
TEXTS: Sequence[bytes] = (
    *(b"", b"%", b"%0", b"%zz", b"%u1234", b"%00", b"%ff", b"%c0%80", b"%ed%a0%80", b"%f5%80%80%80", b"%2e%2e%2f"),
    *(b"%2f", b"%5c", b"%0d%0aset-cookie:%20a=b", b"+", b"a%20b", b"-1", b"0", b"1e9", b"99999999999999999999"),
    *(b"NaN", b"%F0%9F%98%80", b"%E2%80%AE", b"(", b"[", b"*", b"\\", b"%25", b"%25%25a", b"'", b"%22", b"a" * 4000),
    *(b"https://default.logto.app/api", b"urn:x", b"http://[", b"none", b"login%20none", b"openid%20openid"),
)

SEGMENTS: Sequence[bytes] = (*TEXTS, b"..;", b"%2e%2e", b"demo-app", b"admin-console", b"a%00", b"x" * 300)

BODIES: Sequence[bytes] = (
    *(b"{", b"[", b"nul", b"null", b"1", b'"text"', b'{"a":}', b'{"a":1,}', b"{'a':1}", b"NaN", b"Infinity", b"1e999"),
    *(b'{"a":NaN}', b'{"a":1e999}', b'{"a":' + b"9" * 5000 + b"}", b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00"),
    *(b'{"a":"\\u0000"}', b'{"a":"\\ud800"}', b'{"\\u0000":1}', b'{"a":"\xed\xa0\x80"}', b'{"a":1,"a":2}'),
    *(b"\xff\xfe", b"\x00", b"=&=&&="),
    *(b"[" * 100_000, b'{"a":' * 100_000, b"[" * 65 + b"]" * 65, b'{"a":' * 900 + b"1" + b"}" * 900),
    *(b"a" * MEGABYTE, b'{"a":"' + b"a" * MEGABYTE + b'"}', b"a=" + b"a" * MEGABYTE, b"&".join([b"a=1"] * 2000)),
)  # fmt: skip

CONTENT_TYPES: Sequence[bytes] = (
    *(b"", b"text/plain", b"application/xml", b"multipart/form-data", b"multipart/form-data; boundary=x", b"\xff"),
    *(b"application/json; charset=utf-16", b"application/json;charset=nonsense", b"application/problem+json", b"*/*"),
    *(b"application/x-www-form-urlencoded; charset=nonsense", b"application/x-www-form-urlencoded; charset=utf-16"),
    *(b"application/x-www-form-urlencoded; charset=idna", b"application/x-www-form-urlencoded; charset=base64"),
    *(b"APPLICATION/JSON", b"application/json, text/html", b";", b"a/b;=;", b"x" * 5000),
)

HEADERS: Sequence[Header] = tuple(
    (name, value)
    for name, values in {
        b"authorization": (
            *(b"", b"Bearer", b"Bearer ", b"Bearer \xff", b"Basic", b"Basic a", b"Basic Og==", b"Basic /w=="),
            *(b"Basic %", b"Basic JTAwOiUwMA==", b"Bearer a.b.c", b"Digest x", b"Bearer e30.e30.e30"),
            b"bearer " + b"." * 900,
            b"Bearer " + b"a" * 65_536,
        ),
        b"cookie": (
            *(b"", b"=", b";;;", b"a", b"\xff=\xff", b"_session=a; _session.sig=\xff", b"_console=!!", b'_logto="'),
            *(b"_interaction=%; _interaction.sig=%", b"a=" + b"b" * 65_536, b"; ".join([b"a=1"] * 3000)),
        ),
        b"accept-language": (b"", b"*", b"ja;q=", b"ja;q=nan", b"-", b"\xff", b"en," * 5000, b"x" * 65_536),
        b"origin": (b"", b"null", b"http://", b"\xff", b"https://evil.example.com", b"http://["),
        b"host": (b"", b"a b", b"[", b"localhost:99999", b"\xff", b"localhost:3001,evil", b"evil.example.com"),
        b"accept-encoding": (b"gzip;q=",),
        b"accept": (b"\xff",),
        b"if-none-match": (b'"',),
        b"content-length": (b"-1", b"x"),
        b"x-forwarded-for": (b"\xff",),
        b"user-agent": (b"\xff" * 5000,),
        b"logto-app-id": (b"\xff",),
        b"dpop": (b"", b"a.b.c", b"e30.e30.e30", b"\xff"),
        b"sec-fetch-site": (b"\xff",),
        b"transfer-encoding": (b"chunked",),
    }.items()
    for value in values
)  # fmt: skip

#: What a well-behaved program would send, by the name of the member.
SANE: dict[str, Any] = {
    "username": "kunisada",
    "primaryEmail": "kunisada@example.com",
    "primaryPhone": "819012345678",
    "password": "Kanagawa-1831",
    "passwordDigest": "5f4dcc3b5aa765d61d8327deb882cf99",
    "interactionEvent": "SignIn",
    "avatar": "https://example.com/a.png",
    "redirectUris": ["https://example.com/callback"],
    "postLogoutRedirectUris": ["https://example.com/"],
    "backchannelLogoutUri": "https://example.com/backchannel",
    "logoUri": "https://example.com/logo.png",
    "expiresAt": 4_000_000_000_000,
    "script": "const getCustomJwtClaims = async () => ({})",
    "environmentVariables": {"name": "value"},
    "blockIssuanceOnError": True,
}
