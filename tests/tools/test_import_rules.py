from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports
from tools.house_lint import ROOT


def test_everybody_imports_only_what_they_may() -> None:
    assert lint_imports(config_filename=str(ROOT / ".importlinter"), no_cache=True) == EXIT_STATUS_SUCCESS
