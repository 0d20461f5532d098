"""The recorded exchanges of the reference, replayed against the whole application on both databases."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from tests.connectors_for_tests.outbox import Outbox
from tests.replay.recordings import reference_folder
from tests.replay.retouch import with_connector_ids, without_organizations
from tests.replay.stage import Stage

from sekisho.app import Application
from sekisho.kernel.clock import ManualClock

pytestmark = pytest.mark.reference

# Of recording 10, what configures the provider.
_CONFIGURATION = frozenset(
    {"/configs/oidc/private-keys", "/configs/oidc/cookie-keys", "/configs/id-token", "/configs/jwt-customizer"}
)
# And what says how people sign in, and with which words.
_SETTINGS = frozenset(
    {"/sign-in-exp", "/configs/admin-console", "/custom-phrases", "/custom-profile-fields", "/email-templates"}
    | {"/account-center", "/captcha-provider", "public settings"}
)
# And what a fresh tenant holds.
_HELD = frozenset(
    {
        "/connectors",
        "/hooks",
        "/dashboard/users/total",
        "/dashboard/users/new",
        "/roles",
        "/resources?includeScopes=true",
    }
    | {"/applications?page=1&page_size=20", "/users?page=1&page_size=5", "/logs?page=1&page_size=3"}
)
# And what nobody provides here.
_NOT_PROVIDED = frozenset({"/domains", "/systems/application"})
_NOT_YET = frozenset({"refresh for organization token"})


@pytest.fixture
def reference() -> Path:
    """The folder of the reference; without it replays are skipped, visibly."""
    folder = reference_folder()
    if not folder.is_dir():
        pytest.skip(f"no reference in {folder}: set SEKISHO_REFERENCE")
    return folder


@pytest.fixture
async def stage(reference: Path, app: Application, clock: ManualClock) -> AsyncIterator[Stage]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app)) as client:
        yield Stage(runtime=app.runtime, client=client, clock=clock, folder=reference)


async def test_discovery_answers_as_recorded(stage: Stage) -> None:
    await stage.replay(stage.recording("01"))


async def test_applications_are_managed_as_recorded(stage: Stage) -> None:
    await stage.prepare_management()
    await stage.replay(stage.recording("02"))


async def test_users_are_managed_as_recorded(stage: Stage) -> None:
    await stage.prepare_management()
    await stage.replay(stage.recording("03"))


async def test_roles_and_apis_are_managed_as_recorded(stage: Stage) -> None:
    await stage.prepare_management()
    await stage.prepare("03", "create", "patch", "profile", "custom data merge")
    await stage.replay(stage.recording("04"))


async def test_a_traditional_application_signs_in_and_out_as_recorded(stage: Stage) -> None:
    await stage.prepare_management()
    await stage.prepare("02", "create Traditional", "secrets", "patch")
    await stage.prepare("03", "create", "patch")
    await stage.prepare_orders_api()
    await stage.prepare_clerk()
    recording = without_organizations(stage.recording("06"))
    await stage.replay(recording, notes={each.note for each in recording.exchanges} - _NOT_YET)


@pytest.mark.parametrize("name", ["07", "07b"])
async def test_a_single_page_application_fails_to_exchange_codes_as_recorded(stage: Stage, name: str) -> None:
    await stage.prepare_management()
    await stage.prepare("02", "create SPA")
    await stage.prepare("03", "create", "patch")
    await stage.replay(stage.recording(name))


async def test_errors_are_answered_as_recorded(stage: Stage) -> None:
    await stage.prepare_management()
    await stage.prepare("02", "create Traditional", "create SPA", "secrets")
    await stage.replay(stage.recording("08"))


async def test_machines_get_tokens_as_recorded(stage: Stage) -> None:
    await stage.prepare_machine()
    await stage.prepare_orders_api()
    await stage.replay(stage.recording("09"))


async def test_tokens_are_exchanged_as_recorded(stage: Stage) -> None:
    await stage.prepare_management()
    await stage.prepare_exchange()
    await stage.replay(stage.recording("23"))


async def test_a_third_party_is_consented_as_recorded(stage: Stage) -> None:
    await stage.prepare_management()
    await stage.prepare_guest()
    await stage.replay(stage.recording("24"))


async def test_the_provider_is_configured_as_recorded(stage: Stage) -> None:
    await stage.prepare_management()
    await stage.replay(
        stage.recording("10"), notes=_CONFIGURATION | _SETTINGS | _HELD | _NOT_PROVIDED | {"/logs?page=1&page_size=3"}
    )


async def test_connectors_are_managed_as_recorded(stage: Stage, outbox: Outbox) -> None:
    await stage.prepare_management()
    await stage.replay(with_connector_ids(stage.recording("12")))
    assert (outbox.last.address, outbox.last.code) == ("t@example.com", "000000")


async def test_a_user_registers_as_recorded(stage: Stage) -> None:
    await stage.prepare_registration()
    await stage.replay(stage.recording("17"))


async def test_ways_to_sign_in_are_set_as_recorded(stage: Stage) -> None:
    await stage.prepare_management()
    await stage.prepare_messages()
    await stage.replay(stage.recording("13"))


async def test_somebody_registers_with_an_email_code_as_recorded(stage: Stage, outbox: Outbox, reference: Path) -> None:
    await stage.prepare_management()
    await stage.prepare_messages()
    await stage.prepare_registration()
    await stage.replay(stage.recording("14"))

    (path,) = (reference / "data" / "transcripts").glob("14-*.json")
    (recorded,) = [each["message"] for each in json.loads(path.read_text(encoding="utf-8")) if "message" in each]
    stage.compare_message(recorded, outbox.last)


async def test_somebody_signs_in_with_an_email_code_as_recorded(stage: Stage, outbox: Outbox) -> None:
    await stage.prepare_management()
    await stage.prepare_messages()
    await stage.prepare_registration()
    await stage.prepare(
        "14", "authorization request", "start", "send code", "right code", "identify (creates the user)", "submit"
    )
    await stage.replay(stage.recording("15"))
    assert [each.type for each in outbox.messages] == ["Register", "SignIn", "SignIn"]


async def test_a_forgotten_password_is_reset_as_recorded(stage: Stage, outbox: Outbox) -> None:
    await stage.prepare_management()
    await stage.prepare_messages()
    await stage.prepare_registration()
    await stage.prepare_forgetful()
    await stage.replay(stage.recording("16"))
    assert [each.address for each in outbox.messages] == ["fp_d77f74@example.com"]


async def test_people_come_by_a_social_provider_as_recorded(stage: Stage) -> None:
    await stage.prepare_registration()
    await stage.prepare_provider()
    await stage.replay(stage.recording("18"))


async def test_a_device_is_answered_as_recorded(stage: Stage) -> None:
    await stage.prepare_device()
    await stage.replay(stage.recording("22"))


async def test_webhooks_are_managed_as_recorded(stage: Stage) -> None:
    await stage.prepare_management()
    await stage.replay(stage.recording("11"))
