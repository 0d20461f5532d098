"""What every connector that is installed keeps, whoever wrote it: the one suite that all of them pass.

A connector of your own joins by being installed beside it (docs/new-connector.md).
"""

import ast
import importlib
import json
import re
import sys
from base64 import b64decode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest
from msgspec import to_builtins
from tests.connectors.social_kit import KeptSession, NoMail

from sekisho.connectors.kit.config import Config, parse
from sekisho.connectors.kit.errors import ConnectorError, ErrorCode
from sekisho.connectors.kit.manifest import ConnectorType, FormItem, FormItemType, Manifest
from sekisho.connectors.kit.messages import MessageConnector
from sekisho.connectors.kit.social import AuthorizationRequest, SocialConnector
from sekisho.connectors.kit.tools import HttpAnswer, Tools
from sekisho.connectors.models import Factory
from sekisho.connectors.registry import Registry, check
from sekisho.connectors.use import NoSession
from sekisho.i18n.languages import KNOWN_LANGUAGES
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import RandomIds

INSTALLED: Mapping[str, Factory] = {each.manifest.id: each for each in Registry().all()}
SOCIAL = [id_ for id_, each in INSTALLED.items() if each.manifest.type is ConnectorType.SOCIAL]
OURS = {
    *("x-universal", "kakao-universal", "discord-universal", "linkedin-universal"),
    *("oauth2", "oidc", "simple-mail-transfer-protocol"),
}
#: What a connector does not open itself: everything goes through its tools, which a test can hold.
DOORS = {
    *("socket", "ssl", "smtplib", "http.client", "urllib.request", "ftplib", "subprocess", "asyncio"),
    *("httpx", "httpx2", "httpcore2", "requests", "aiohttp", "aiosmtplib"),
}
STATE, REDIRECT_URI = "a state/with+odd=signs", "http://localhost:3001/callback/instance"
SAMPLE = "https://provider.example.com/hush"


class NoHttp:
    async def request(self, method: str, url: str, **_more: Any) -> HttpAnswer:
        raise AssertionError(f"nobody asked for {method} {url}")


@pytest.fixture(params=sorted(INSTALLED))
def connector(request: pytest.FixtureRequest) -> Factory:
    return INSTALLED[request.param]


@pytest.fixture
def manifest(connector: Factory) -> Manifest:
    return connector.manifest


@pytest.fixture(params=sorted(SOCIAL))
def social(request: pytest.FixtureRequest) -> SocialConnector:
    return cast("SocialConnector", INSTALLED[request.param])


@pytest.fixture
def tools(clock: ManualClock) -> Tools:
    return Tools(http=NoHttp(), mail=NoMail(), clock=clock, ids=RandomIds())


def filled_in(connector: Factory) -> dict[str, Any]:
    """Return a configuration as a form makes it: what is filled in already, and a sample where something is needed."""
    if not connector.manifest.form_items:
        return {name: _sample(name) for name in required(connector.config)}
    return {
        item.key: _answer(item)
        for item in connector.manifest.form_items
        if item.is_required or item.default is not None
    }


def required(config: type[Config]) -> list[str]:
    """Return the keys that a configuration cannot do without."""
    return [field.alias or name for name, field in config.model_fields.items() if field.is_required()]


def _sample(name: str) -> Any:
    return [] if name == "templates" else SAMPLE


def _answer(item: FormItem) -> Any:
    if item.default is not None:
        return item.default
    match item.type:
        case FormItemType.NUMBER:
            return 1
        case FormItemType.SWITCH:
            return False
        case FormItemType.SELECT:
            return item.items[0].value
        case FormItemType.MULTI_SELECT:
            return []
        case FormItemType.JSON:
            return {}
        case _:
            return SAMPLE


def _request(connector: SocialConnector) -> AuthorizationRequest:
    return AuthorizationRequest(
        state=STATE,
        redirect_uri=REDIRECT_URI,
        connector_id="instance",
        connector_factory_id=connector.manifest.id,
    )


def test_ours_are_installed() -> None:
    assert INSTALLED.keys() >= OURS


def test_a_manifest_is_complete(connector: Factory, manifest: Manifest) -> None:
    check(connector, factory_id=manifest.id)
    assert re.fullmatch(r"[a-z0-9-]{1,128}", manifest.id)
    assert manifest.target
    assert (manifest.platform is not None) is (manifest.type is ConnectorType.SOCIAL)
    for texts in (manifest.name, manifest.description):
        assert texts["en"]
        assert all(texts.values())
        assert set(texts) <= set(KNOWN_LANGUAGES)


def test_a_connector_has_what_its_type_does(connector: Factory, manifest: Manifest) -> None:
    is_social = manifest.type is ConnectorType.SOCIAL
    assert hasattr(connector, "authorization_uri") is hasattr(connector, "user") is is_social
    assert hasattr(connector, "send") is not is_social
    if manifest.is_token_storage_supported or manifest.is_standard:
        assert is_social


def test_a_readme_says_what_to_do(manifest: Manifest) -> None:
    assert manifest.readme.startswith("# ")


def test_a_logo_is_a_small_picture_that_does_nothing_else(manifest: Manifest) -> None:
    for logo in filter(None, (manifest.logo, manifest.logo_dark)):
        head, _, data = logo.partition(";base64,")
        assert head == "data:image/svg+xml", "an SVG, as a data URI"
        picture = b64decode(data, validate=True)
        assert len(picture) < 8 * 1024
        root = ET.fromstring(picture)  # noqa: S314 — files that were installed
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert "viewBox" in root.attrib
        for element in root.iter():
            assert not re.search(r"}(script|foreignObject|image|use|style)$", element.tag)
            assert not [name for name in element.attrib if name.startswith("on") or name.endswith("href")]


def test_the_form_asks_for_what_the_configuration_needs(connector: Factory, manifest: Manifest) -> None:
    keys = [item.key for item in manifest.form_items]
    if not keys:
        assert json.loads(manifest.config_template or "") is not None, "without a form there is a template"
        return
    known = {field.alias or name for name, field in connector.config.model_fields.items()}
    assert len(keys) == len(set(keys))
    assert set(keys) <= known
    asked = {item.key for item in manifest.form_items if item.is_required}
    assert set(required(connector.config)) <= asked
    for item in manifest.form_items:
        assert item.label
        assert bool(item.items) is (item.type in {FormItemType.SELECT, FormItemType.MULTI_SELECT})
        assert {condition.target_key for condition in item.show_conditions} <= set(keys)


def test_a_filled_in_form_is_a_configuration(connector: Factory) -> None:
    parse(connector.config, filled_in(connector))


def test_a_configuration_is_never_printed(connector: Factory) -> None:
    assert SAMPLE not in repr(parse(connector.config, filled_in(connector)))


def test_a_configuration_lacks_nothing(connector: Factory) -> None:
    whole = filled_in(connector)
    for name in required(connector.config):
        with pytest.raises(ConnectorError) as refused:
            parse(connector.config, {key: value for key, value in whole.items() if key != name})
        assert refused.value.error is ErrorCode.INVALID_CONFIG
        assert [name] in [issue["path"][:1] for issue in cast("Any", refused.value.data)["issues"]]
        assert f'"{name}' in (refused.value.details or "")


def test_nothing_in_a_configuration_is_taken_for_what_it_is_not(connector: Factory) -> None:
    for name in required(connector.config):
        for wrong in (None, True, ["x"], {"x": 1.5}):
            with pytest.raises(ConnectorError) as refused:
                parse(connector.config, {**filled_in(connector), name: wrong})
            assert refused.value.error is ErrorCode.INVALID_CONFIG


def test_what_a_configuration_does_not_know_is_let_be(connector: Factory) -> None:
    parse(connector.config, {**filled_in(connector), "somethingNew": 1})


def test_all_that_is_shown_is_json(manifest: Manifest) -> None:
    assert to_builtins(manifest.to_wire())
    json.dumps(manifest.to_wire())


def test_a_connector_opens_no_door_of_its_own(connector: Factory) -> None:
    assert [f"{file.name}: {name}" for file in _files(connector) for name in sorted(_imports(file) & DOORS)] == []


async def test_the_way_to_a_provider_carries_state_and_the_way_back(social: SocialConnector, tools: Tools) -> None:
    address = await social.authorization_uri(
        _request(social), config=parse(social.config, filled_in(social)), session=KeptSession(), tools=tools
    )
    parts = urlsplit(address)
    given = parse_qs(parts.query, strict_parsing=True)
    assert parts.scheme in {"https", "http"}
    assert parts.hostname
    assert not parts.fragment
    assert (given["state"], given["redirect_uri"]) == ([STATE], [REDIRECT_URI])
    assert all(len(values) == 1 for values in given.values())
    assert "client_secret" not in given


async def test_without_a_session_a_connector_says_so_or_does_without(social: SocialConnector, tools: Tools) -> None:
    told = None
    try:
        await social.authorization_uri(
            _request(social), config=parse(social.config, filled_in(social)), session=NoSession(), tools=tools
        )
    except ConnectorError as error:
        told = error.error
    assert told in {None, ErrorCode.NOT_IMPLEMENTED}


@pytest.mark.parametrize(
    "callback",
    [{}, {"error": "access_denied"}, {"code": 7}, {"code": ["a"], "redirectUri": REDIRECT_URI}],
    ids=["nothing", "denied", "number", "list"],
)
async def test_who_comes_back_without_a_code_is_nobody(
    social: SocialConnector, tools: Tools, callback: Mapping[str, Any]
) -> None:
    session = KeptSession({"redirectUri": REDIRECT_URI, "codeVerifier": "v" * 43, "nonce": "n"})
    with pytest.raises(ConnectorError) as refused:
        await social.user(callback, config=parse(social.config, filled_in(social)), session=session, tools=tools)
    assert refused.value.error is ErrorCode.GENERAL


async def test_a_connector_keeps_nothing(social: SocialConnector, tools: Tools) -> None:
    await social.authorization_uri(
        _request(social), config=parse(social.config, filled_in(social)), session=KeptSession(), tools=tools
    )
    assert getattr(social, "__dict__", {}) == {}


def _files(connector: Factory | MessageConnector) -> Iterator[Path]:
    """Return the modules a connector is made of: its own, or all of its package."""
    module = sys.modules[type(connector).__module__]
    package = importlib.import_module(module.__package__ or module.__name__)
    own = Path(str(module.__file__))
    is_shared = any(
        other is not connector and type(other).__module__.startswith(f"{package.__name__}.")
        for other in INSTALLED.values()
    )
    yield from [own] if is_shared else own.parent.glob("*.py")


def _imports(file: Path) -> set[str]:
    """Return what a module imports, by every name that leads there."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    return names | {name.partition(".")[0] for name in names}
