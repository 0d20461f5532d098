"""Applications built with published client libraries, each a process of its own that is asked line by line.

What a library is told and what it answers is in `programs/`; here is how a program is started, asked and ended. A
library's refusal is `Refused`; a program that breaks fails the test with what it wrote.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.support.servers import bare_environment

_REPOSITORY = Path(__file__).parents[2]
_ANSWER_SECONDS = 30
_LONGEST_LINE = 2**20


class Refused(Exception):
    """The library raised an error; `error` is what the server's answer said, where there was one."""

    def __init__(
        self,
        *,
        name: str,
        message: str,
        code: str | None = None,
        error: str | None = None,
        error_description: str | None = None,
    ) -> None:
        super().__init__(f"{name}: {message} {code or ''} {error or ''} {error_description or ''}".strip())
        self.name = name
        self.code = code
        self.error = error
        self.error_description = error_description


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an application is configured with, whatever library it uses."""

    endpoint: str
    client_id: str
    client_secret: str | None
    authentication: str
    scopes: Sequence[str]
    resources: Sequence[str]
    private_key: Mapping[str, Any] | None = None
    """What the application signs its requests with, as a JWK."""
    proves_possession: bool = False
    """Whether its tokens are to be bound to a key (RFC 9449)."""
    metadata: Literal["oidc", "oauth2"] = "oidc"
    """Where it looks for the server's metadata: as OpenID Connect Discovery says, or RFC 8414."""

    def as_json(self) -> str:
        return json.dumps({name: getattr(self, name) for name in self.__slots__})


class Party:
    """A relying party: an application and the library that speaks for it."""

    def __init__(self, process: asyncio.subprocess.Process, *, settings: Settings, log: Path) -> None:
        self.settings = settings
        self._process = process
        self._log = log

    async def ask(self, what: str, **given: Any) -> Any:
        """Have the application do something with its library, and return what comes of it."""
        writer, reader = self._process.stdin, self._process.stdout
        assert writer is not None
        assert reader is not None
        writer.write(json.dumps({"ask": what, "given": given}).encode() + b"\n")
        async with asyncio.timeout(_ANSWER_SECONDS):
            line = await reader.readline()
        assert line, f"the program ended:\n{self._log.read_text(encoding='utf-8')}"
        told = json.loads(line)
        if "refusal" in told:
            raise Refused(**told["refusal"])
        return told["answer"]


@asynccontextmanager
async def running_party(command: Sequence[str | Path], *, settings: Settings, folder: Path) -> AsyncIterator[Party]:
    """Start a program, and end it with the block."""
    log = folder / f"{settings.client_id}.log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *command,
            settings.as_json(),
            cwd=_REPOSITORY,
            env=bare_environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            limit=_LONGEST_LINE,
        )
    try:
        yield Party(process, settings=settings, log=log)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
