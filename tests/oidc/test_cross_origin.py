"""Which pages may read the provider's answers: every line of oidc.md §1.5."""

import pytest
from tests.oidc.party import Party, PartyMaker
from tests.oidc.world import native, spa
from tests.support.visitor import ORIGIN, Visitor

from sekisho.applications.models import ApplicationType, CustomClientMetadata
from sekisho.oidc.clients import is_origin_allowed
from sekisho.oidc.models import Client

# Nothing here depends on the kind of database.
on_sqlite = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)

APP, EVIL = "https://app.example.com", "https://evil.example"
OPEN = ("/oidc/.well-known/openid-configuration", "/oidc/.well-known/oauth-authorization-server", "/oidc/jwks")
FOR_CLIENTS = (
    "/oidc/token",
    "/oidc/token/introspection",
    "/oidc/token/revocation",
    "/oidc/device/auth",
    "/oidc/request",
)
PAGES = ("/oidc/auth", "/oidc/session/end", "/oidc/device")


@on_sqlite
@pytest.mark.parametrize("origin", [APP, EVIL, "null"])
@pytest.mark.parametrize("path", OPEN)
async def test_what_is_public_may_be_read_by_all(visitor: Visitor, path: str, origin: str) -> None:
    answer = await visitor.get(path, headers={"origin": origin})
    assert answer.headers["access-control-allow-origin"] == origin
    assert "access-control-expose-headers" not in answer.headers
    assert "access-control-allow-credentials" not in answer.headers
    assert "Origin" in answer.headers["vary"]
    assert (await visitor.get(path)).headers["access-control-allow-origin"] == "*"


@on_sqlite
@pytest.mark.parametrize(
    ("path", "methods"),
    [*((path, "GET") for path in OPEN), ("/oidc/me", "GET,POST"), *((p, "POST") for p in FOR_CLIENTS)],
)
async def test_a_preflight_is_open_to_all(visitor: Visitor, path: str, methods: str) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,dpop,x-y"}
    answer = await visitor.options(path, headers={"origin": EVIL, **asked})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == EVIL
    assert answer.headers["access-control-allow-methods"] == methods
    assert answer.headers["access-control-allow-headers"] == "authorization,dpop,x-y"
    assert answer.headers["access-control-max-age"] == "3600"
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers


@on_sqlite
@pytest.mark.parametrize("path", PAGES)
async def test_pages_have_no_cors(visitor: Visitor, path: str) -> None:
    asked = {"origin": APP, "access-control-request-method": "GET"}
    for answer in (await visitor.get(path, headers={"origin": APP}), await visitor.options(path, headers=asked)):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


@on_sqlite
@pytest.mark.parametrize("path", FOR_CLIENTS)
async def test_a_page_that_is_not_the_clients_is_refused_and_cannot_read_why(
    visitor: Visitor, party: Party, path: str
) -> None:
    answer = await visitor.post(path, data={"client_id": party.client_id}, headers={"origin": EVIL})
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["access-control-expose-headers"] == "WWW-Authenticate"
    body = answer.json()
    assert (answer.status_code, body["error"]) == (400, "invalid_request")
    assert body["error_description"] == f"origin {EVIL} not allowed for client: {party.client_id}"


@on_sqlite
@pytest.mark.parametrize("path", FOR_CLIENTS)
@pytest.mark.parametrize("origin", [APP, ORIGIN])
async def test_a_page_of_the_client_reads_refusals_too(visitor: Visitor, party: Party, path: str, origin: str) -> None:
    answer = await visitor.post(path, data={"client_id": party.client_id}, headers={"origin": origin})
    assert answer.status_code == 400
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["access-control-expose-headers"] == "WWW-Authenticate"


@on_sqlite
@pytest.mark.parametrize("path", FOR_CLIENTS)
async def test_before_the_client_is_known_anybody_reads_the_refusal(visitor: Visitor, path: str) -> None:
    answer = await visitor.post(path, data={"client_id": "nobody"}, headers={"origin": EVIL})
    assert answer.json()["error"] == "invalid_client"
    assert answer.headers["access-control-allow-origin"] == EVIL


@on_sqlite
async def test_a_request_without_an_origin_is_open(visitor: Visitor) -> None:
    assert (await visitor.post("/oidc/token")).headers["access-control-allow-origin"] == "*"


@on_sqlite
async def test_a_client_that_cannot_authenticate_is_challenged_where_its_page_can_see_it(
    visitor: Visitor, make_party: PartyMaker
) -> None:
    party = await make_party(ApplicationType.TRADITIONAL)
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    answer = await visitor.post("/oidc/token", data=form, auth=(party.client_id, "wrong"), headers={"origin": APP})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert answer.headers["access-control-expose-headers"] == "WWW-Authenticate"


@on_sqlite
@pytest.mark.parametrize(("origin", "status"), [(APP, 200), (ORIGIN, 200), (EVIL, 400), ("null", 400)])
async def test_userinfo_is_for_the_pages_of_the_tokens_client(
    visitor: Visitor, party: Party, origin: str, status: int
) -> None:
    token = (await party.tokens(visitor))["access_token"]
    answer = await visitor.get("/oidc/me", headers={"origin": origin, "authorization": f"Bearer {token}"})
    assert answer.status_code == status
    assert answer.headers.get("access-control-allow-origin") == (origin if status == 200 else None)


@on_sqlite
@pytest.mark.parametrize(
    ("listed", "origin", "allowed"),
    [
        ("https://listed.example", "https://listed.example", True),
        ("https://listed.example", "http://listed.example", False),
    ],
)
async def test_an_origin_may_be_listed(
    visitor: Visitor, make_party: PartyMaker, listed: str, origin: str, *, allowed: bool
) -> None:
    party = await make_party(custom=CustomClientMetadata(cors_allowed_origins=(listed,)))
    form = {"client_id": party.client_id, "grant_type": "refresh_token", "refresh_token": "x"}
    answer = await visitor.post("/oidc/token", data=form, headers={"origin": origin})
    assert answer.json()["error"] == ("invalid_grant" if allowed else "invalid_request")


@pytest.mark.parametrize(
    ("client", "origin", "allowed"),
    [
        pytest.param(spa(), "https://app.example.com:443", False, id="an origin never names its default port"),
        pytest.param(spa(redirect_uris=("https://app.example.com:443/cb",)), APP, True, id="a URI may"),
        pytest.param(spa(redirect_uris=("http://localhost:3000/cb",)), "http://localhost:3000", True, id="with a port"),
        pytest.param(spa(redirect_uris=("http://localhost:3000/cb",)), "http://localhost:3001", False, id="another"),
        pytest.param(spa(redirect_uris=("https://*.example.com/cb",)), "https://a.example.com", True, id="a wildcard"),
        pytest.param(
            spa(redirect_uris=("https://*.example.com/cb",)), "https://a.b.example.com", False, id="is one label"
        ),
        pytest.param(spa(redirect_uris=("https://*.example.com/cb",)), "https://.example.com", False, id="not empty"),
        pytest.param(
            spa(redirect_uris=("https://*.example.com/cb",)), "http://a.example.com", False, id="of its scheme"
        ),
        pytest.param(
            spa(redirect_uris=("https://*.example.com:8443/cb",)), "https://a.example.com", False, id="and port"
        ),
        pytest.param(
            spa(redirect_uris=("https://*.example.com:8443/cb",)), "https://a.example.com:8443", True, id="its own"
        ),
        pytest.param(
            spa(redirect_uris=("https://*.com/cb",)), EVIL, False, id="the last two labels may be wild here, but match"
        ),
        pytest.param(spa(redirect_uris=("https://*.com/cb",)), "https://any.com", True, id="and then they do"),
        pytest.param(native(redirect_uris=("io.app:/cb",)), "null", True, id="an application with a custom scheme"),
        pytest.param(native(redirect_uris=("http://127.0.0.1/cb",)), "null", False, id="one without"),
        pytest.param(native(redirect_uris=("io.app:/cb",)), EVIL, False, id="null is not everybody"),
        pytest.param(spa(), f"{APP}.evil.example", False, id="host confusion: a longer name"),
        pytest.param(spa(), f"{APP}@evil.example", False, id="host confusion: userinfo"),
        pytest.param(spa(), f"{APP}/", False, id="no origin ends with a slash"),
        pytest.param(spa(), "", False, id="nothing"),
    ],
)
def test_an_origin_is_that_of_a_redirect_uri_or_of_nobody(client: Client, origin: str, *, allowed: bool) -> None:
    assert is_origin_allowed(client, origin, own_origin="https://id.example") is allowed
