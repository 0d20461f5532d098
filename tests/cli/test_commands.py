import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.databases import START, VAULT_KEY, settings_for
from typer.testing import CliRunner

from sekisho.cli.commands import commands
from sekisho.cli.refusals import as_text
from sekisho.connectors.models import ConnectorId, FactoryId, StoredConnector
from sekisho.connectors.store import ConnectorStore
from sekisho.crypto.sealing import Sealer
from sekisho.db.database import Database
from sekisho.migrations import HISTORY
from sekisho.tenants.models import DEFAULT_TENANT

Run = Callable[..., str]


class Failed(Exception):
    """The command ended with an error; the text is what an operator reads."""


@pytest.fixture
def run(db_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command over a fresh installation and return what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DB_URL", db_url)
    monkeypatch.setenv("SECRET_VAULT_KEK", VAULT_KEY)
    return run_here


def run_here(*arguments: str, stdin: str = "") -> str:
    result = CliRunner().invoke(commands, list(arguments), input=stdin)
    if result.exit_code != 0:
        told = as_text(result.exception) if isinstance(result.exception, Exception) else None
        if told is None and not isinstance(result.exception, SystemExit):
            raise result.exception or Failed(result.output)
        raise Failed(told or result.output)
    return result.stdout


def test_an_application_is_registered_with_its_secret(run: Run) -> None:
    created = json.loads(
        run("app", "create", "--type", "traditional", "--name", "Shop", "--redirect-uri", "https://a/cb", "--json")
    )

    assert re.fullmatch(r"[0-9a-z]{21}", created["id"])
    assert re.fullmatch(r"[0-9A-Za-z]{32}", created["secret"])
    assert (created["name"], created["type"], created["tenant"]) == ("Shop", "Traditional", "default")


def test_an_application_that_cannot_keep_a_secret_has_none(run: Run) -> None:
    assert json.loads(run("app", "create", "--type", "SPA", "--name", "Web", "--json"))["secret"] is None


@pytest.mark.parametrize("tenant", ["default", "admin"])
def test_a_machine_may_be_let_into_the_management_api(run: Run, tenant: str) -> None:
    created = run(
        "app", "create", "--type", "MachineToMachine", "--name", "Bot", "--management-api", "--tenant", tenant
    )

    assert re.search(r"^secret: \w{32}$", created, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--type", "Fridge"], "expected one of Native, SPA, Traditional, MachineToMachine"),
        (["--type", "SPA", "--management-api"], "only a MachineToMachine application"),
        (["--type", "SPA", "--redirect-uri", "javascript:alert(1)"], "cannot be registered"),
    ],
)
def test_an_impossible_application_is_refused_in_words(run: Run, arguments: list[str], told: str) -> None:
    with pytest.raises(Failed, match=told):
        run("app", "create", "--name", "x", *arguments)


def test_a_user_is_created_with_a_password_from_standard_input(run: Run) -> None:
    created = json.loads(run("user", "create", "--username", "aki", "--json", stdin="a long password\n"))

    assert re.fullmatch(r"[0-9a-z]{12}", created["id"])
    assert created["username"] == "aki"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--username", "9lives", "--password", "x"], "no digit first"),
        (["--username", "aki", "--password", ""], "it is empty"),
        (["--username", "aki", "--password", "x", "--role", "nobody"], r"entity\.not_found"),
    ],
)
def test_an_impossible_user_is_refused_in_words(run: Run, arguments: list[str], told: str) -> None:
    with pytest.raises(Failed, match=told):
        run("user", "create", *arguments)


def test_a_taken_name_is_refused(run: Run) -> None:
    run("user", "create", "--username", "aki", "--password", "x")

    with pytest.raises(Failed, match=r"user\.username_already_in_use"):
        run("user", "create", "--username", "aki", "--password", "y")


def test_a_user_refused_for_a_role_was_not_made(run: Run) -> None:
    with pytest.raises(Failed):
        run("user", "create", "--username", "aki", "--password", "x", "--role", "nobody")

    run("user", "create", "--username", "aki", "--password", "x")


def test_the_link_is_for_the_first_administrator_only(run: Run) -> None:
    first, second = run("admin", "link"), run("admin", "link")
    assert re.fullmatch(r"http://localhost:3001/console/welcome\?token=[\w-]{43}\n", first)
    assert first != second

    run("user", "create", "--tenant", "admin", "--username", "root", "--password", "x", "--role", "default:admin")

    with pytest.raises(Failed, match="has an administrator already"):
        run("admin", "link")


def test_the_link_leads_to_the_public_address(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDPOINT", "https://id.example.com")
    assert run("admin", "link").startswith("https://id.example.com/console/welcome?token=")

    monkeypatch.setenv("ENDPOINT", "https://*.example.com")
    assert run("admin", "link").startswith("https://admin.example.com/console/welcome?token=")

    monkeypatch.setenv("ADMIN_ENDPOINT", "https://console.example.com")
    assert run("admin", "link").startswith("https://console.example.com/console/welcome?token=")


def test_a_database_as_expected_is_said_to_be_so(run: Run) -> None:
    assert run("db", "check") == "The database is as this version expects it.\n"
    assert run("db", "migrate") == f"Nothing to do: the database is at {HISTORY.head}.\n"


def test_an_empty_database_is_checked_then_migrated(
    empty_db_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DB_URL", empty_db_url)
    monkeypatch.setenv("SECRET_VAULT_KEK", VAULT_KEY)

    with pytest.raises(Failed, match="sekisho db migrate"):
        run_here("db", "check")
    assert run_here("db", "migrate") == f"Migrated from nothing to {HISTORY.head}.\n"
    assert run_here("db", "check").startswith("The database is as")


def test_the_doctor_finds_nothing_wrong_with_a_fresh_installation(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("SECRET_VAULT_KEK", VAULT_KEY)

    findings = json.loads(run("doctor", "--json"))

    found = {(each["check"], each["result"]) for each in findings}
    assert {("settings", "good"), ("database", "good"), ("keys", "good")} <= found
    assert any("ES384" in each["text"] for each in findings)


def test_the_doctor_names_a_wrong_key(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_VAULT_KEK", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")

    with pytest.raises(Failed, match="SECRET_VAULT_KEK is not the key"):
        run("doctor")


def test_the_doctor_names_connectors_that_nobody_can_use(run: Run, db_url: str) -> None:
    assert "What connectors are made of is installed" in run("doctor")

    asyncio.run(_add_connector(db_url, factory_id="forge-universal"))

    with pytest.raises(Failed, match=r"forge0000000 of tenant default \(forge-universal\)"):
        run("doctor")


async def _add_connector(db_url: str, *, factory_id: str) -> None:
    settings = settings_for(db_url)
    database = Database(settings.db_url)
    async with database.unit_of_work() as uow:
        store = ConnectorStore(uow=uow, tenant_id=DEFAULT_TENANT, sealer=Sealer(settings.vault_keys))
        connector = StoredConnector(
            id=ConnectorId("forge0000000"),
            factory_id=FactoryId(factory_id),
            config={},
            overrides={},
            sync_profile=False,
            enable_token_storage=False,
            created_at=START,
        )
        await store.add(connector)
    await database.close()


def test_the_doctor_reads_settings_before_anything_else(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "none")

    with pytest.raises(Failed, match="PORT"):
        run("doctor", "--json")


def test_a_database_that_is_away_is_said_to_be_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DB_URL", "postgresql://nobody@127.0.0.1:9/none")
    monkeypatch.setenv("SECRET_VAULT_KEK", VAULT_KEY)

    with pytest.raises(Failed, match="The database cannot be reached"):
        run_here("db", "check")
    with pytest.raises(Failed, match="cannot be reached"):
        run_here("doctor")
