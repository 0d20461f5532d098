"""Pictures of every page a browser can reach, for eyes to judge: `python -m tests.e2e.screenshots [folder]`.

A real development server on a database that is thrown away; every page narrow and wide, light and dark, in English and
Japanese. A page that is not the expected one ends the tour: a picture of something else would deceive.
"""

import json
import re
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeAlias
from urllib.parse import urlencode

import httpx2
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.e2e import tours
from tests.support.chromium import BROWSER_PATIENCE, CHROMIUM_ARGUMENTS, find_chromium
from tests.support.servers import RunningServer, free_port, running_server

PASSWORD = "Kanagawa-1831"
OPERATOR, PERSON, SUSPENDED = "okami", "hokusai", "utamaro"
STRANGE_HOST = "auth.example.com"

_REDIRECT_URI = "http://localhost:3000/callback"
_MANAGEMENT_API = "https://default.logto.app/api"
_FOLDER = Path(__file__).parents[2] / "screenshots"

Scheme: TypeAlias = Literal["light", "dark"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a page is looked at."""

    width: int
    scheme: Scheme
    locale: str

    @property
    def name(self) -> str:
        return f"{'narrow' if self.width < 600 else 'wide'}-{self.scheme}-{self.locale[:2]}"


_SCHEMES: tuple[Scheme, ...] = ("light", "dark")
LOOKS = tuple(
    Look(width=width, scheme=scheme, locale=locale)
    for locale, width, scheme in product(("en-US", "ja-JP"), (1200, 390), _SCHEMES)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The server, and what the tour needs to be there."""

    server: RunningServer
    link: str
    bookstore: str
    press: str
    token: str
    mail_port: int

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Ask the Management API."""
        headers = {"authorization": f"Bearer {self.token}"}
        answer = httpx2.request(method, self.url(f"/api{path}"), json=body, headers=headers, timeout=30)
        return answer.raise_for_status().json() if answer.content else None

    def url(self, path: str) -> str:
        return self.server.origin + path

    def authorization(self, client_id: str, **more: str) -> str:
        query = {
            "client_id": client_id,
            "redirect_uri": _REDIRECT_URI,
            "response_type": "code",
            "scope": "openid offline_access",
            "prompt": "consent",
            "code_challenge": "cIube-o_KnCBL635NXhAjhimfURlWZXhBzRC5S2Dn-Q",
            "code_challenge_method": "S256",
            **more,
        }
        return self.url(f"/oidc/auth?{urlencode(query)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tour:
    """One look at the pages, in one profile of the browser."""

    tab: Page
    place: Place
    look: Look
    folder: Path
    runs_scripts: bool = True

    def go(self, path: str) -> None:
        self.tab.goto(self.place.url(path))

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.tab.fill(f"input[name={name}]", value)
        self.tab.click("button[name=submit]")

    def take(self, name: str, *, at: str, showing: str = "h1") -> None:
        """Look at the page, once the tab is at the path (a pattern) and shows the element."""
        expect(self.tab).to_have_url(re.compile(rf"^https?://[^/]+{at}(\?|$)"))
        expect(self.tab.locator(showing).first).to_be_visible()
        self.see(name)

    def see(self, name: str) -> None:
        """Take the picture."""
        file = self.folder / f"{name}.{self.look.name}.png"
        self.tab.screenshot(path=file, full_page=True, animations="disabled")


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.e2e.screenshots", description="Take pictures of every page.")
    parser.add_argument("folder", nargs="?", type=Path, default=_FOLDER, help="where to put them (%(default)s)")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(prefix="sekisho-screenshots-") as home,
        opened_place(Path(home)) as place,
        opened_browser() as browser,
    ):
        visit(browser, place, folder=folder)
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} pictures in {folder}\n")


@contextmanager
def opened_place(home: Path) -> Iterator[Place]:
    """Start a development server, and make what the tours need."""
    mail = str(free_port())
    with running_server(home, db_url=None, command="dev", SEKISHO_DEVELOPMENT_MAIL_PORT=mail) as server:
        yield furnish(server, mail_port=int(mail))


@contextmanager
def opened_browser() -> Iterator[Browser]:
    # A name that is not the server's own leads to it all the same.
    mapped = f"--host-resolver-rules=MAP {STRANGE_HOST} 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*CHROMIUM_ARGUMENTS, mapped])
        yield browser
        browser.close()


def furnish(server: RunningServer, *, mail_port: int) -> Place:
    """Make the people and applications the pages are about."""
    _, suspended = (add_person(server, name) for name in (PERSON, SUSPENDED))
    machine = application(server, "MachineToMachine", "Tour", "--management-api")
    grant = {"grant_type": "client_credentials", "resource": _MANAGEMENT_API, "scope": "all"}
    token = httpx2.post(server.origin + "/oidc/token", data=grant, auth=(machine["id"], machine["secret"])).json()
    with httpx2.Client(
        base_url=server.origin, headers={"authorization": f"Bearer {token['access_token']}"}, timeout=30
    ) as api:
        api.patch(f"/api/users/{suspended}/is-suspended", json={"isSuspended": True}).raise_for_status()
        uris = {"redirectUris": [_REDIRECT_URI], "postLogoutRedirectUris": []}
        body = {"name": "Sumida Press", "type": "Traditional", "isThirdParty": True, "oidcClientMetadata": uris}
        press = api.post("/api/applications", json=body).raise_for_status().json()
        listed = {"userScopes": ["profile", "email"]}
        api.post(f"/api/applications/{press['id']}/user-consent-scopes", json=listed).raise_for_status()
    bookstore = application(server, "Traditional", "Bookstore", "--redirect-uri", _REDIRECT_URI)
    (link,) = re.findall(r"http://\S+/console/welcome\?token=[\w-]+", server.log)
    return Place(
        server=server,
        link=link,
        bookstore=bookstore["id"],
        press=press["id"],
        token=token["access_token"],
        mail_port=mail_port,
    )


def add_person(server: RunningServer, username: str) -> str:
    printed = command(server, "user", "create", "--username", username, "--json", stdin=f"{PASSWORD}\n")
    return str(json.loads(printed)["id"])


def application(server: RunningServer, type_: str, name: str, *more: str) -> dict[str, str]:
    printed = command(server, "app", "create", "--type", type_, "--name", name, *more, "--json")
    members: dict[str, str] = json.loads(printed)
    return members


def command(server: RunningServer, *arguments: str, stdin: str = "") -> str:
    ended = server.run(*arguments, stdin=stdin)
    if ended.returncode:
        raise RuntimeError(ended.stderr)
    return ended.stdout


def visit(
    browser: Browser, place: Place, *, folder: Path, looks: Sequence[Look] = LOOKS, kind: Callable[..., Tour] = Tour
) -> None:
    """Make every tour in every look; one person becomes the administrator in between."""

    def go(*tours: Callable[[Tour], None], scripts: bool = True) -> None:
        for look, tour in product(looks, tours):
            with profile(browser, look, scripts=scripts) as tab:
                tour(kind(tab=tab, place=place, look=look, folder=folder, runs_scripts=scripts))

    go(an_empty_house)
    with profile(browser, LOOKS[0], scripts=True) as tab:
        become_administrator(Tour(tab=tab, place=place, look=LOOKS[0], folder=folder))
    go(dead_ends, signing_in, registering, signed_in, connecting_a_device, administering)
    go(without_scripts, scripts=False)
    tours.offer_every_way(place)
    go(tours.by_address, tours.by_number, tours.forgetting, tours.coming_for_the_first_time)
    go(tours.by_provider, tours.by_link)
    go(tours.every_way_without_scripts, scripts=False)


@contextmanager
def profile(browser: Browser, look: Look, *, scripts: bool) -> Iterator[Page]:
    """Open a tab of a fresh profile."""
    context = browser.new_context(
        viewport={"width": look.width, "height": 844},
        color_scheme=look.scheme,
        locale=look.locale,
        java_script_enabled=scripts,
    )
    context.set_default_timeout(BROWSER_PATIENCE)
    yield context.new_page()
    context.close()


def an_empty_house(tour: Tour) -> None:
    """Before there is an administrator."""
    tour.go("/console")
    tour.take("console-welcome", at="/console")
    tour.tab.goto(tour.place.link)
    tour.take("first-admin-register", at="/t/admin/register")


def become_administrator(tour: Tour) -> None:
    tour.tab.goto(tour.place.link)
    tour.fill(identifier=OPERATOR, newPassword=PASSWORD, confirmPassword=PASSWORD)
    expect(tour.tab).to_have_url(tour.place.url("/console"))


def dead_ends(tour: Tour) -> None:
    """What people see who came to the wrong place."""
    tour.go("/nowhere")
    tour.take("not-found", at="/nowhere")
    tour.go("/unknown-session")
    tour.take("unknown-session", at="/unknown-session")
    tour.tab.goto(f"http://{STRANGE_HOST}:{tour.place.server.port}/")
    tour.take("misdirected", at="/")
    tour.go("/demo-app?code=stolen&state=guessed")
    tour.take("demo-refused", at="/demo-app", showing="[role=alert]")
    tour.go("/console/callback?code=stolen&state=guessed")
    tour.take("console-refused", at="/console/callback")


def signing_in(tour: Tour) -> None:
    tour.tab.goto(tour.place.authorization(tour.place.bookstore))
    tour.take("sign-in", at="/sign-in")
    tour.fill(identifier="", password="")
    tour.take("sign-in-empty", at="/sign-in", showing="#password-error")
    tour.fill(identifier=PERSON, password="")
    tour.take("sign-in-no-password", at="/sign-in", showing=f"#identifier[value='{PERSON}']")
    tour.fill(password="a guess")
    tour.take("sign-in-wrong-password", at="/sign-in", showing="[role=alert]")
    tour.fill(identifier=SUSPENDED, password=PASSWORD)
    tour.take("account-suspended", at="/account-suspended")
    tour.tab.goto(tour.place.authorization(tour.place.bookstore))
    tour.tab.eval_on_selector("input[name=_csrf]", "field => { field.value = 'of another page' }")
    tour.fill(identifier=PERSON, password=PASSWORD)
    tour.take("form-refused", at="/sign-in", showing=".facts")


def registering(tour: Tour) -> None:
    tour.tab.goto(tour.place.authorization(tour.place.bookstore, first_screen="register"))
    tour.take("register", at="/register")
    tour.fill(identifier="", newPassword="", confirmPassword="")
    tour.take("register-empty", at="/register", showing="#newPassword-error")
    for name, username in (("register-taken", PERSON), ("register-bad-name", "1831")):
        tour.fill(identifier=username, newPassword=PASSWORD, confirmPassword=PASSWORD)
        tour.take(name, at="/register", showing=f"#identifier[value='{username}'][aria-invalid]")
    for name, username, password in (
        ("register-short", "hiroshige", "aaa123"),
        ("register-guessable", "kuniyoshi", "aaaa1234"),
    ):
        tour.fill(identifier=username, newPassword=password, confirmPassword=password)
        tour.take(name, at="/register", showing=f"#identifier[value='{username}']")
    tour.fill(newPassword=PASSWORD, confirmPassword="another")
    tour.take("register-not-the-same", at="/register", showing="#confirmPassword-error")


def signed_in(tour: Tour) -> None:
    """The demo application, a third party that asks for consent, and the way out."""
    tour.go("/demo-app")
    tour.take("demo-signed-out", at="/demo-app")
    tour.go("/demo-app/sign-in")
    tour.fill(identifier=PERSON, password=PASSWORD)
    tour.take("demo-signed-in", at="/demo-app", showing="table")
    tour.tab.goto(tour.place.authorization(tour.place.press, scope="openid offline_access profile email"))
    tour.take("consent", at="/consent")
    tour.go("/oidc/session/end")
    tour.take("signed-out", at="/oidc/session/end/success")


def connecting_a_device(tour: Tour) -> None:
    """The pages of somebody who sits before a device that cannot show them."""
    server = tour.place.server.origin
    asked = {"client_id": "device-demo-app", "scope": "openid offline_access profile"}
    waiting = httpx2.post(f"{server}/oidc/device/auth", data=asked).raise_for_status().json()
    tour.go("/device-demo-app")
    tour.take("device-demo", at="/device-demo-app")
    tour.go("/device-demo-app/start")
    tour.take("device-demo-code", at="/device-demo-app", showing=".user-code")
    tour.go("/device")
    tour.take("device", at="/device")
    tour.fill(user_code="bbbb bbbb")
    tour.take("device-wrong-code", at="/device", showing="#user_code-error")
    tour.fill(user_code=waiting["user_code"])
    tour.take("device-confirmation", at="/device", showing=".user-code")
    tour.tab.click("button[name=confirm]")
    tour.take("device-sign-in", at="/sign-in")
    tour.fill(identifier=PERSON, password=PASSWORD)
    tour.take("device-connected", at="/device/success")
    waiting = httpx2.post(f"{server}/oidc/device/auth", data=asked).raise_for_status().json()
    tour.tab.goto(waiting["verification_uri_complete"])
    expect(tour.tab.locator(".user-code")).to_be_visible()
    tour.tab.click("button[name=abort]")
    tour.take("device-cancelled", at="/device", showing="[role=alert]")


def administering(tour: Tour) -> None:
    tour.tab.goto(tour.place.link)
    tour.take("first-admin-refused", at="/console/welcome")
    tour.go("/console")
    tour.take("console-sign-in", at="/t/admin/sign-in")
    tour.fill(identifier=OPERATOR, password=PASSWORD)
    tour.take("console-home", at="/console", showing="#addresses")


def without_scripts(tour: Tour) -> None:
    """Pages that send themselves, where nothing does."""
    tour.tab.goto(tour.place.authorization(tour.place.bookstore, response_mode="form_post"))
    tour.take("sign-in-without-scripts", at="/sign-in")
    tour.fill(identifier=PERSON, password=PASSWORD)
    tour.take("form-post-without-scripts", at="/oidc/auth/[^/]+", showing="button")
    tour.go("/oidc/device?user_code=BCDF-GHJK")
    tour.take("device-without-scripts", at="/oidc/device", showing="button")
    tour.go("/oidc/session/end")
    tour.take("sign-out-without-scripts", at="/oidc/session/end", showing="button")


if __name__ == "__main__":
    main()
