"""An application that sends people to the pages, and a person who reads and fills them in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from tests.support.factories import hashed
from tests.support.visitor import ORIGIN, Visitor
from tests.ui.reading import Document

from sekisho.applications.models import ApplicationType, NewApplication, OidcClientMetadata
from sekisho.kernel.ids import TenantId
from sekisho.services import Runtime, Services
from sekisho.tenants.urls import urls_of
from sekisho.users.models import NewUser, User

REDIRECT_URI = "https://app.example.com/callback"
CHALLENGE = "cIube-o_KnCBL635NXhAjhimfURlWZXhBzRC5S2Dn-Q"
VERIFIER = "3eoEyMANUS7zDzwKCNEDEHZu23LrcXrPJ-RSvmVn8Ck"
PASSWORD = "Corr3ct-horse-9"


on_both = pytest.mark.parametrize("db_url", ["sqlite", "postgresql"], indirect=True)
"""For pages that ask a database what no API asks, and for values that only one kind of database refuses."""


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run on SQLite what does not say otherwise: pages call what the Experience API calls, whose tests run on both."""
    given = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "db_url" in metafunc.fixturenames and "db_url" not in given:
        metafunc.definition.add_marker(pytest.mark.parametrize("db_url", ["sqlite"], indirect=True))


@dataclass(frozen=True)
class Form:
    """What a page asks for, and where it goes."""

    action: str
    fields: dict[str, str]

    def problem(self, page: Document) -> str:
        return page.one("form").text


@dataclass(frozen=True)
class Person:
    """Somebody with a browser, coming from one application."""

    visitor: Visitor
    client_id: str

    async def arrive(self, **parameters: str) -> httpx2.Response:
        """Come from the application, and follow to the page."""
        query = {
            "client_id": self.client_id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": "openid profile offline_access",
            "state": "st",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "prompt": "consent",
            **parameters,
        }
        response = await self.visitor.get(f"/oidc/auth?{urlencode(query)}")
        return await self.follow(response)

    async def follow(self, response: httpx2.Response) -> httpx2.Response:
        """Go where a browser would go, up to the application's door."""
        while response.has_redirect_location and response.headers["location"].startswith((ORIGIN, "/")):
            response = await self.visitor.get(response.headers["location"])
        return response

    async def fill(self, page: httpx2.Response, **fields: str) -> httpx2.Response:
        """Fill a page's form in as a browser without scripts would, and send it."""
        form = form_of(page)
        return await self.visitor.post(form.action, data=form.fields | fields, headers={"origin": ORIGIN})


def form_of(page: httpx2.Response) -> Form:
    document = read(page)
    form = document.all("form")[0]
    inputs = [each for each in document.all("input") if form in each.inside and each.get("name")]
    return Form(action=form.get("action"), fields={each.get("name"): each.get("value") for each in inputs})


def read(page: httpx2.Response) -> Document:
    document = Document(page.text)
    assert document.mistakes == []
    return document


def errors_of(page: httpx2.Response) -> dict[str, str]:
    """Return what a page says is wrong, field by field; the whole form's problem is under an empty name."""
    document = read(page)
    errors = {
        each.get("id").removesuffix("-error"): each.text.strip()
        for each in document.all("p")
        if each.get("id").endswith("-error")
    }
    alerts = [each for each in document.all("div") if each.get("role") == "alert" and not each.text.count("\n\n")]
    return errors | ({"": alerts[0].text.strip()} if alerts and len(errors) < 2 else {})


def answer_of(response: httpx2.Response) -> dict[str, str]:
    """Return what the application is told."""
    location = response.headers["location"]
    assert location.startswith(REDIRECT_URI)
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


@dataclass(frozen=True)
class House:
    runtime: Runtime

    @asynccontextmanager
    async def services(self, tenant: str = "default") -> AsyncIterator[Services]:
        urls = urls_of(TenantId(tenant), origin=ORIGIN, public=self.runtime.public_urls)
        async with self.runtime.database.unit_of_work() as uow:
            yield self.runtime.services(urls=urls, uow=uow)

    async def user(
        self,
        *,
        username: str = "ada",
        email: str | None = None,
        phone: str | None = None,
        tenant: str = "default",
    ) -> User:
        kept = await hashed(PASSWORD, hasher=self.runtime.hasher)
        async with self.services(tenant) as services:
            return await services.users.create(
                NewUser(
                    username=username,
                    primary_email=email,
                    primary_phone=phone,
                    password_encrypted=kept.encoded,
                    password_encryption_method=kept.method,
                )
            )

    async def settings(self, *, tenant: str = "default", **changes: Any) -> None:
        async with self.services(tenant) as services:
            await services.sign_in.update(replace(await services.sign_in.read(), **changes))

    async def application(self, *, is_third_party: bool = False) -> str:
        async with self.services() as services:
            made = await services.applications.create(
                NewApplication(
                    name="Bookstore",
                    type=ApplicationType.TRADITIONAL if is_third_party else ApplicationType.SPA,
                    oidc_client_metadata=OidcClientMetadata(
                        redirect_uris=(REDIRECT_URI,), post_logout_redirect_uris=()
                    ),
                    is_third_party=is_third_party,
                )
            )
        return made.application.id


@pytest.fixture
def house(runtime: Runtime) -> House:
    return House(runtime)


@pytest.fixture
async def person(house: House, visitor: Visitor) -> Person:
    return Person(visitor=visitor, client_id=await house.application())
