"""Rules of this house that no general linter knows. `python tools/house_lint.py [files…]`; without files, everything.

Each rule guards a promise of ARCHITECTURE.md. A line that is right to break one says so and why:
`# house: allow <rule> — <reason>`.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_FOLDERS = ("src", "sdk/src", "tests", "tools", "benchmarks")

# Who may open another slice's store: whoever puts services together, or makes an installation ready.
_STORE_READERS = (
    "sekisho.services",
    "sekisho.migrations.",
    "sekisho.oidc_adapters.ports",
    "sekisho.cli.doctor",
)
# Who may read another slice's tables: joins of a store with the slices below it, and the seed.
_TABLE_READERS = {
    "sekisho.access_rules.store": {"roles"},
    "sekisho.administrators.store": {"roles", "users"},
    "sekisho.dashboard.store": {"users"},
    "sekisho.roles.holder_store": {"applications", "users"},
    "sekisho.roles.store": {"resources"},
    "sekisho.migrations.seed": {"tenants"},
    "sekisho.cli.doctor": {"tenants"},
}

_NOW = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
_CLOCKS = {"src/sekisho/kernel/clock.py"}
_PATH_TOLD = "a path of ours is made by url(): tenants have prefixes"
_TIME_TOLD = "time comes from kernel.clock, so that tests can move it"
_ALLOWED = re.compile(r"(?:#|{#-?|<!--)\s*house: allow (?P<rule>[\w-]+) — \S")
_TEMPLATE_PATH = re.compile(r"""\b(?:href|src|action|formaction|content|hx-[a-z]+)\s*=\s*["']/""")
_SAFE = re.compile(r"\|\s*safe\b")


@dataclass(frozen=True, slots=True)
class Problem:
    file: Path
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: [{self.rule}] {self.text}"


def check(file: Path, text: str) -> list[Problem]:
    """Return what breaks a rule; `file` is relative to the repository."""
    found = _in_template(file, text) if file.suffix == ".html" else _in_python(file, text)
    lines = text.splitlines()
    return [each for each in found if not _is_allowed(lines[each.line - 1], each.rule)]


def main(arguments: list[str]) -> int:
    files = [Path(each).resolve() for each in arguments] or list(_everything())
    problems = [
        problem for file in files for problem in check(file.relative_to(ROOT), file.read_text(encoding="utf-8"))
    ]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def _everything() -> Iterator[Path]:
    for folder in _FOLDERS:
        for pattern in ("*.py", "*.html"):
            yield from sorted((ROOT / folder).rglob(pattern))


def _is_allowed(line: str, rule: str) -> bool:
    allowed = _ALLOWED.search(line)
    return allowed is not None and allowed["rule"] == rule


def _in_template(file: Path, text: str) -> Iterable[Problem]:
    for number, line in enumerate(text.splitlines(), start=1):
        if _TEMPLATE_PATH.search(line):
            yield Problem(file, number, "literal-path", _PATH_TOLD)
        if _SAFE.search(line):
            yield Problem(file, number, "unescaped", "nothing is exempt from escaping")


def _in_python(file: Path, text: str) -> Iterable[Problem]:
    tree = ast.parse(text, filename=str(file))
    for node in ast.walk(tree):
        match node:
            case ast.Call():
                yield from _of_call(file, node)
            case ast.ImportFrom(module=str(module), level=0):
                yield from _of_import(file, node.lineno, module)
            case ast.Import(names=names):
                for name in names:
                    yield from _of_import(file, node.lineno, name.name)
            case ast.Dict(keys=keys, values=values):
                yield from _of_headers(file, zip(keys, values, strict=True))
            case ast.Assign(targets=[ast.Subscript(slice=key)], value=value):
                yield from _of_headers(file, [(key, value)])


def _of_call(file: Path, node: ast.Call) -> Iterable[Problem]:
    match node.func:
        case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=name) if (owner, name) in _NOW:
            if file.as_posix() not in _CLOCKS:
                yield Problem(file, node.lineno, "real-time", _TIME_TOLD)
        case ast.Name(id=name) | ast.Attribute(attr=name) if "redirect" in name.lower() and _is_source(file):
            targets = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "url")]
            for target in targets:
                if _is_path(target):
                    yield Problem(
                        file, node.lineno, "literal-path", "a redirect goes to ctx.url(): tenants have prefixes"
                    )


def _of_headers(file: Path, pairs: Iterable[tuple[ast.expr | None, ast.expr]]) -> Iterable[Problem]:
    for key, value in pairs:
        match key:
            case ast.Constant(value=str(name)) if name.lower() == "location" and _is_path(value) and _is_source(file):
                yield Problem(
                    file, value.lineno, "literal-path", "a Location is made by ctx.url(): tenants have prefixes"
                )


def _of_import(file: Path, line: int, module: str) -> Iterable[Problem]:
    parts = module.split(".")
    if not _is_source(file) or len(parts) != 3 or parts[0] != "sekisho":  # noqa: PLR2004 — sekisho.<slice>.<module>
        return
    importer = ".".join(file.with_suffix("").parts[1:]).removesuffix(".__init__")
    _, owner, name = parts
    if importer.split(".")[1:2] == [owner]:
        return
    if name == "store" and not importer.startswith(_STORE_READERS):
        yield Problem(file, line, "foreign-store", f"ask the service of {owner}, not its store")
    if name == "tables" and owner not in _TABLE_READERS.get(importer, set()):
        yield Problem(
            file, line, "foreign-tables", f"the tables of {owner} are its own; readers are listed in {__file__}"
        )


def _is_source(file: Path) -> bool:
    return file.as_posix().startswith("src/")


def _is_path(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str(text)):
            return text.startswith("/")
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            return text.startswith("/")
        case _:
            return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
