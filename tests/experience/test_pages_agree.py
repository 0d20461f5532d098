"""The hosted pages and the Experience API are one state machine: whatever is done by pages ends as by calls.

Two installations that are alike; somebody does the same things in both, by forms in one and by the calls of
experience.md §26 in the other, rightly and wrongly, one after the other as chance has it.
"""

import asyncio
from random import Random
from typing import Any, ClassVar, Protocol, TypeAlias
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from tests.connectors_for_tests.outbox import OUTBOX
from tests.experience.ground import ACCOUNTS, ADA, GRACE, NEW, SIGN_UPS, Fate, Ground, code_sent_to, examples
from tests.support.factories import PASSWORD
from tests.support.visitor import ORIGIN
from tests.ui.reading import Document

from sekisho.sign_in.models import SignInMode

#: What came of something: a word, and what it is about.
Outcome: TypeAlias = tuple[str, str]
REFUSED = ("refused", "")
FRESH = "Fresh-pass-Word-22"

#: What a refusal of the API leads a page to (experience.md §26.5); any other leads nowhere.
_LEADS_TO = {
    "user.suspended": ("suspended", ""),
    "user.new_password_required_in_profile": ("new password", ""),
}
#: The same, by where a form leads.
_PAGES = {
    "/account-suspended": ("suspended", ""),
    "/forgot-password/reset": ("new password", ""),
    "/register/confirm": ("offer", "registration"),
    "/sign-in/confirm": ("offer", "sign-in"),
}


class Way(Protocol):
    """A way to do things; each returns what came of it."""

    async def arrive(self) -> None: ...
    async def password(self, name: str, password: str) -> Outcome: ...
    async def code(self, address: str, *, is_right: bool) -> Outcome: ...
    async def register_name(self, name: str, password: str) -> Outcome: ...
    async def register_address(self, address: str, *, is_right: bool) -> Outcome: ...
    async def forgot(self, address: str, *, is_right: bool) -> Outcome: ...
    async def choose(self, password: str) -> Outcome: ...
    async def account(self, account: str) -> Outcome: ...
    async def give(self, missing: str, value: str) -> Outcome: ...
    async def accept(self, offer: str) -> Outcome: ...


class ByCalls:
    """The API, called as the reference's own pages do."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._record = ""

    async def arrive(self) -> None:
        self._browser = self._ground.browser()
        await self._ground.arrive(self._browser)

    async def password(self, name: str, password: str) -> Outcome:
        await self._call("PUT", "", {"interactionEvent": "SignIn"})
        body = {"identifier": _named(name), "password": password}
        return await self._come_in(*await self._call("POST", "/verification/password", body))

    async def code(self, address: str, *, is_right: bool) -> Outcome:
        if not await self._prove(address, event="SignIn", is_right=is_right):
            return REFUSED
        status, answer = await self._identify()
        if status == 404:
            return ("offer", "registration") if await self._may_register_with(address) else REFUSED
        return await self._follow(status, answer) if status >= 400 else await self._submit()

    async def register_name(self, name: str, password: str) -> Outcome:
        await self._call("PUT", "", {"interactionEvent": "Register"})
        for body in ({"type": "username", "value": name}, {"type": "password", "value": password}):
            status, answer = await self._call("POST", "/profile", body)
            if status >= 400:
                return await self._follow(status, answer)
        return await self._found()

    async def register_address(self, address: str, *, is_right: bool) -> Outcome:
        if not await self._prove(address, event="Register", is_right=is_right):
            return REFUSED
        status, answer = await self._identify()
        if status == 422 and answer["code"] in {"user.email_already_in_use", "user.phone_already_in_use"}:
            may_sign_in = (await self._ground.experience()).sign_in_mode.allows_sign_in
            return ("offer", "sign-in") if may_sign_in else REFUSED
        return await self._follow(status, answer) if status >= 400 else await self._submit()

    async def forgot(self, address: str, *, is_right: bool) -> Outcome:
        if not await self._prove(address, event="ForgotPassword", is_right=is_right):
            return REFUSED
        status, answer = await self._identify()
        return await self._follow(status, answer) if status >= 400 else await self._submit()

    async def choose(self, password: str) -> Outcome:
        status, answer = await self._call("PUT", "/profile/password", {"password": password})
        return await self._follow(status, answer) if status >= 400 else await self._submit()

    async def account(self, account: str) -> Outcome:
        await self._call("PUT", "", {"interactionEvent": "SignIn"})
        path = f"/verification/social/{self._ground.connector_id}"
        callback = f"{ORIGIN}/callback/{self._ground.connector_id}"
        _, left = await self._call("POST", f"{path}/authorization-uri", {"state": "s", "redirectUri": callback})
        data = {**ACCOUNTS[account], "code": "c", "redirectUri": callback}
        body = {"verificationId": left["verificationId"], "connectorData": data}
        await self._call("POST", f"{path}/verify", body)
        self._record = left["verificationId"]
        status, answer = await self._identify()
        if status != 404:
            return await self._follow(status, answer) if status >= 400 else await self._submit()
        if "relatedUser" in answer["data"]:
            return ("offer", "link")
        return await self.accept("account")

    async def give(self, missing: str, value: str) -> Outcome:
        if missing in {"username", "password"}:
            status, answer = await self._call("POST", "/profile", {"type": missing, "value": value})
            return await self._follow(status, answer) if status >= 400 else await self._found()
        event = (await self._call("GET", "/interaction"))[1]["interactionEvent"]
        await self._send(value, event=event)
        if not await self._answer(value, is_right=True):
            return REFUSED
        status, answer = await self._call("POST", "/profile", {"type": "email", "verificationId": self._record})
        return await self._follow(status, answer) if status >= 400 else await self._found()

    async def accept(self, offer: str) -> Outcome:
        event = "SignIn" if offer in {"sign-in", "link"} else "Register"
        status, answer = await self._call("PUT", "/interaction-event", {"interactionEvent": event})
        if status < 400:
            status, answer = await self._identify(is_linking=offer == "link")
        return await self._follow(status, answer) if status >= 400 else await self._submit()

    async def _prove(self, address: str, *, event: str, is_right: bool) -> bool:
        await self._call("PUT", "", {"interactionEvent": event})
        await self._send(address, event=event)
        return await self._answer(address, is_right=is_right)

    async def _send(self, address: str, *, event: str) -> None:
        body = {"identifier": _named(address), "interactionEvent": event}
        _, sent = await self._call("POST", "/verification/verification-code", body)
        self._record = sent["verificationId"]

    async def _answer(self, address: str, *, is_right: bool) -> bool:
        code = code_sent_to(address) if is_right else "000000"
        body = {"identifier": _named(address), "verificationId": self._record, "code": code}
        return (await self._call("POST", "/verification/verification-code/verify", body))[0] == 200

    async def _may_register_with(self, address: str) -> bool:
        settings = await self._ground.experience()
        return settings.sign_in_mode.allows_registration and _named(address)["type"] in settings.sign_up.identifiers

    async def _identify(self, *, is_linking: bool = False) -> tuple[int, Any]:
        body = {"verificationId": self._record, "linkSocialIdentity": is_linking}
        return await self._call("POST", "/identification", body)

    async def _found(self) -> Outcome:
        """Make the user if there is none yet, and submit."""
        state = (await self._call("GET", "/interaction"))[1]
        if state["interactionEvent"] == "Register" and "userId" not in state:
            status, answer = await self._call("POST", "/identification", {})
            if status >= 400:
                return await self._follow(status, answer)
        return await self._submit()

    async def _come_in(self, status: int, answer: Any) -> Outcome:
        if status >= 400:
            return await self._follow(status, answer)
        self._record = answer["verificationId"]
        status, answer = await self._identify()
        return await self._follow(status, answer) if status >= 400 else await self._submit()

    async def _submit(self) -> Outcome:
        status, answer = await self._call("POST", "/submit")
        if status == 204:
            return ("reset", "")
        if status >= 400:
            return await self._follow(status, answer)
        return await _came_in(self._ground, self._browser, answer["redirectTo"])

    async def _follow(self, _status: int, answer: Any) -> Outcome:
        if answer["code"] == "user.missing_profile":
            return ("missing", answer["data"]["missingProfile"][0])
        return _LEADS_TO.get(answer["code"], REFUSED)

    async def _call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        response = await self._browser.request(method, f"/api/experience{path}", json=body)
        assert response.status_code < 500, response.text
        is_json = response.headers.get("content-type", "").startswith("application/json")
        return response.status_code, response.json() if is_json else None


class ByPages:
    """The hosted pages, without scripts."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def arrive(self) -> None:
        self._browser = self._ground.browser()
        await self._ground.arrive(self._browser)

    async def password(self, name: str, password: str) -> Outcome:
        said = await self._fill("/sign-in", identifier=name)
        if _place(said) not in {"/sign-in/password", "/sign-in/verification-code"}:
            return await self._outcome(said)
        return await self._outcome(await self._fill("/sign-in/password", password=password))

    async def code(self, address: str, *, is_right: bool) -> Outcome:
        return await self._by_code("/sign-in", "/sign-in/verification-code", address, is_right=is_right)

    async def register_name(self, name: str, password: str) -> Outcome:
        return await self._outcome(await self._fill("/register", identifier=name, newPassword=password))

    async def register_address(self, address: str, *, is_right: bool) -> Outcome:
        return await self._by_code("/register", "/register/verification-code", address, is_right=is_right)

    async def forgot(self, address: str, *, is_right: bool) -> Outcome:
        place = "/forgot-password/verification-code"
        return await self._by_code("/forgot-password", place, address, is_right=is_right)

    async def choose(self, password: str) -> Outcome:
        return await self._outcome(await self._fill("/forgot-password/reset", newPassword=password))

    async def account(self, account: str) -> Outcome:
        page = await self._browser.get("/sign-in")
        entry = "/sign-in"
        if page.status_code == 303 or page.has_redirect_location:
            entry, page = "/register", await self._browser.get("/register")
        fields = _fields(page)
        left = await self._post(f"{entry}/social/{self._ground.connector_id}", fields)
        state = parse_qs(urlsplit(left.headers["location"]).query)["state"][0]
        back = {**ACCOUNTS[account], "code": "c", "state": state}
        returned = await self._browser.get(f"/callback/{self._ground.connector_id}?{urlencode(back)}")
        return await self._outcome(returned)

    async def give(self, missing: str, value: str) -> Outcome:
        if missing == "username":
            return await self._outcome(await self._fill("/continue/username", identifier=value))
        if missing == "password":
            return await self._outcome(await self._fill("/continue/password", newPassword=value))
        place = "/continue/verification-code"
        return await self._by_code(f"/continue/{missing}", place, value, is_right=True)

    async def accept(self, offer: str) -> Outcome:
        path = {
            "registration": "/register/confirm",
            "sign-in": "/sign-in/confirm",
            "link": f"/social/link/{self._ground.connector_id}",
        }[offer]
        return await self._outcome(await self._fill(path, decision="link"))

    async def _by_code(self, entry: str, place: str, address: str, *, is_right: bool) -> Outcome:
        said = await self._fill(entry, identifier=address)
        if _place(said) != place:
            return await self._outcome(said)
        code = code_sent_to(address) if is_right else "000000"
        return await self._outcome(await self._fill(place, code=code))

    async def _fill(self, path: str, **fields: str) -> httpx2.Response:
        page = await self._browser.get(path)
        if page.has_redirect_location:
            return page
        assert page.status_code == 200, page.text
        return await self._post(path, _fields(page) | fields)

    async def _post(self, path: str, fields: dict[str, str]) -> httpx2.Response:
        return await self._browser.post(path, data=fields, headers={"origin": ORIGIN})

    async def _outcome(self, response: httpx2.Response) -> Outcome:
        assert response.status_code < 500, response.text
        if not response.has_redirect_location:
            assert response.status_code >= 400, response.text
            return REFUSED
        place = _place(response)
        if place.startswith("/oidc/auth/"):
            return await _came_in(self._ground, self._browser, response.headers["location"])
        if place.startswith("/continue/"):
            return ("missing", place.removeprefix("/continue/"))
        if place.startswith("/social/link/"):
            return ("offer", "link")
        if "notice=password-changed" in response.headers["location"]:
            return ("reset", "")
        return _PAGES.get(place, REFUSED)


class Twins(RuleBasedStateMachine):
    """Somebody who does everything twice."""

    ways: ClassVar[tuple[Way, Way]]
    grounds: ClassVar[tuple[Ground, Ground]]
    runner: ClassVar[asyncio.Runner]
    fate: ClassVar[Fate]
    dice: Random
    seen: ClassVar[set[Outcome]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.last: Outcome = REFUSED
        self.mode = SignInMode.SIGN_IN_AND_REGISTER
        self.sign_up = ""

    @initialize()
    def roll(self) -> None:
        self.dice = self.fate.dice()
        self.mode, self.sign_up = self.dice.choice(tuple(SignInMode)), self.dice.choice(sorted(SIGN_UPS))
        for ground in self.grounds:
            self.runner.run(ground.settle(mode=self.mode, sign_up=self.sign_up))
        self.arrive()

    @rule()
    def begin(self) -> None:
        is_right = self.dice.random() < 0.8
        match self.dice.choice(("password", "code", "register", "forgot", "account", "account")):
            # Where a mode closes a page, calls are refused later, and may say more by then.
            case "password" if self.mode.allows_sign_in:
                name = self.dice.choice(("ada", "grace", "nobody", ADA))
                self.compare("password", name, PASSWORD if is_right else "wrong")
            case "code" if self.mode.allows_sign_in:
                self.compare("code", self.dice.choice((ADA, GRACE, NEW)), is_right=is_right)
            case "register" if not self.mode.allows_registration:
                self.compare("account", "unknown")
            case "register" if self.sign_up == "name and password":
                self.compare("register_name", self.dice.choice(("mary", "ada")), FRESH if is_right else "short")
            case "register":
                self.compare("register_address", self.dice.choice((ADA, NEW)), is_right=is_right)
            case "forgot":
                self.compare("forgot", self.dice.choice((ADA, GRACE, NEW)), is_right=is_right)
            case _:
                self.compare("account", self.dice.choice(sorted(ACCOUNTS)))

    @rule()
    def go_on(self) -> None:
        match self.last:
            case ("missing", missing):
                values = {"username": ("mary", "ada"), "password": (FRESH, "short")}.get(missing, (NEW, ADA))
                self.compare("give", missing, self.dice.choice(values))
            case ("offer", offer):
                self.compare("accept", offer)
            case ("new password", _):
                self.compare("choose", self.dice.choice((FRESH, "short")))
            case _:
                self.begin()

    def arrive(self) -> None:
        for way in self.ways:
            self.runner.run(way.arrive())
        self.last = REFUSED

    def compare(self, what: str, *arguments: str, **more: bool) -> None:
        """Do something both ways; it ends alike."""
        outcomes = []
        for way in self.ways:
            OUTBOX.empty()
            outcomes.append(self.runner.run(getattr(way, what)(*arguments, **more)))
        assert outcomes[0] == outcomes[1], (what, arguments, more, outcomes)
        # Who is refused in the middle may try the same again.
        self.last = self.last if outcomes[0] == REFUSED and what in {"give", "choose"} else outcomes[0]
        self.seen.add((outcomes[0][0], ""))
        if outcomes[0][0] in {"came in", "reset", "suspended"}:
            self.arrive()


def _named(text: str) -> dict[str, str]:
    return {"type": "email" if "@" in text else "username", "value": text}


def _place(response: httpx2.Response) -> str:
    """Return where an answer leads."""
    return urlsplit(response.headers.get("location", "")).path


def _fields(page: httpx2.Response) -> dict[str, str]:
    """Return what a page's first form would send as it stands."""
    document = Document(page.text)
    form = document.all("form")[0]
    inputs = [each for each in document.all("input") if form in each.inside and each.get("name")]
    return {each.get("name"): each.get("value") for each in inputs}


async def _came_in(ground: Ground, browser: Any, address: str) -> Outcome:
    user = await ground.who_comes_in(browser, address)
    assert user is not None
    identities = ",".join(f"{target}:{each['userId']}" for target, each in sorted(user.identities.items()))
    return ("came in", f"{user.username} {user.primary_email} {user.primary_phone} {user.name} {identities}")


@pytest.fixture
def db_urls(tmp_path: Any, databases: Any) -> Any:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with databases.sqlite(tmp_path / "one") as one, databases.sqlite(tmp_path / "two") as two:
        yield one, two


def test_pages_end_as_calls_do(db_urls: tuple[str, str]) -> None:
    with asyncio.Runner() as runner:
        grounds = (runner.run(Ground.laid(db_urls[0])), runner.run(Ground.laid(db_urls[1])))

        class OnTheseGrounds(Twins):
            pass

        OnTheseGrounds.grounds, OnTheseGrounds.runner, OnTheseGrounds.fate = grounds, runner, Fate()
        OnTheseGrounds.ways = (ByCalls(grounds[0]), ByPages(grounds[1]))
        try:
            run_state_machine_as_test(OnTheseGrounds, settings=examples(25, steps=8))
            # What chance comes to seldom.
            person = OnTheseGrounds()
            person.arrive()
            person.compare("forgot", ADA, is_right=True)
            person.compare("choose", FRESH)
        finally:
            for ground in grounds:
                runner.run(ground.app.stop())
    reached = {word for word, _ in Twins.seen}
    assert reached == {"came in", "refused", "missing", "offer", "suspended", "new password", "reset"}
