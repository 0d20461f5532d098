"""The provider over HTTP: discovery, bodies, CORS, unknown routes, errors."""

from tests.support.visitor import Visitor


async def test_discovery_names_the_issuer(visitor: Visitor) -> None:
    answer = await visitor.get("/oidc/.well-known/openid-configuration")

    assert answer.status_code == 200
    assert answer.json()["issuer"] == "http://localhost:3001/oidc"
