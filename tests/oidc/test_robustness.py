"""Whatever arrives under `/oidc`, the answer is one of the protocol's, never a failure of ours."""

from collections.abc import Sequence
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.oidc.party import Party
from tests.support.visitor import Visitor

from sekisho.endpoints.oidc import ENDPOINTS
from sekisho.oidc.authorize.request import KNOWN

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)

_TRICKY = st.sampled_from(
    ["", "none", "login", "code", "openid", "S256", "https://app.example.com/callback", "\x00", "*"]
)
_TEXT = _TRICKY | st.text(max_size=60)
_NAMES = st.sampled_from(sorted(KNOWN | {"grant_type", "code", "refresh_token", "token", "xsrf", "access_token"}))
_PAIRS = st.lists(st.tuples(_NAMES, _TEXT), max_size=12)
_TYPES = st.sampled_from(
    ["application/x-www-form-urlencoded", "application/json", "text/plain", "", "application/json; charset=utf-7"]
)
_HEADERS = st.sampled_from(["", "Basic ", "Basic Zm9v", "Basic OmI=", "Bearer x", "Bearer e.y.J", "Basic /wA6/wA="])


def _encoded(pairs: Sequence[tuple[str, str]]) -> str:
    return "&".join(f"{name}={quote(value, errors='surrogatepass')}" for name, value in pairs)


@given(
    method=st.sampled_from(["GET", "POST", "HEAD", "OPTIONS"]),
    path=st.sampled_from([path for path in ENDPOINTS if ":" not in path] + ["/auth/x", "/nope"]),
    query=_PAIRS,
    body=_PAIRS.map(lambda pairs: _encoded(pairs).encode()) | st.binary(max_size=200),
    content_type=_TYPES,
    authorization=_HEADERS,
    knows_client=st.booleans(),
)
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_request_makes_the_provider_fail(
    visitor: Visitor,
    party: Party,
    method: str,
    path: str,
    query: list[tuple[str, str]],
    body: bytes,
    content_type: str,
    authorization: str,
    *,
    knows_client: bool,
) -> None:
    known = [("client_id", party.client_id)] if knows_client else []
    headers = {"content-type": content_type, "authorization": authorization, "cookie": "_session=x; _session.sig=y"}

    answer = await visitor.request(
        method,
        f"/oidc{path}?{_encoded([*known, *query])}",
        content=body,
        headers={k: v for k, v in headers.items() if v},
    )

    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400 and method != "HEAD" and "json" in answer.headers.get("content-type", ""):
        assert {"code", "message", "error"} <= set(answer.json())
