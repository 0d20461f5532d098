"""Our connectors beside the recorded ones: clients that read a factory find what they know."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from tests.replay.recordings import reference_folder

from sekisho.connectors.registry import Registry

pytestmark = pytest.mark.reference

OURS = {each.manifest.id: each.manifest for each in Registry().all() if not each.manifest.id.startswith("mock-")}


@pytest.fixture(scope="module")
def recorded() -> Mapping[str, Any]:
    folder = reference_folder() / "data" / "transcripts"
    if not folder.is_dir():
        pytest.skip(f"no recordings in {folder}: set SEKISHO_REFERENCE")
    (path,) = folder.glob("10-*.json")
    exchanges = json.loads(path.read_text(encoding="utf-8"))
    (factories,) = [each["response"]["body"] for each in exchanges if each["note"] == "/connector-factories"]
    return {each["id"]: each for each in factories}


@pytest.mark.parametrize("factory_id", sorted(OURS))
def test_a_factory_is_what_was_recorded(recorded: Mapping[str, Any], factory_id: str) -> None:
    ours, theirs = OURS[factory_id].to_wire(), recorded[factory_id]
    for member in ("target", "platform", "isStandard", "isTokenStorageSupported"):
        assert ours.get(member) == theirs.get(member), member
    assert OURS[factory_id].type == theirs["type"]
    # A language more does no harm.
    assert ours["name"].items() >= theirs["name"].items()


@pytest.mark.parametrize("factory_id", sorted(OURS))
def test_a_form_is_what_was_recorded(recorded: Mapping[str, Any], factory_id: str) -> None:
    def shape(document: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
        return [(item["key"], item["type"], bool(item.get("required"))) for item in document["formItems"]]

    assert shape(OURS[factory_id].to_wire()) == shape(recorded[factory_id])
