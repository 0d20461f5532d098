"""The README in both languages tells of every setting and every command, and of no other."""

import re
from pathlib import Path

import pytest
import typer

from sekisho.cli.commands import commands
from sekisho.settings import variables

ROOT = Path(__file__).parents[2]
README = ("README.md", "README.ja.md")
UNTOLD = {"SEKISHO_DEVELOPMENT", "SEKISHO_DEVELOPMENT_MAIL_PORT"}  # what `sekisho dev` tells its own processes


def _first_cells(name: str) -> str:
    """Return the first column of every table."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return "\n".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))


def _commands(group: typer.Typer, prefix: str = "sekisho") -> set[str]:
    found = set()
    for command in group.registered_commands:
        name = command.name or (command.callback.__name__ if command.callback else "")
        found.add(f"{prefix} {name}")
    for nested in group.registered_groups:
        assert nested.typer_instance is not None
        found |= _commands(nested.typer_instance, f"{prefix} {nested.name}")
    return found


@pytest.mark.parametrize("name", README)
def test_every_setting_is_told(name: str) -> None:
    assert set(re.findall(r"`([A-Z][A-Z_]+)`", _first_cells(name))) == variables() - UNTOLD


@pytest.mark.parametrize("name", README)
def test_every_command_is_told(name: str) -> None:
    told = {re.sub(r" --.*", "", each) for each in re.findall(r"`(sekisho [^`]+)`", _first_cells(name))}

    assert told == _commands(commands)


@pytest.mark.parametrize("name", README)
def test_links_lead_somewhere(name: str) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text(encoding="utf-8"))

    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
