"""The page on writing a connector: what it builds is built here, installed, and held to the contract."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.connectors.social_kit import KeptSession, NoMail

from sekisho.connectors.kit.config import parse
from sekisho.connectors.kit.messages import Message, TemplateType
from sekisho.connectors.kit.social import AuthorizationRequest
from sekisho.connectors.kit.tools import HttpAnswer, Tools
from sekisho.connectors.registry import GROUP, Registry
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import RandomIds

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "new-connector.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"`([\w./]+)`:\n\n```\w+\n(.*?)```", PAGE, re.DOTALL))
IDS = {"forge-universal", "forge-sms"}
OURS: Mapping[str, Mapping[str, Any]] = {
    "https://forge.example.com/token": {"access_token": "at"},
    "https://forge.example.com/me": {"id": 7, "name": "Hokusai", "email": "h@example.com", "email_verified": True},
    "https://forge.example.com/sms": {},
}


class Forge:
    """The provider, from memory."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []

    async def request(self, method: str, url: str, **sent: Any) -> HttpAnswer:
        self.asked.append((f"{method} {url}", sent.get("form") or sent.get("json")))
        return HttpAnswer(status=200, headers={}, body=msgspec.json.encode(OURS[url]))


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package of the page, written down and put where packages are found."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    points = tomllib.loads(FILES["pyproject.toml"])["project"]["entry-points"][GROUP]
    announced = tmp_path / "sekisho_forge-1.0.0.dist-info"
    announced.mkdir()
    (announced / "METADATA").write_text("Metadata-Version: 2.1\nName: sekisho-forge\nVersion: 1.0.0\n")
    lines = [f"[{GROUP}]", *(f"{name} = {value}" for name, value in points.items())]
    (announced / "entry_points.txt").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("sekisho_forge")]:
        del sys.modules[name]


@pytest.fixture
def registry(installed: Path) -> Registry:
    points = [each.entry_points for each in distributions(path=[str(installed)])]
    return Registry(lambda: [point for some in points for point in some])


def test_the_page_brings_every_file_it_shows() -> None:
    tree = PAGE.partition("```\n")[2].partition("```")[0]
    assert {Path(name).name for name in FILES} == set(re.findall(r"[\w.]+\.(?:toml|py|md|svg)", tree))


async def test_somebody_signs_in_with_the_connector_of_the_page(registry: Registry, clock: ManualClock) -> None:
    forge, session = Forge(), KeptSession()
    tools = Tools(http=forge, mail=NoMail(), clock=clock, ids=RandomIds())
    connector: Any = registry.find("forge-universal")
    config = parse(connector.config, {"clientId": "id", "clientSecret": "secret"})
    request = AuthorizationRequest(
        state="s", redirect_uri="http://localhost:3001/callback/c", connector_id="c", connector_factory_id="f"
    )

    address = await connector.authorization_uri(request, config=config, session=session, tools=tools)
    result = await connector.user({"code": "c", "state": "s"}, config=config, session=session, tools=tools)

    assert address.startswith("https://forge.example.com/authorize?response_type=code&client_id=id&")
    assert [url for url, _ in forge.asked] == [
        "POST https://forge.example.com/token",
        "GET https://forge.example.com/me",
    ]
    assert (result.user.id, result.user.name, result.user.email) == ("7", "Hokusai", "h@example.com")


async def test_a_code_is_sent_with_the_connector_of_the_page(registry: Registry, clock: ManualClock) -> None:
    forge = Forge()
    connector: Any = registry.find("forge-sms")
    templates = connector.manifest.form_items[1].default
    config = parse(connector.config, {"clientSecret": "secret", "templates": templates})
    message = Message(to="815012345678", type=TemplateType.SIGN_IN, payload={"code": "123456"})

    tools = Tools(http=forge, mail=NoMail(), clock=clock, ids=RandomIds())
    await connector.send(message, config=config, tools=tools)

    sent = {"to": "815012345678", "text": "Your code is 123456."}
    assert forge.asked == [("POST https://forge.example.com/sms", sent)]


@pytest.mark.programs
def test_the_connectors_of_the_page_keep_the_contract(installed: Path) -> None:
    suite = "tests/connectors/test_contract.py"
    command = [sys.executable, "-m", "pytest", suite, "-q", "-n0", "-p", "no:cacheprovider", "-k", "forge"]
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    ended = subprocess.run(  # noqa: S603 — our own words
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 0, ended.stdout
    assert re.search(r"\b(\d{2,}) passed", ended.stdout), ended.stdout
