"""A tenant's own sign-in pages, in a real browser: an uploaded bundle that drives the Experience API."""

import json
import zipfile
from collections.abc import AsyncIterator, Callable
from io import BytesIO

import httpx2
import pytest
from playwright.async_api import Browser, Page, expect
from tests.support.chromium import BROWSER_PATIENCE
from tests.support.servers import RunningServer, free_port

PASSWORD = "Kanagawa-1831"

INDEX = b"""<!doctype html>
<html lang="en"><head><title>Bookshelf</title><script type="module" src="/assets/index-DiwrgTda.js"></script></head>
<body><h1>Our own page</h1><form><input name="username"><input name="password" type="password">
<button>Come in</button></form><p role="status"></p></body></html>
"""
SCRIPT = b"""
const experience = async (method, path, body) => {
  const answer = await fetch(`/api/experience${path}`, {
    method, headers: {"content-type": "application/json"}, body: body && JSON.stringify(body),
  });
  const said = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Error(said.code);
  return said;
};
const settings = await (await fetch("/api/.well-known/sign-in-exp")).json();
document.title = settings.signIn.methods.map((method) => method.identifier).join();
document.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  try {
    await experience("PUT", "", {interactionEvent: "SignIn"});
    const {verificationId} = await experience("POST", "/verification/password", {
      identifier: {type: "username", value: form.get("username")}, password: form.get("password"),
    });
    await experience("POST", "/identification", {verificationId});
    location.assign((await experience("POST", "/submit")).redirectTo);
  } catch (error) {
    document.querySelector("[role=status]").textContent = error.message;
  }
});
"""


@pytest.fixture
def server(start_server: Callable[..., RunningServer]) -> RunningServer:
    return start_server(None, command="dev", ADMIN_PORT=str(free_port()))


@pytest.fixture
async def tab(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(locale="en-US")
    context.set_default_timeout(BROWSER_PATIENCE)
    yield await context.new_page()
    await context.close()


def bring_pages(server: RunningServer) -> None:
    """Upload the bundle and switch it on, as an administrator's script does."""
    created = server.run(
        "app", "create", "--type", "MachineToMachine", "--name", "Deploy", "--management-api", "--json"
    )
    machine = json.loads(created.stdout)
    with httpx2.Client(base_url=server.origin) as client:
        asked = {"grant_type": "client_credentials", "resource": "https://default.logto.app/api", "scope": "all"}
        token = client.post("/oidc/token", data=asked, auth=(machine["id"], machine["secret"])).json()["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("dist/index.html", INDEX)
            archive.writestr("dist/assets/index-DiwrgTda.js", SCRIPT)
        files = {"file": ("dist.zip", packed.getvalue(), "application/zip")}
        uploaded = client.post("/api/sign-in-exp/default/custom-ui-assets", files=files)
        assert uploaded.status_code == 200, uploaded.text
        assets = {"id": uploaded.json()["customUiAssetId"], "createdAt": 1}
        assert client.patch("/api/sign-in-exp", json={"customUiAssets": assets}).status_code == 200


async def test_somebody_signs_in_through_pages_that_the_tenant_brought(server: RunningServer, tab: Page) -> None:
    made = server.run("user", "create", "--username", "hokusai", stdin=f"{PASSWORD}\n")
    assert made.returncode == 0, made.stderr
    bring_pages(server)

    await tab.goto(f"{server.origin}/demo-app")
    await tab.get_by_role("main").get_by_role("link").first.click()
    await expect(tab.locator("h1")).to_have_text("Our own page")
    await expect(tab).to_have_title("username")
    await tab.fill("input[name=username]", "hokusai")
    await tab.fill("input[name=password]", "wrong")
    await tab.click("button")
    await expect(tab.locator("[role=status]")).to_have_text("session.invalid_credentials")
    await tab.fill("input[name=password]", PASSWORD)
    await tab.click("button")

    await expect(tab.locator("body")).to_contain_text("hokusai")
    assert tab.url.startswith(f"{server.origin}/demo-app")
