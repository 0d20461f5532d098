"""Somebody with a browser, without scripts, who fills in whatever page an application sends them to."""

from dataclasses import dataclass
from urllib.parse import urljoin

import httpx2
from tests.e2e.journeys import Form, form_in
from tests.e2e.network import Browser

_MOST_REDIRECTS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user of one server. Where an application's address comes up, the browser goes no further."""

    browser: Browser
    id: str
    username: str
    password: str

    async def sign_in(self, url: str) -> str:
        """Go where an application sends one, sign in there, and return the address that leads back."""
        return _way_out(await self.prove_identity(url))

    async def prove_identity(self, url: str) -> httpx2.Response:
        """Go where an application sends one and sign in there; returns the last answer."""
        page = await self.visit(url)
        return await self.fill(page, identifier=self.username, password=self.password)

    async def sign_out(self, url: str) -> str:
        """Go where an application sends one to sign out, say yes, and return the address that leads back."""
        return _way_out(await self.fill(await self.visit(url)))

    async def approve(self, url: str) -> httpx2.Response:
        """Say that the device which shows an address is one's own, and sign in for it; returns the last page."""
        shown = await self.visit(url)
        confirmed = await self.fill(await self.fill(shown), confirm="yes")
        return await self.fill(confirmed, identifier=self.username, password=self.password)

    async def visit(self, url: str) -> httpx2.Response:
        """Go to an address and on to wherever it leads, up to an application's door."""
        return await self._follow(await self.browser.get(url))

    async def fill(self, page: httpx2.Response, **fields: str) -> httpx2.Response:
        """Fill in the page's form, send it, and go on."""
        assert page.status_code == 200, page.text
        form = form_in(page.text)
        target = urljoin(str(page.url), form.action)
        origin = str(self.browser.base_url).rstrip("/")
        return await self._follow(
            await self.browser.post(target, data=form.fields | fields, headers={"origin": origin})
        )

    async def _follow(self, answer: httpx2.Response) -> httpx2.Response:
        for _ in range(_MOST_REDIRECTS):
            if not answer.is_redirect:
                return answer
            target = urljoin(str(answer.url), answer.headers["location"])
            if not target.startswith(str(self.browser.base_url)):
                return answer
            answer = await self.browser.get(target)
        raise AssertionError(f"redirects without end: {answer.url}")


def form_back(answer: httpx2.Response) -> Form:
    """Return the form that carries an answer to the application (OAuth 2.0 Form Post Response Mode §2)."""
    assert answer.status_code == 200, answer.text
    return form_in(answer.text)


def _way_out(answer: httpx2.Response) -> str:
    assert answer.is_redirect, answer.text
    return urljoin(str(answer.url), answer.headers["location"])
