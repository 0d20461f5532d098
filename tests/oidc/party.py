"""An application and a browser that sign in together: the steps of a flow, written once for all tests of it."""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from tests.support.interactions import save_result
from tests.support.visitor import ORIGIN, Visitor

from sekisho.applications.models import (
    ApplicationType,
    CustomClientMetadata,
    NewApplication,
    OidcClientMetadata,
)
from sekisho.db.database import UnitOfWork
from sekisho.services import Runtime, Services
from sekisho.tenants.models import DEFAULT_TENANT
from sekisho.tenants.urls import urls_of
from sekisho.users.models import NewUser, User

REDIRECT_URI = "https://app.example.com/callback"
LOGGED_OUT_URI = "https://app.example.com/"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def services_over(runtime: Runtime, uow: UnitOfWork) -> Services:
    """Return the default tenant's services over one unit of work."""
    return runtime.services(urls=urls_of(DEFAULT_TENANT, origin=ORIGIN, public=runtime.public_urls), uow=uow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One registered application, and a user who may sign in to it."""

    runtime: Runtime
    client_id: str
    secret: str | None
    user: User

    @asynccontextmanager
    async def services(self) -> AsyncIterator[Services]:
        """Open the tenant's services for what the wire does not tell."""
        async with self.runtime.database.unit_of_work() as uow:
            yield services_over(self.runtime, uow)

    def query(self, **more: str) -> dict[str, str]:
        return {
            "client_id": self.client_id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": "openid offline_access profile",
            "state": "st-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "prompt": "consent",
            **more,
        }

    async def authorize(self, visitor: Visitor, **more: str) -> httpx2.Response:
        return await visitor.get(f"/oidc/auth?{urlencode(self.query(**more))}")

    async def sign_in(self, visitor: Visitor, started: httpx2.Response) -> httpx2.Response:
        """Do what the sign-in page does, and follow until the browser leaves for the application."""
        assert started.status_code == 303, started.text
        uid = resume_uid(visitor)
        async with self.runtime.database.unit_of_work() as uow:
            services = services_over(self.runtime, uow)
            await save_result(
                services.interactions,
                uid,
                {"login": {"accountId": self.user.id}, "interactionEvent": "SignIn", "userId": self.user.id},
            )
        return await follow(visitor, f"/oidc/auth/{uid}")

    async def agree(self, visitor: Visitor, asked: httpx2.Response) -> httpx2.Response:
        """Say yes where a third party's page asks, and follow until the browser leaves for the application."""
        assert asked.headers["location"].startswith("/consent"), asked.headers["location"]
        given = await visitor.post(f"/api/interaction/consent?app_id={self.client_id}", json={})
        assert given.status_code == 200, given.text
        return await follow(visitor, given.json()["redirectTo"])

    async def code(self, visitor: Visitor, **more: str) -> str:
        """Sign the user in and return the code the application receives."""
        landed = await self.sign_in(visitor, await self.authorize(visitor, **more))
        return query_of(landed)["code"]

    async def exchange(self, visitor: Visitor, code: str, **more: str) -> httpx2.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
            **more,
        }
        return await self.post_token(visitor, form)

    async def refresh(self, visitor: Visitor, refresh_token: str, **more: str) -> httpx2.Response:
        return await self.post_token(visitor, {"grant_type": "refresh_token", "refresh_token": refresh_token, **more})

    async def post_token(self, visitor: Visitor, form: Mapping[str, str]) -> httpx2.Response:
        if self.secret is None:
            return await visitor.post("/oidc/token", data={**form, "client_id": self.client_id})
        return await visitor.post("/oidc/token", data=dict(form), auth=(self.client_id, self.secret))

    async def tokens(self, visitor: Visitor, **more: str) -> dict[str, Any]:
        """Sign the user in and return the token response."""
        answer = await self.exchange(visitor, await self.code(visitor, **more))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@dataclass(kw_only=True)
class PartyMaker:
    """Registers applications and users straight through the services."""

    runtime: Runtime
    made: int = field(default=0)

    async def __call__(
        self,
        type_: ApplicationType = ApplicationType.SPA,
        *,
        custom: CustomClientMetadata | None = None,
        is_third_party: bool = False,
        redirect_uris: Sequence[str] = (REDIRECT_URI,),
    ) -> Party:
        self.made += 1
        async with self.runtime.database.unit_of_work() as uow:
            services = services_over(self.runtime, uow)
            user = await services.users.create(NewUser(username=f"person{self.made}", name="Person"))
            found = await services.applications.create(
                NewApplication(
                    name="App",
                    type=type_,
                    oidc_client_metadata=OidcClientMetadata(
                        redirect_uris=tuple(redirect_uris), post_logout_redirect_uris=(LOGGED_OUT_URI,)
                    ),
                    custom_client_metadata=custom or CustomClientMetadata(),
                    is_third_party=is_third_party,
                )
            )
        secret = found.secrets[0].value.reveal() if found.secrets else None
        return Party(runtime=self.runtime, client_id=found.application.id, secret=secret, user=user)


def resume_uid(visitor: Visitor) -> str:
    """Return the uid of the newest interaction this browser was sent away with."""
    return [cookie for cookie in visitor.jar.cookies() if cookie.name == "_interaction_resume"][-1].value


async def follow(visitor: Visitor, url: str) -> httpx2.Response:
    """Follow redirects as long as they stay with us."""
    answer = await visitor.get(url)
    while answer.is_redirect:
        location = answer.headers["location"]
        if urlsplit(location).netloc not in {"", urlsplit(ORIGIN).netloc}:
            break
        answer = await visitor.get(location)
    return answer


def query_of(answer: httpx2.Response) -> dict[str, str]:
    """Return the members of a redirect to the application."""
    assert answer.status_code == 303, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
