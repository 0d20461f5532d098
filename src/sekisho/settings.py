"""Everything an operator can decide, as one typed tree read once, at start, from the environment and `.env`.

Names are those existing deployments use. A value that cannot be meant is refused with the name of its variable, never
with the value itself: it may be a secret. Slices do not read settings; they are handed what they need.
"""

import base64
import binascii
import os
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import URL

from sekisho.db.url import parse_url
from sekisho.kernel.secret import Secret
from sekisho.tenants.models import DEFAULT_TENANT

_OWN_PREFIX = "SEKISHO_"
_OF_THE_TESTS = {"SEKISHO_REFERENCE"}
_KEY_BYTES = 32
_HOST = re.compile(r"(?:\*\.)?[0-9a-z](?:[0-9a-z.-]*[0-9a-z])?|\[[0-9a-f:.]+\]")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class UnusableSettings(Exception):
    """The settings cannot be read or contradict each other; the text names variables and never shows a value."""


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part for part in (each.strip() for each in value.split(",")) if part)
    return value


def _split_secrets(value: object) -> object:
    parts = _split(value)
    return tuple(_wrap(part) for part in parts) if isinstance(parts, tuple) else parts


def _sqlite_in(home: Path) -> URL:
    return URL.create("sqlite", database=str(home / "sekisho.db"))


def _wrap(value: object) -> object:
    return Secret(value) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
SecretText = Annotated[Secret, BeforeValidator(_wrap)]
Secrets = Annotated[tuple[Secret, ...], NoDecode, BeforeValidator(_split_secrets)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    """What the operator decided. Fields are named as their variables, in lower case."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
    )

    port: Port = 3001
    admin_port: Port | None = None
    endpoint: str | None = None
    """Our public origin. Its host may begin with `*`: one label per tenant."""
    admin_endpoint: str | None = None
    trust_proxy_header: bool = False

    home: Path = Field(default=Path(), alias="SEKISHO_HOME")
    """Where files live that we make ourselves: the default database, its key file and its snapshots."""
    db_url: Annotated[URL, NoDecode] = Field(default_factory=lambda data: _sqlite_in(data["home"]))
    database_pool_size: int = Field(default=20, ge=1, le=1000)
    redis_url: SecretText | None = None
    workers: int = Field(default=1, ge=1, le=256)

    secret_vault_kek: Secrets = ()
    """Keys of 32 bytes in base64: the first seals, all of them open."""
    asset_store: str | None = None
    """Where uploaded files are kept: a folder, `s3://bucket/prefix`, or `off`."""
    status_api_key: SecretText | None = None
    outbound_allow: Names = ()
    """Hosts and CIDRs inside our own network that we may call."""
    breach_check: bool = True
    """Whether new passwords are looked up in the public list of breached ones (five digits of a hash leave us)."""
    rate_limit_per_address: int = Field(default=500, ge=0)
    """Wrong guesses at secrets that one address has in ten minutes; 0 is no limit."""
    rate_limit_per_account: int = Field(default=200, ge=0)
    """The same for one account."""

    log_retention_days: int | None = Field(default=None, ge=1)
    """How long entries of the audit log are kept; for ever, if nothing is said."""

    case_sensitive_username: bool = True
    user_default_role_names: Names = ()
    oidc_private_keys: Secrets = ()
    oidc_private_key_paths: Names = ()
    oidc_cookie_keys: Secrets = ()
    private_key_rotation_grace_period: int = Field(default=0, ge=0)

    development: bool = Field(default=False, alias="SEKISHO_DEVELOPMENT")
    """Set by `sekisho dev`: opens what must never be open in production."""
    development_mail_port: Port | None = Field(default=None, alias="SEKISHO_DEVELOPMENT_MAIL_PORT")
    """Set by `sekisho dev`: where its own mail server listens."""

    @property
    def ports(self) -> Sequence[int]:
        """The ports to listen on."""
        return [self.port] if self.admin_port is None else [self.port, self.admin_port]

    @property
    def origin(self) -> str:
        """Where the tenant `default` is found: in public, else on this machine."""
        if self.endpoint is None:
            return f"http://localhost:{self.port}"
        return self.endpoint.replace("*", DEFAULT_TENANT)

    @property
    def rotation_grace(self) -> timedelta:
        return timedelta(seconds=self.private_key_rotation_grace_period)

    @property
    def asset_folder_or_bucket(self) -> str | None:
        """Where uploaded files are kept; None when they are not."""
        where = self.asset_store or str(self.home / "uploads")
        return None if where == "off" else where

    @property
    def log_retention(self) -> timedelta | None:
        return None if self.log_retention_days is None else timedelta(days=self.log_retention_days)

    @property
    def uses_sqlite(self) -> bool:
        return self.db_url.get_backend_name() == "sqlite"

    @property
    def shown_database(self) -> str:
        """Where the database is, as operators write it, without the password."""
        return self.db_url.set(drivername=self.db_url.get_backend_name()).render_as_string(hide_password=True)

    @property
    def worker_count(self) -> int:
        """How many processes serve: SQLite has one writer, and the inbox of a development server one memory."""
        return 1 if self.uses_sqlite or self.development else self.workers

    @property
    def vault_keys(self) -> tuple[bytes, ...]:
        """The keys of `SECRET_VAULT_KEK`, decoded."""
        return tuple(base64.b64decode(key.reveal()) for key in self.secret_vault_kek)

    @field_validator("endpoint", "admin_endpoint")
    @classmethod
    def _normal_origin(cls, value: str | None) -> str | None:
        return None if value is None else _origin(value)

    @field_validator("db_url", mode="before")
    @classmethod
    def _parsed_url(cls, value: object) -> object:
        return parse_url(value) if isinstance(value, str) else value

    @field_validator("asset_store")
    @classmethod
    def _known_store(cls, value: str | None) -> str | None:
        if value is not None and "://" in value and not value.startswith("s3://"):
            raise ValueError("expected a folder, s3://bucket/prefix, or off")
        return value

    @field_validator("secret_vault_kek")
    @classmethod
    def _decodable_keys(cls, value: tuple[Secret, ...]) -> tuple[Secret, ...]:
        for key in value:
            try:
                decoded = base64.b64decode(key.reveal(), validate=True)
            except (binascii.Error, ValueError):
                decoded = b""
            if len(decoded) != _KEY_BYTES:
                raise ValueError("expected 32 bytes in base64, as `openssl rand -base64 32` prints them")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.admin_endpoint is not None and "*" in self.admin_endpoint:
            raise ValueError("ADMIN_ENDPOINT must name one host; only ENDPOINT may have *")
        if self.admin_port == self.port:
            raise ValueError("ADMIN_PORT must differ from PORT; leave it out to serve everything on one port")
        if self.admin_endpoint is not None and self.admin_endpoint == self.endpoint:
            raise ValueError("ADMIN_ENDPOINT must differ from ENDPOINT; leave it out to serve both from one origin")
        return self


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of this process, or raise `UnusableSettings` with everything that is wrong with them."""
    _refuse_unknown(os.environ if environment is None else environment)
    try:
        return Settings()
    except ValidationError as error:
        problems = [_describe(problem["loc"], problem["msg"]) for problem in error.errors(include_input=False)]
        raise UnusableSettings("\n".join(problems)) from None


def variables() -> frozenset[str]:
    """Return the names of all environment variables that mean something to us."""
    return frozenset((field.alias or name).upper() for name, field in Settings.model_fields.items())


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    """Refuse what was surely meant for us and would be ignored; the environment is shared, so no more than that."""
    known = variables()
    problems = []
    for name in sorted(environment.keys() - known - _OF_THE_TESTS):
        close = get_close_matches(name, known, n=1, cutoff=0.9)
        if name.startswith(_OWN_PREFIX):
            problems.append(f"{name}: there is no such setting" + (f"; did you mean {close[0]}?" if close else ""))
        elif close:
            problems.append(f"{name}: did you mean {close[0]}?")
    if problems:
        raise UnusableSettings("\n".join(problems))


def _describe(location: tuple[int | str, ...], message: str) -> str:
    text = message.removeprefix("Value error, ")
    return f"{str(location[0]).upper()}: {text}" if location else text


def _origin(text: str) -> str:
    """Return an origin in its one spelling: lower case, no trailing slash, no default port."""
    parts = urlsplit(text.strip())
    try:
        port = parts.port
    except ValueError:
        raise ValueError("the port is not a number") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("expected a URL that begins with https:// or http://")
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("expected only scheme, host and port, such as https://auth.example.com")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    if not _HOST.fullmatch(host):
        raise ValueError("the host is not a name; * may stand only for its first label")
    suffix = "" if port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{host}{suffix}"
