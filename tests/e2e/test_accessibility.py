"""Every page of the tour, judged by axe: WCAG 2.2 AA, wide and light in English, narrow and dark in Japanese."""

import os
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from tests.clients.node import PACKAGES, PackagesMissing, install_packages
from tests.e2e.screenshots import LOOKS, Look, Tour, opened_browser, opened_place, visit
from tests.support.chromium import find_chromium

_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
#: Where something is right need not be told.
_OPTIONS = {"runOnly": list(_RULES), "resultTypes": ["violations"]}
_LOOKS = [look for look in LOOKS if look.name in {"wide-light-en", "narrow-dark-ja"}]


@cache
def axe() -> str:
    return (PACKAGES / "axe-core/axe.min.js").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection(Tour):
    """Looks with other eyes; `found` is what axe found wrong."""

    found: list[str]

    def see(self, name: str) -> None:
        if not self.runs_scripts:
            # What judges is a script itself.
            return
        # The policy of our pages runs no script of others; a debugger is not asked for one.
        self.tab.evaluate(axe())
        judged = self.tab.evaluate("options => axe.run(document, options)", _OPTIONS)
        assert judged["passes"], name
        self.found.extend(f"{name} ({self.look.name}): {_told(each)}" for each in judged["violations"])


def _told(violation: dict[str, Any]) -> str:
    where = ", ".join(str(node["target"][0]) for node in violation["nodes"])
    return f"{violation['id']}: {violation['help']} ({where})"


@pytest.mark.browser
@pytest.mark.server
@pytest.mark.parametrize("look", _LOOKS, ids=lambda look: look.name)
def test_axe_finds_nothing_on_any_page(tmp_path: Path, look: Look) -> None:
    report = pytest.fail if os.environ.get("CI") else pytest.skip
    if find_chromium() is None:
        report("no Chromium: install the package `chromium`, or set CHROMIUM to its path")
    try:
        install_packages()
    except PackagesMissing as error:
        report(f"axe could not be fetched: {error}")
    found: list[str] = []
    with opened_place(tmp_path) as place, opened_browser() as browser:
        visit(browser, place, folder=tmp_path, looks=[look], kind=partial(Inspection, found=found))
    assert found == []
