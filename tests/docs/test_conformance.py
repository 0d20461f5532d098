"""docs/conformance.md and the tests of the plans name the same modules."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: The plan has this one module; a file of its own checks it, rule by rule.
WHOLE_FILES = {"oidcc-discovery-endpoint-verification": "test_config.py"}


def _listed() -> set[str]:
    text = (ROOT / "docs/conformance.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `(oidcc-[\w-]+)`", text, re.MULTILINE))


def _tested() -> set[str]:
    found = set()
    for path in (ROOT / "tests/conformance").glob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        found |= {name.replace("_", "-") for name in re.findall(r"^async def test_(oidcc_\w+)", text, re.MULTILINE)}
        found |= set(re.findall(r'id="(oidcc-[\w-]+)"', text))
    return found | set(WHOLE_FILES)


def test_every_module_of_the_plans_that_is_listed_is_tested_and_the_reverse() -> None:
    assert _listed() == _tested()
