from pathlib import Path

import pytest
from tools.house_lint import ROOT, check

SOURCE = Path("src/sekisho/hosted/example.py")
TEMPLATE = Path("src/sekisho/hosted/templates/hosted/example.html")


def _rules(file: Path, text: str) -> list[str]:
    return [problem.rule for problem in check(file, text)]


@pytest.mark.parametrize(
    "line",
    [
        "datetime.now(UTC)",
        "datetime.datetime.now()",
        "datetime.utcnow()",
        "date.today()",
        "time.time()",
    ],
)
def test_time_comes_from_the_clock(line: str) -> None:
    assert _rules(SOURCE, line) == ["real-time"]
    assert _rules(Path("tests/example.py"), line) == ["real-time"]
    assert _rules(Path("src/sekisho/kernel/clock.py"), line) == []


@pytest.mark.parametrize(
    "line", ["clock.now()", "self._clock.now()", "time.monotonic()", "datetime.fromtimestamp(0, UTC)"]
)
def test_other_ways_to_speak_of_time_are_free(line: str) -> None:
    assert _rules(SOURCE, line) == []


@pytest.mark.parametrize(
    "line",
    [
        'redirect("/sign-in")',
        'RedirectResponse("/sign-in")',
        'responses.RedirectResponse(url="/sign-in")',
        'redirect(f"/sign-in?{query}")',
        'headers["location"] = "/sign-in"',
        'Response(headers={"Location": "/sign-in"})',
    ],
)
def test_a_redirect_knows_its_tenant(line: str) -> None:
    assert _rules(SOURCE, line) == ["literal-path"]


@pytest.mark.parametrize(
    "line",
    [
        'redirect(ctx.url("/sign-in"))',
        'Route("/sign-in", show)',
        'redirect("https://example.com/")',
        'ctx.url("/sign-in")',
    ],
)
def test_paths_that_are_completed_later_are_free(line: str) -> None:
    assert _rules(SOURCE, line) == []


@pytest.mark.parametrize(
    "line", ['<a href="/sign-in">', "<form action='/sign-in'>", '<img src="/logo.svg">', '<button hx-post = "/users">']
)
def test_a_template_knows_its_tenant(line: str) -> None:
    assert _rules(TEMPLATE, line) == ["literal-path"]


def test_a_template_escapes_everything() -> None:
    assert _rules(TEMPLATE, "<p>{{ page.text | safe }}</p>") == ["unescaped"]
    assert _rules(TEMPLATE, '<a href="{{ url(page.path) }}">{{ page.safety }}</a>') == []


def test_a_store_is_its_slices_own() -> None:
    line = "from sekisho.users.store import UserStore"

    assert _rules(Path("src/sekisho/roles/service.py"), line) == ["foreign-store"]
    assert _rules(Path("src/sekisho/users/service.py"), line) == []
    assert _rules(Path("src/sekisho/services.py"), line) == []
    assert _rules(Path("tests/users/test_store.py"), line) == []


def test_tables_are_read_by_those_who_are_listed() -> None:
    line = "from sekisho.resources.tables import ScopeTable"

    assert _rules(Path("src/sekisho/users/store.py"), line) == ["foreign-tables"]
    assert _rules(Path("src/sekisho/roles/store.py"), line) == []


def test_an_exception_says_why() -> None:
    assert _rules(SOURCE, "datetime.now()  # house: allow real-time — TLS goes by it") == []
    assert _rules(SOURCE, "datetime.now()  # house: allow real-time") == ["real-time"]
    assert _rules(SOURCE, "datetime.now()  # house: allow literal-path — no") == ["real-time"]
    assert _rules(TEMPLATE, '<a href="/x"> {# house: allow literal-path — at the root of every origin #}') == []


def test_the_house_is_in_order() -> None:
    files = [file for folder in ("src", "tools", "sdk/src") for file in (ROOT / folder).rglob("*.py")]
    templates = list((ROOT / "src").rglob("*.html"))

    problems = [
        problem
        for file in [*files, *templates]
        for problem in check(file.relative_to(ROOT), file.read_text(encoding="utf-8"))
    ]

    assert files
    assert templates
    assert problems == []
