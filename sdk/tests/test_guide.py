"""The guides of the documentation and the example application work as they are printed."""

import re
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from fake_provider import APP_ID, APP_SECRET, BASE, CALLBACK, ISSUER, FakeProvider
from logto import LogtoClient, LogtoConfig
from logto._memory import ProcessMemory

ROOT = Path(__file__).parents[2]
GUIDES = ["docs/guide/flask.md", "docs/guide/flask.ja.md"]
API = "https://api.bookstore.example"


def run(source: str, provider: FakeProvider) -> dict[str, Any]:
    """Run an application's source, and let its client reach the fake provider instead of port 3001."""
    namespace: dict[str, Any] = {"__name__": "bookstore"}
    exec(compile(source, "bookstore", "exec"), namespace)  # noqa: S102
    storage = namespace.get("SessionStorage")
    namespace["client"] = LogtoClient(
        LogtoConfig(endpoint=BASE, appId=APP_ID, appSecret=APP_SECRET),
        storage=storage and storage(),
        httpClient=provider.async_http_client,
        memory=ProcessMemory(provider.clock),
    )
    return namespace


def printed(guide: str, file: str) -> str:
    blocks = re.findall(
        rf"^```python\n# {re.escape(file)}\n(.*?)^```", (ROOT / guide).read_text(), re.MULTILINE | re.DOTALL
    )
    assert blocks
    return "\n".join(blocks)


def sign_in(browser: FlaskClient, provider: FakeProvider) -> None:
    callback = provider.authorize(browser.get("/sign-in").location)
    assert callback.startswith(CALLBACK)
    assert browser.get(callback).location == "/"


@pytest.mark.parametrize("guide", GUIDES)
def test_the_application_of_the_guide_signs_in_and_out(guide: str, provider: FakeProvider) -> None:
    app: Flask = run(printed(guide, "app.py"), provider)["app"]
    browser = app.test_client()

    assert '<a href="/sign-in">' in browser.get("/").text
    assert browser.get("/orders").location == "/sign-in"
    sign_in(browser, provider)
    assert provider.subject in browser.get("/").text
    assert browser.get("/orders").json == {"user": provider.subject, "username": "foo", "orders": []}
    assert browser.get("/sign-out").location.startswith(f"{ISSUER}/session/end")
    assert browser.get("/orders").location == "/sign-in"
    assert browser.get(f"{CALLBACK}?code=x&state=forged").status_code == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("guide", GUIDES)
def test_the_api_of_the_guide_lets_only_fitting_tokens_pass(guide: str, provider: FakeProvider) -> None:
    api: Flask = run(printed(guide, "api.py"), provider)["api"]
    caller = api.test_client()

    def status(**claims: object) -> int:
        token = provider.access_token(**{"aud": API, "scope": "read:orders", **claims})
        return caller.get("/orders", headers={"Authorization": f"Bearer {token}"}).status_code

    assert status() == HTTPStatus.OK
    assert status(scope="read:books") == HTTPStatus.FORBIDDEN
    assert status(aud="https://other.example") == HTTPStatus.UNAUTHORIZED
    assert caller.get("/orders").status_code == HTTPStatus.UNAUTHORIZED


def test_both_guides_print_the_same_programs() -> None:
    def without_texts(block: str) -> str:
        return re.sub(r"""(['"]).*\1""", "…", block)

    fences = re.compile(r"^ *```(?:python|sh)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
    programs = [[without_texts(block) for block in fences.findall((ROOT / guide).read_text())] for guide in GUIDES]

    assert len(programs[0]) == 10
    assert programs[0] == programs[1]


def test_the_example_application_signs_in_and_out(provider: FakeProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGTO_APP_ID", APP_ID)
    monkeypatch.setenv("LOGTO_APP_SECRET", APP_SECRET)
    app: Flask = run((ROOT / "examples/flask-app/app.py").read_text(), provider)["app"]
    browser = app.test_client()

    assert "Signed in" not in browser.get("/").text
    assert browser.get("/protected").location == "/sign-in"
    sign_in(browser, provider)
    assert "Signed in" in browser.get("/").text
    assert provider.subject in browser.get("/").text
    assert "foo" in browser.get("/protected").text

    failed = browser.get(f"{CALLBACK}?error=access_denied&state=%3Cscript%3E")
    assert failed.status_code == HTTPStatus.BAD_REQUEST
    assert "That did not work" in failed.text
    assert "<script>" not in failed.text
    assert browser.get("/sign-out").location.startswith(f"{ISSUER}/session/end")
    assert "Signed in" not in browser.get("/").text
