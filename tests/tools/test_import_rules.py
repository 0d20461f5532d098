import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.programs
def test_every_import_keeps_the_rules() -> None:
    # As a command: in this process it would silence the loggers of every test that follows.
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", ".importlinter", "--no-cache"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603
    assert ended.returncode == 0, ended.stdout
