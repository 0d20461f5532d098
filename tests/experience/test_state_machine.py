"""Random sequences of Experience API calls, with right and wrong ids: nobody comes in unproven, nothing breaks.

What was really proven is kept here by other means than the server's, and asked again before every submission.
"""

import asyncio
from random import Random
from typing import Any, ClassVar

import pytest
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from tests.experience.ground import (
    ACCOUNTS,
    ADA,
    GRACE,
    KNOWN_NUMBER,
    NEW,
    NEW_NUMBER,
    SIGN_UPS,
    Fate,
    Ground,
    code_sent_to,
    examples,
)
from tests.support.factories import PASSWORD

from sekisho.sign_in.models import SignInMode

#: Every refusal these calls may give, by status (experience.md §27).
DECLARED = {
    400: {
        *("guard.invalid_input", "session.verification_failed", "session.invalid_interaction_type"),
        *("session.not_supported_for_forgot_password", "session.connector_validation_session_not_found"),
        *("session.insufficient_info", "session.verification_blocked_too_many_attempts", "connector.general"),
        *("verification_code.not_found", "verification_code.email_mismatch", "verification_code.phone_mismatch"),
        *("verification_code.code_mismatch", "verification_code.exceed_max_try", "verification_code.expired"),
        *("one_time_token.email_mismatch", "one_time_token.token_consumed"),
        *("one_time_token.interaction_event_mismatch", "connector.invalid_response"),
    },
    401: {"user.suspended"},
    403: {"auth.forbidden"},
    404: {
        *("session.interaction_not_found", "session.verification_session_not_found", "session.identifier_not_found"),
        *("user.user_not_exist", "user.identity_not_exist", "one_time_token.token_not_found", "entity.not_found"),
    },
    409: {"session.identity_conflict"},
    422: {
        *("session.invalid_credentials", "session.not_supported_for_forgot_password", "session.invalid_connector_id"),
        *("user.sign_in_method_not_enabled", "user.missing_profile", "user.new_password_required_in_profile"),
        *("user.same_password", "password.rejected", "user.username_already_in_use", "user.email_already_in_use"),
        *("user.phone_already_in_use", "user.identity_already_in_use", "user.username_exists_in_profile"),
        *("user.email_exists_in_profile", "user.phone_exists_in_profile", "user.password_exists_in_profile"),
    },
    429: {"request.message_rate_limited"},
}

EVENTS = (*["SignIn"] * 4, "Register", "Register", "ForgotPassword")
ADDRESSES = (
    ("email", ADA),
    ("email", ADA),
    ("email", GRACE),
    ("email", NEW),
    ("phone", KNOWN_NUMBER),
    ("phone", NEW_NUMBER),
)
NAMES = (("username", "ada"), ("email", ADA), ("username", "grace"), ("username", "nobody"))
#: What people give beside proofs, acceptable or not.
GIVEN: tuple[dict[str, Any], ...] = (
    *({"type": "username", "value": value} for value in ("mary", "ada")),
    *({"type": "password", "value": value} for value in (PASSWORD, "short")),
    {"type": "extraProfile", "values": {"nickname": "Countess"}},
)


class Calls(RuleBasedStateMachine):
    """One browser, and the API as a page of a tenant's own would call it, or would not."""

    ground: ClassVar[Ground]
    runner: ClassVar[asyncio.Runner]
    fate: ClassVar[Fate]
    dice: Random
    #: How often somebody came in, over all sequences.
    came_in: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.browser = self.ground.browser()
        #: What each record of the flow that is under way proves.
        self.proven: dict[str, tuple[str, ...]] = {}
        self.made: set[str] = set()
        self.sent: dict[str, tuple[str, str]] = {}
        self.records: list[str] = []
        self.foreign = ""

    @initialize()
    def roll(self) -> None:
        self.dice = self.fate.dice()
        mode = self.dice.choice((*[SignInMode.SIGN_IN_AND_REGISTER] * 3, *SignInMode))
        self.arrive(mode, self.dice.choice(sorted(SIGN_UPS)))

    def arrive(self, mode: SignInMode, sign_up: str) -> None:
        """Have a tenant with these settings, and a browser that was sent to its pages."""
        self.run(self.ground.settle(mode=mode, sign_up=sign_up))
        self.run(self.ground.arrive(self.browser))
        self.foreign = self.run(self._proven_elsewhere())
        assert self.call("GET", "/interaction")[0] == 404
        self.begin("SignIn")

    @rule()
    def act(self) -> None:
        """Do one thing, whether it makes sense now or not."""
        self.dice.choice(
            (self.control, self.prove, self.prove_by_halves, self.name_somebody, self.give_more, self.go_on)
        )()

    @rule()
    def try_to_come_in(self) -> None:
        """Do what leads in, with a slip here and there."""
        self.begin(self.dice.choice(EVENTS))
        for step in (self.prove, self.name_somebody, self.give_more, self.go_on):
            if self.is_likely():
                step()

    def control(self) -> None:
        event = self.dice.choice(EVENTS)
        self.begin(event) if self.dice.random() < 0.3 else self.switch(event)

    def prove(self) -> None:
        is_right = self.dice.random() < 0.6
        match self.dice.choice(("password", "code", "account", "link", "name")):
            case "password":
                self.try_password(self.dice.choice(NAMES), is_right)
            case "code":
                self.ask_for_code(self.dice.choice(ADDRESSES), self.dice.choice(EVENTS))
                self.give_code_back("newest", self.dice.choice(ADDRESSES), is_right)
            case "account":
                self.leave_for_provider(self.is_likely())
                self.come_back("newest", self.dice.choice(sorted(ACCOUNTS)), is_right)
            case "link":
                self.follow_link(self.dice.choice((ADA, GRACE, NEW)), is_right)
            case _:
                self.choose_name("mary" if is_right else "ada")

    def prove_by_halves(self) -> None:
        match self.dice.choice(("ask", "answer", "leave", "come back")):
            case "ask":
                self.ask_for_code(self.dice.choice(ADDRESSES), self.dice.choice(EVENTS))
            case "answer":
                self.give_code_back(self.which(), self.dice.choice(ADDRESSES), self.is_likely())
            case "leave":
                self.leave_for_provider(self.is_likely())
            case _:
                self.come_back(self.which(), self.dice.choice(sorted(ACCOUNTS)), self.is_likely())

    def name_somebody(self) -> None:
        self.identify(self.which(), self.is_likely())
        if self.is_likely():
            self.submit()

    def give_more(self) -> None:
        match self.dice.choice(("value", "proof", "password")):
            case "value":
                self.stage(self.dice.choice(GIVEN))
            case "proof":
                self.stage_proven(self.dice.choice(("email", "phone", "social")), self.which())
            case _:
                self.choose_password(self.dice.choice(("Fresh-pass-Word-22", "short")))

    def go_on(self) -> None:
        if self.dice.random() < 0.2:
            self.identified({})
        self.look()
        self.submit()

    def is_likely(self) -> bool:
        return self.dice.random() < 0.8

    def which(self) -> str:
        """Choose a record to name: mostly the newest, so that sequences lead somewhere."""
        return self.dice.choice((*["newest"] * 9, "older", "of another browser", "nonsense"))

    def begin(self, event: str) -> None:
        assert self.call("PUT", "", {"interactionEvent": event})[0] == 204
        self.proven.clear()
        self.made.clear()

    def switch(self, event: str) -> None:
        self.call("PUT", "/interaction-event", {"interactionEvent": event})

    def try_password(self, name: tuple[str, str], is_right: bool) -> None:  # noqa: FBT001
        body = {"identifier": named(name), "password": PASSWORD if is_right else "wrong"}
        status, answer = self.call("POST", "/verification/password", body)
        assert is_right or status != 200
        self.recorded(status, answer, *name)

    def ask_for_code(self, address: tuple[str, str], event: str) -> None:
        body = {"identifier": named(address), "interactionEvent": event}
        status, answer = self.call("POST", "/verification/verification-code", body)
        if status == 200:
            self.sent[answer["verificationId"]] = address
            self.records.append(answer["verificationId"])

    def give_code_back(self, which: str, address: tuple[str, str], is_honest: bool) -> None:  # noqa: FBT001
        record = self.record(which)
        address = self.sent.get(record, address) if is_honest else address
        code = code_sent_to(address[1]) if is_honest else "000000"
        body = {"identifier": named(address), "verificationId": record, "code": code}
        status, answer = self.call("POST", "/verification/verification-code/verify", body)
        assert is_honest or status != 200
        self.recorded(status, answer, *address)

    def leave_for_provider(self, is_known: bool) -> None:  # noqa: FBT001
        path = f"/verification/social/{self.ground.connector_id if is_known else 'nonsense'}/authorization-uri"
        status, answer = self.call("POST", path, {"state": "s", "redirectUri": "http://localhost:3001/callback/x"})
        if status == 200:
            self.records.append(answer["verificationId"])

    def come_back(self, which: str, account: str, is_let_in: bool) -> None:  # noqa: FBT001
        data = {**ACCOUNTS[account], "code": "c"} if is_let_in else {"error": "access_denied"}
        path = f"/verification/social/{self.ground.connector_id}/verify"
        status, answer = self.call("POST", path, {"verificationId": self.record(which), "connectorData": data})
        assert is_let_in or status != 200
        self.recorded(status, answer, "account", account)

    def follow_link(self, address: str, is_good: bool) -> None:  # noqa: FBT001
        token = self.run(self.ground.token(address)) if is_good else "nonsense"
        body = {"identifier": {"type": "email", "value": address}, "token": token}
        status, answer = self.call("POST", "/verification/one-time-token/verify", body)
        assert is_good or status != 200
        self.recorded(status, answer, "email", address)

    def choose_name(self, username: str) -> None:
        body = {"identifier": {"type": "username", "value": username}, "password": PASSWORD}
        status, answer = self.call("POST", "/verification/new-password-identity", body)
        if status == 200:
            self.records.append(answer["verificationId"])

    def identify(self, which: str, links: bool) -> None:  # noqa: FBT001
        self.identified({"verificationId": self.record(which), "linkSocialIdentity": links})

    def stage_proven(self, kind: str, which: str) -> None:
        self.call("POST", "/profile", {"type": kind, "verificationId": self.record(which)})

    def stage(self, body: dict[str, Any]) -> None:
        self.call("POST", "/profile", body)

    def choose_password(self, password: str) -> None:
        self.call("PUT", "/profile/password", {"password": password})

    def submit(self) -> None:
        allowed = self.run(self._who_may_come_in())
        status, answer = self.call("POST", "/submit")
        if status == 200:
            user = self.run(self.ground.who_comes_in(self.browser, answer["redirectTo"]))
            assert user is not None
            assert user.id in allowed
            assert not user.is_suspended
            type(self).came_in += 1
            self.browser = self.ground.browser()
            self.run(self.ground.arrive(self.browser))
            self.begin("SignIn")

    def look(self) -> None:
        _, answer = self.call("GET", "/interaction")
        assert not {"passwordEncrypted", "encryptedTokenSet"} & set(str(answer).replace("'", " ").split())

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Make a call; whatever is refused is refused as declared."""
        response = self.run(self.browser.request(method, f"/api/experience{path}", json=body))
        is_json = response.headers.get("content-type", "").startswith("application/json")
        answer: Any = response.json() if is_json else None
        if response.status_code >= 400:
            code = answer["code"] if is_json else response.text
            assert code in DECLARED.get(response.status_code, ()), (path, body, response.status_code, code)
        return response.status_code, answer

    def record(self, which: str) -> str:
        """Return the id of a record."""
        match which:
            case "of another browser":
                return self.foreign
            case "newest" if self.records:
                return self.records[-1]
            case "older" if self.records:
                return self.records[len(self.records) // 2]
            case _:
                return "nonsense"

    def recorded(self, status: int, answer: Any, *what: str) -> None:
        """Keep what a record proves."""
        if status == 200:
            self.proven[answer["verificationId"]] = what
            self.records.append(answer["verificationId"])

    def identified(self, body: dict[str, Any]) -> None:
        status, _ = self.call("POST", "/identification", body)
        if status == 201:
            self.made.add(self.call("GET", "/interaction")[1]["userId"])

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    async def _who_may_come_in(self) -> set[str]:
        """Return everybody whom something proven here means."""
        found = []
        for kind, value in self.proven.values():
            if kind != "account":
                found.append(await self.ground.bearer(kind, value))
                continue
            account = ACCOUNTS[value]
            found.append(await self.ground.owner(account["userId"]))
            # The provider vouches for the address.
            found.append(await self.ground.bearer("email", account.get("email", "")))
        return self.made | {user.id for user in found if user is not None}

    async def _proven_elsewhere(self) -> str:
        """Return the id of a proof that another browser has."""
        other = self.ground.browser()
        await self.ground.arrive(other)
        await other.put("/api/experience", json={"interactionEvent": "SignIn"})
        token = await self.ground.token(ADA)
        body = {"identifier": {"type": "email", "value": ADA}, "token": token}
        proof = await other.post("/api/experience/verification/one-time-token/verify", json=body)
        return str(proof.json()["verificationId"])


def named(identifier: tuple[str, str]) -> dict[str, str]:
    return {"type": identifier[0], "value": identifier[1]}


@pytest.fixture
def db_url(tmp_path: Any, databases: Any) -> Any:
    """One kind of database is enough: what is asked here is decided before it."""
    with databases.sqlite(tmp_path) as url:
        yield url


def test_nobody_comes_in_unproven_whatever_is_called_in_whatever_order(db_url: str) -> None:
    with asyncio.Runner() as runner:
        ground = runner.run(Ground.laid(db_url))

        class OnThisGround(Calls):
            pass

        OnThisGround.ground, OnThisGround.runner, OnThisGround.fate = ground, runner, Fate()
        try:
            run_state_machine_as_test(OnThisGround, settings=examples(40, steps=16))
            assert OnThisGround.came_in > 3
            for way in (by_password, by_code, by_account, by_link, by_registration):
                played = OnThisGround()
                played.arrive(SignInMode.SIGN_IN_AND_REGISTER, "name and password")
                before = OnThisGround.came_in
                way(played)
                assert OnThisGround.came_in == before + 1, way.__name__
        finally:
            runner.run(ground.app.stop())


# Ways in that exist, so that the property is known to let somebody pass.


def by_password(machine: Calls) -> None:
    machine.try_password(("username", "ada"), is_right=True)
    machine.identify("newest", links=False)
    machine.submit()


def by_code(machine: Calls) -> None:
    machine.ask_for_code(("email", ADA), "SignIn")
    machine.give_code_back("newest", ("email", ADA), is_honest=True)
    machine.identify("newest", links=False)
    machine.submit()


def by_account(machine: Calls) -> None:
    machine.leave_for_provider(is_known=True)
    machine.come_back("newest", "alike", is_let_in=True)
    machine.identify("newest", links=True)
    machine.submit()


def by_link(machine: Calls) -> None:
    machine.follow_link(ADA, is_good=True)
    machine.identify("newest", links=False)
    machine.submit()


def by_registration(machine: Calls) -> None:
    machine.switch("Register")
    machine.choose_name("mary")
    machine.identify("newest", links=False)
    machine.submit()
