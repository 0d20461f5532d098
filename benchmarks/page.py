"""The sign-in page in headless Chromium, from the application's redirect on, with nothing in the browser's cache.

`page_weight` is what came over the wire, headers included and compressed as served (aim: 40 KB); `page_requests` counts
the redirect and the page as one (aim: 4); `page_paint` is the first contentful paint since the click. Medians of five.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, sync_playwright
from tests.support.chromium import CHROMIUM_ARGUMENTS, find_chromium

from benchmarks.accounts import REDIRECT_URI, Client, add_web_application
from benchmarks.databases import Kind, empty_database
from benchmarks.figures import median, show
from benchmarks.server import Installation, install, serve

_TIMES = 5
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What one cold visit cost."""

    kilobytes: float
    requests: int
    paint: float


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="sekisho-bench-") as name:
        folder = Path(name)
        with empty_database(Kind.SQLITE, folder=folder) as db_url:
            installation = install(db_url, folder=folder)
            with serve(installation), sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS)
                url = _authorization_url(installation, add_web_application(installation))
                _visit(browser, url)  # fills the server's caches and the browser's code cache
                visits = [_visit(browser, url) for _ in range(_TIMES)]
                browser.close()
    show("page_weight", median([visit.kilobytes for visit in visits]), "KB")
    show("page_requests", median([visit.requests for visit in visits]), "requests")
    show("page_paint", median([visit.paint for visit in visits]), "ms")


def _authorization_url(installation: Installation, client: Client) -> str:
    parameters = {
        "client_id": client.id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": "openid offline_access profile",
        "prompt": "consent",
        "state": "load",
    }
    return f"{installation.origin}/oidc/auth?{urlencode(parameters)}"


def _visit(browser: Browser, url: str) -> Visit:
    context = browser.new_context()
    page = context.new_page()
    network = context.new_cdp_session(page)
    requests: set[str] = set()
    received: list[float] = []

    def on_request(event: dict[str, Any]) -> None:
        if event["request"]["url"].startswith("http"):
            requests.add(event["requestId"])
        if "redirectResponse" in event:
            received.append(event["redirectResponse"]["encodedDataLength"])

    network.on("Network.requestWillBeSent", on_request)
    network.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    network.send("Network.enable")
    page.goto(url, wait_until="networkidle")
    if not page.url.startswith(url.partition("/oidc/")[0] + "/sign-in"):
        raise RuntimeError(f"not the sign-in page: {page.url}")
    visit = Visit(kilobytes=sum(received) / 1000, requests=len(requests), paint=float(page.evaluate(_PAINT)))
    context.close()
    return visit


if __name__ == "__main__":
    main()
