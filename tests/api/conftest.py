"""Callers of the Management API: tokens are signed with the tenants' own keys, as the token endpoint would."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from joserfc import jwt
from tests.support.visitor import ORIGIN, Visitor

from sekisho.kernel.clock import ManualClock, epoch_seconds
from sekisho.kernel.ids import TenantId
from sekisho.services import Runtime, Services
from sekisho.tenants.urls import urls_of

Mint = Callable[..., Awaitable[str]]
on_sqlite = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
"""For tests of what happens before or after the database: once is enough."""

CALLER = "caller00000000000000a"


@pytest.fixture
def mint(runtime: Runtime, clock: ManualClock) -> Mint:
    """Return a maker of tokens: `tenant` is the audience's, `issuer` signs; None leaves a claim out."""

    async def make(*, tenant: str = "default", issuer: str | None = None, **claims: Any) -> str:
        urls = urls_of(TenantId(issuer or tenant), origin=ORIGIN, public=runtime.public_urls)
        async with runtime.database.unit_of_work() as uow:
            signer = await runtime.services(urls=urls, uow=uow).signing_keys.current()
        now = epoch_seconds(clock.now())
        typical = {
            "jti": "jti",
            "sub": CALLER,
            "client_id": CALLER,
            "iat": now,
            "exp": now + 3600,
            "scope": "all",
            "iss": urls.issuer,
            "aud": f"https://{tenant}.logto.app/api",
        }
        header = {"alg": signer.algorithm, "kid": signer.kid, "typ": claims.pop("typ", "at+jwt")}
        said = {name: value for name, value in (typical | claims).items() if value is not None}
        return jwt.encode(header, said, signer.key, algorithms=[signer.algorithm])

    return make


@pytest.fixture
async def management(visitor: Visitor, mint: Mint) -> Visitor:
    """A caller who may do everything in the tenant `default`."""
    visitor.headers["authorization"] = f"Bearer {await mint()}"
    return visitor


@pytest.fixture
async def admin_management(new_visitor: Callable[[], Visitor], mint: Mint) -> AsyncIterator[Visitor]:
    """A caller who may do everything in the tenant `admin`; his paths begin with `/t/admin`."""
    async with new_visitor() as visitor:
        visitor.headers["authorization"] = f"Bearer {await mint(tenant='admin')}"
        yield visitor


@pytest.fixture
async def services(runtime: Runtime) -> AsyncIterator[Services]:
    """The services of the tenant `default`, committed when the test ends."""
    urls = urls_of(TenantId("default"), origin=ORIGIN, public=runtime.public_urls)
    async with runtime.database.unit_of_work() as uow:
        yield runtime.services(urls=urls, uow=uow)
