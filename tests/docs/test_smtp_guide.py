"""The guide of the SMTP connector, in both languages, tells of every setting, every problem and every preset."""

import re
from pathlib import Path

import pytest

from sekisho.connectors.builtin.smtp.config import SmtpConfig
from sekisho.connectors.builtin.smtp.connector import Smtp
from sekisho.connectors.builtin.smtp.presets import PRESETS
from sekisho.connectors.kit.mail import MailProblem
from sekisho.connectors.kit.messages import TemplateType

GUIDES = [Path(__file__).parents[2] / "docs/guide/connectors" / name for name in ("smtp.md", "smtp.ja.md")]


def first_cells(guide: Path) -> set[str]:
    """Return what stands in code in the first column of every table."""
    lines = guide.read_text(encoding="utf-8").splitlines()
    return {name for line in lines if line.startswith("| `") for name in re.findall(r"`([^`]+)`", line.split("|")[1])}


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_every_problem_is_told(guide: Path) -> None:
    assert set(MailProblem) <= first_cells(guide)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_every_setting_and_purpose_is_told(guide: Path) -> None:
    settings = {field.alias for field in SmtpConfig.model_fields.values()}

    assert settings | {"pool"} | set(TemplateType) <= first_cells(guide)
    assert {item.key for item in Smtp.manifest.form_items} <= settings


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_every_preset_is_told(guide: Path) -> None:
    text = guide.read_text(encoding="utf-8")

    assert all(preset.name in text and f"`{preset.config['host']}`" in text for preset in PRESETS)
