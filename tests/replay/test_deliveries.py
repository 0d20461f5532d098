"""What receivers of webhooks and readers of the log were recorded to see, and what they see here.

These recordings hold no requests, so the same things are done again, and what comes of them is compared.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest
from tests.api.conftest import Mint, management, mint
from tests.e2e.journeys import Client, Journey
from tests.replay.comparing import compare
from tests.replay.learner import Learner
from tests.replay.recordings import Answer, Recording, reference_folder
from tests.support.factories import Factory
from tests.support.receiver import Received, receiving
from tests.support.visitor import Visitor

from sekisho.kernel.clock import ManualClock
from sekisho.kernel.events import EventName
from sekisho.kernel.ids import ApplicationId, UserId
from sekisho.kernel.secret import Secret
from sekisho.webhooks.messages import headers_for
from sekisho.webhooks.models import Hook, HookConfig, HookId

__all__ = ["Mint", "management", "mint"]

pytestmark = pytest.mark.reference
NewVisitor = Callable[[], Visitor]

_AGENT = "python-httpx/0.28.1"
_PERSON = "fp_d77f74"
#: Our listener takes IPv4 as it is; theirs maps it into IPv6.
_ADDRESS = ("::ffff:127.0.0.1", "127.0.0.1")


@pytest.fixture
def recorded() -> Callable[[str], list[dict[str, Any]]]:
    def read(name: str) -> list[dict[str, Any]]:
        folder = reference_folder() / "data" / "transcripts"
        if not folder.is_dir():
            pytest.skip(f"no reference in {folder}: set SEKISHO_REFERENCE")
        (path,) = folder.glob(f"{name}-*.json")
        entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8").replace(*_ADDRESS))
        return entries

    return read


def differences(wanted: Any, given: Any) -> list[str]:
    """Return how two JSON values differ, ids and points in time aside."""
    sides = [Answer(status=200, headers=(), body=each) for each in (wanted, given)]
    found = compare(Recording(name="", exchanges=()), *sides, learner=Learner())
    return [str(each) for each in found]


async def sign_in(new_visitor: NewVisitor, make: Factory) -> Client:
    """Do what was recorded last: somebody signs in to an application by a page of the tenant's own."""
    person = await make.user(username=_PERSON, name="Soc", primary_email=f"{_PERSON}@example.com")
    client = Client.of(await make.spa(name="rec2"))
    async with make.services() as services:
        await services.users.set_first_application(person.id, ApplicationId(client.id))
    async with new_visitor() as browser:
        browser.headers["user-agent"] = _AGENT
        await Journey(browser, client).sign_in(_PERSON, password=person.password, prompt="consent")
    return client


def test_recorded_messages_are_signed_as_ours(
    recorded: Callable[[str], list[dict[str, Any]]], clock: ManualClock
) -> None:
    *deliveries, about = _raw("26", recorded)
    hook = about["hook"]
    listening = Hook(
        id=HookId(hook["id"]),
        name="",
        event=None,
        events=[EventName(name) for name in hook["events"]],
        config=HookConfig(url=hook["config"]["url"], headers=hook["config"]["headers"]),
        signing_key=Secret(hook["signingKey"]),
        is_enabled=True,
        created_at=clock.now(),
    )
    for each in deliveries:
        headers, body = each["request_received"]["headers"], msgspec.json.encode(each["request_received"]["body"])
        ours = headers_for(body, config=listening.config, hook=listening)
        assert len(body) == int(headers["content-length"])
        assert dict(ours) == {name: headers[name] for name in ours}


def _raw(name: str, recorded: Callable[[str], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return a recording byte for byte: what was signed cannot be retouched."""
    recorded(name)
    (path,) = (reference_folder() / "data" / "transcripts").glob(f"{name}-*.json")
    entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return entries


async def test_receivers_hear_what_was_recorded(
    recorded: Callable[[str], list[dict[str, Any]]], management: Visitor, new_visitor: NewVisitor, make: Factory
) -> None:
    management.headers["user-agent"] = _AGENT
    *deliveries, about = recorded("26")
    async with receiving(200) as receiver:
        hook = {"events": about["hook"]["events"], "config": {**about["hook"]["config"], "url": receiver.url}}
        assert (await management.post("/api/hooks", json=hook)).status_code == 201
        body = {"username": "wh_d856f0", "password": "Fresh-pass-Word-22"}
        user = UserId((await management.post("/api/users", json=body)).json()["id"])
        await management.patch(f"/api/users/{user}", json={"name": "W"})
        await management.patch(f"/api/users/{user}/is-suspended", json={"isSuspended": True})
        await management.post("/api/roles", json={"name": "whref0160", "description": "d"})
        await management.delete(f"/api/users/{user}")
        await sign_in(new_visitor, make)
        heard = {each["event"]: each for each in map(_said, await receiver.at_least(6))}

    wanted = [each["request_received"]["body"] for each in deliveries]
    for body in wanted:
        if body["event"].startswith("Organization"):
            continue
        if body["event"] == "PostSignIn":
            body["user"]["identities"] = {}  # nobody signs in with those yet
        assert differences(_still(body), _still(heard[body["event"]])) == [], body["event"]


async def test_readers_of_the_log_see_what_was_recorded(
    recorded: Callable[[str], list[dict[str, Any]]], management: Visitor, new_visitor: NewVisitor, make: Factory
) -> None:
    client = await sign_in(new_visitor, make)
    page, by_key = (each["response"]["body"] for each in recorded("27"))

    listed = (await management.get(f"/api/logs?applicationId={client.id}&page_size=100")).json()

    # Asked twice: to sign in, and to consent.
    ours = {entry["key"]: entry for entry in listed if entry["payload"].get("prompt", {}).get("name") != "consent"}
    assert "Interaction.End" in ours
    for entry in (*page, by_key[0]):
        if entry["key"] == "Interaction.Create":
            # The recorded request asked for less, and brought what only Google's pages bring.
            entry["payload"]["params"] = ours[entry["key"]]["payload"]["params"]
        assert differences(_still(entry), _still(ours[entry["key"]])) == [], entry["key"]


def _said(heard: Received) -> dict[str, Any]:
    return dict(msgspec.json.decode(heard.body))


def _still(body: Mapping[str, Any]) -> Any:
    """Return a message with what is another one each time taken out, at any depth."""

    def still(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: "" if name in _MOVING and member else still(member) for name, member in value.items()}
        return [still(each) for each in value] if isinstance(value, list) else value

    return json.loads(_of_ids(json.dumps(still(body)), body))


_MOVING = frozenset(
    {"createdAt", "updatedAt", "lastSignInAt", "id", "hookId", "userId", "applicationId", "sessionId", "interactionId"}
    | {"verificationId"}
)


def _of_ids(text: str, body: Mapping[str, Any]) -> str:
    """Take ids out of paths as well."""
    params = body.get("params")
    for value in params.values() if isinstance(params, dict) else ():
        text = text.replace(str(value), "*")
    return text
