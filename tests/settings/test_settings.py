import base64
from datetime import timedelta
from pathlib import Path

import pytest

from sekisho.db.url import parse_url
from sekisho.settings import Settings, UnusableSettings, load_settings, variables

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in variables():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_without_any_variable_everything_has_a_meaning() -> None:
    settings = load_settings()

    assert settings.port == 3001
    assert settings.endpoint is None
    assert settings.db_url.render_as_string() == "sqlite:///sekisho.db"
    assert not settings.development


def test_the_default_database_lives_in_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKISHO_HOME", "/var/lib/sekisho")

    assert load_settings().db_url.database == "/var/lib/sekisho/sekisho.db"


def test_variables_are_read_with_their_types(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "PORT": "8080",
        "DB_URL": "postgres://me:hush@db.internal:5433/ids?sslmode=require",
        "WORKERS": "4",
        "TRUST_PROXY_HEADER": "1",
        "OUTBOUND_ALLOW": "10.0.0.0/8, smtp.internal,",
        "OIDC_COOKIE_KEYS": "one,two",
        "PRIVATE_KEY_ROTATION_GRACE_PERIOD": "14400",
        "SECRET_VAULT_KEK": KEY,
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    settings = load_settings()

    assert settings.port == 8080
    assert settings.worker_count == 4
    assert settings.db_url.drivername == "postgresql+asyncpg"
    assert settings.trust_proxy_header
    assert settings.outbound_allow == ("10.0.0.0/8", "smtp.internal")
    assert [key.reveal() for key in settings.oidc_cookie_keys] == ["one", "two"]
    assert settings.rotation_grace == timedelta(hours=4)
    assert settings.vault_keys == (bytes(range(32)),)


def test_a_dotenv_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PORT=4000\nENDPOINT=https://id.example.com\nSOMETHING_ELSE=1\n", encoding="utf-8")
    monkeypatch.setenv("PORT", "5000")

    settings = load_settings()

    assert settings.port == 5000
    assert settings.endpoint == "https://id.example.com"


def test_the_database_is_shown_as_it_was_named_without_its_password() -> None:
    settings = Settings(db_url=parse_url("postgres://me:hush@db:5433/ids"))

    assert settings.shown_database == "postgresql://me:***@db:5433/ids"


def test_sqlite_is_served_by_one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKERS", "8")

    assert load_settings().worker_count == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://Auth.Example.com/", "https://auth.example.com"),
        ("https://auth.example.com:443", "https://auth.example.com"),
        ("http://localhost:3001", "http://localhost:3001"),
        ("http://[::1]:3001/", "http://[::1]:3001"),
        ("https://*.id.example.com", "https://*.id.example.com"),
    ],
)
def test_an_endpoint_has_one_spelling(given: str, kept: str) -> None:
    assert Settings(endpoint=given).endpoint == kept


@pytest.mark.parametrize(
    "given",
    [
        "auth.example.com",
        "ftp://auth.example.com",
        "https://auth.example.com/base",
        "https://me:hush@auth.example.com",
        "https://auth.*.example.com",
        "https://auth.example.com:port",
        "https://",
    ],
)
def test_an_endpoint_that_is_no_origin_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("ENDPOINT", given)

    with pytest.raises(UnusableSettings, match=r"^ENDPOINT: "):
        load_settings()


@pytest.mark.parametrize(
    ("variables", "word"),
    [
        ({"ADMIN_ENDPOINT": "https://*.example.com"}, "ADMIN_ENDPOINT"),
        ({"PORT": "3001", "ADMIN_PORT": "3001"}, "ADMIN_PORT"),
        ({"ENDPOINT": "https://a.example", "ADMIN_ENDPOINT": "https://a.example/"}, "ADMIN_ENDPOINT"),
        ({"DB_URL": "mysql://db/ids"}, "DB_URL"),
        ({"PORT": "0"}, "PORT"),
        ({"SECRET_VAULT_KEK": "too-short"}, "SECRET_VAULT_KEK"),
    ],
)
def test_values_that_cannot_be_meant_are_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], word: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(UnusableSettings, match=word):
        load_settings()


def test_an_unknown_name_of_ours_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKISHO_HOMES", "/tmp")  # noqa: S108 — never opened

    with pytest.raises(UnusableSettings, match="SEKISHO_HOMES: there is no such setting; did you mean SEKISHO_HOME"):
        load_settings()


def test_a_slip_of_the_pen_is_refused_and_strangers_are_not() -> None:
    with pytest.raises(UnusableSettings, match="ADMIN_ENDPONT: did you mean ADMIN_ENDPOINT"):
        load_settings({"ADMIN_ENDPONT": "https://admin.example.com"})
    load_settings({"PATH": "/bin", "DB_HOST": "db", "REPORT": "1", "CLOUD_PORT": "3003", "REDIS_HOST": "cache"})
    load_settings({"SEKISHO_REFERENCE": "../reference"})


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_VAULT_KEK", KEY)
    monkeypatch.setenv("DB_URL", "postgresql://me:hush@db/ids")
    monkeypatch.setenv("STATUS_API_KEY", "status-hush")
    assert not any(text in repr(load_settings()) for text in (KEY, "hush"))

    monkeypatch.setenv("SECRET_VAULT_KEK", "c2VjcmV0")
    with pytest.raises(UnusableSettings) as refusal:
        load_settings()
    assert "c2VjcmV0" not in str(refusal.value)
