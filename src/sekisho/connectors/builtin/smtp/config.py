"""What an administrator decides about a mail server.

Whatever else a configuration holds is kept and has no effect; what it means to other software is in the guide.
"""

from datetime import timedelta
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from sekisho.connectors.kit.config import Config, mistake
from sekisho.connectors.kit.messages import Template, TemplateType

_LOGIN = Literal["login", "Login", "LOGIN"]
_OAUTH2 = Literal["oauth2", "OAuth2", "OAUTH2"]
_SHAPES = (
    "A login has user and pass, type login, and nothing else.",
    "OAuth2 with a service account has type OAuth2, user, serviceClient and privateKey.",
    "OAuth2 with tokens has type OAuth2, user, and accessToken or refreshToken with clientId and clientSecret.",
)
_REQUIRED = (TemplateType.REGISTER, TemplateType.SIGN_IN, TemplateType.FORGOT_PASSWORD, TemplateType.GENERIC)
_LONGEST = timedelta(minutes=10)


class LoginAuth(Config):
    """A name and a password. Both may be missing: some servers know who calls."""

    model_config = ConfigDict(extra="forbid")

    type: _LOGIN | None = None
    user: str | None = None
    password: str | None = Field(default=None, alias="pass")


class PrivateKey(Config):
    key: str
    passphrase: str


class ServiceAccountAuth(Config):
    type: _OAUTH2 | None = None
    user: str
    private_key: str | PrivateKey
    service_client: str
    access_url: str | None = None


class TokenAuth(Config):
    """`expires` is when the access token ends, in milliseconds since 1970."""

    type: _OAUTH2 | None = None
    user: str
    client_id: str | None = None
    client_secret: str | None = None
    refresh_token: str | None = None
    access_token: str | None = None
    access_url: str | None = None
    expires: float | None = None


def _first_that_fits(value: Any) -> Any:
    """Read whichever of the shapes fits first."""
    for shape in (LoginAuth, ServiceAccountAuth, TokenAuth):
        try:
            return shape.model_validate(value)
        except ValidationError:
            continue
    alternatives = [{"code": "custom", "message": each} for each in _SHAPES]
    raise PydanticCustomError("invalid_union", " ".join(_SHAPES), {"alternatives": alternatives})


Auth: TypeAlias = LoginAuth | ServiceAccountAuth | TokenAuth


class ConfiguredTemplate(Config):
    usage_type: str
    content_type: Literal["text/plain", "text/html"]
    subject: str
    content: str
    reply_to: str | None = None
    send_from: str | None = None

    def to_template(self) -> Template:
        return Template(
            subject=self.subject,
            content=self.content,
            content_type=self.content_type,
            reply_to=self.reply_to,
            send_from=self.send_from,
        )


class SmtpConfig(Config):
    """Times are in milliseconds; where nothing is said, the mailer's own limits hold."""

    host: str
    port: float
    auth: Annotated[Auth, BeforeValidator(_first_that_fits)]
    from_email: str
    reply_to: str | None = None
    templates: list[ConfiguredTemplate]
    logger: bool | None = None
    debug: bool | None = None
    disable_file_access: bool | None = None
    disable_url_access: bool | None = None
    name: str | None = None
    local_address: str | None = None
    connection_timeout: float | None = None
    greeting_timeout: float | None = None
    socket_timeout: float | None = None
    dns_timeout: float | None = None
    secure: bool | None = None
    tls: dict[str, Any] = Field(default_factory=dict)
    servername: str | None = None
    ignore_tls: bool | None = Field(default=None, alias="ignoreTLS")
    require_tls: bool | None = Field(default=None, alias="requireTLS")
    custom_headers: dict[str, str | list[str]] = Field(default_factory=dict)
    auth_method: Any = None

    @field_validator("templates")
    @classmethod
    def _complete(cls, value: list[ConfiguredTemplate]) -> list[ConfiguredTemplate]:
        present = {each.usage_type for each in value}
        if missing := [each for each in _REQUIRED if each not in present]:
            raise mistake(f"Templates are missing: {', '.join(missing)}.")
        return value


def waiting(milliseconds: float | None, otherwise: timedelta) -> timedelta:
    """Return a configured time limit; none, zero and less mean the usual one."""
    if milliseconds is None or milliseconds <= 0:
        return otherwise
    return min(timedelta(milliseconds=min(milliseconds, _LONGEST.total_seconds() * 1000)), _LONGEST)
