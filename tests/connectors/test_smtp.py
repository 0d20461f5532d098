"""The SMTP connector over real servers: what is read, what is sent, and what an administrator is told."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc import jwt
from joserfc.jwk import RSAKey
from structlog.testing import capture_logs
from tests.support.certificates import authority, certificate, server_context
from tests.support.mail_servers import MailBox, mail_server, scripted_server

from sekisho.connectors.builtin.smtp.advice import explained
from sekisho.connectors.builtin.smtp.config import SmtpConfig
from sekisho.connectors.builtin.smtp.connector import Smtp
from sekisho.connectors.builtin.smtp.form import DEFAULT_TEMPLATES
from sekisho.connectors.builtin.smtp.presets import PRESETS
from sekisho.connectors.builtin.smtp.server import mechanism, server_of
from sekisho.connectors.kit.config import parse
from sekisho.connectors.kit.errors import ConnectorError
from sekisho.connectors.kit.mail import Encryption, Login, MailFailed, MailProblem, Mechanism
from sekisho.connectors.kit.messages import Message, Template, TemplateType
from sekisho.connectors.kit.tools import PATIENCE, HttpAnswer, Tools
from sekisho.connectors.use import messenger
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import RandomIds
from sekisho.outbound.guard import Guard, Policy
from sekisho.outbound.mailer import Mailer

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
NOBODY = Login(user=None, password=None)
OPEN = Policy.of(endpoint=None, allowed=[])


class TokenEndpoint:
    """Answers as a test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any]] = []
        self.asked: list[tuple[str, Mapping[str, str]]] = []

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,  # noqa: ARG002 — the port's signature
        form: Mapping[str, str] | None = None,
        json: object = None,  # noqa: ARG002 — the same
        content: bytes | None = None,  # noqa: ARG002 — the same
        patience: timedelta = PATIENCE,  # noqa: ARG002 — the same
    ) -> HttpAnswer:
        assert method == "POST"
        self.asked.append((url, form or {}))
        status, document = self.answers.pop(0)
        return HttpAnswer(status=status, headers={}, body=dumped(document))


def dumped(document: Any) -> bytes:
    return json.dumps(document).encode()


@pytest.fixture
def endpoint() -> TokenEndpoint:
    return TokenEndpoint()


@pytest.fixture
def tools(endpoint: TokenEndpoint) -> Tools:
    clock = ManualClock(NOW)
    return Tools(http=endpoint, mail=Mailer(Guard(OPEN), clock=clock), clock=clock, ids=RandomIds())


def document(port: float = 25, **changed: Any) -> dict[str, Any]:
    return {
        "host": "127.0.0.1",
        "port": port,
        "auth": {"type": "login", "user": "postmaster", "pass": "correct horse"},
        "fromEmail": "Sekisho <no-reply@example.com>",
        "templates": [dict(each) for each in DEFAULT_TEMPLATES],
        **changed,
    }


def read(**changed: Any) -> SmtpConfig:
    return parse(SmtpConfig, document(**changed))


def message(usage: TemplateType = TemplateType.SIGN_IN, **changed: Any) -> Message:
    return Message(**{"to": "ada@example.com", "type": usage, "payload": {"code": "123456"}, **changed})


async def send(tools: Tools, sent: Message, **changed: Any) -> None:
    await Smtp().send(sent, config=read(**changed), tools=tools)


async def refused(tools: Tools, **changed: Any) -> Mapping[str, Any]:
    with pytest.raises(ConnectorError) as error:
        await send(tools, message(), **changed)
    assert error.value.code == "connector.general"
    data = error.value.data
    assert isinstance(data, Mapping)
    return data


# What is read


@pytest.mark.parametrize(
    "auth",
    [
        {},
        {"user": "a"},
        {"type": "LOGIN", "user": "a", "pass": "b"},
        {"type": "OAuth2", "user": "a", "serviceClient": "c", "privateKey": "k"},
        {"type": "oauth2", "user": "a", "serviceClient": "c", "privateKey": {"key": "k", "passphrase": "p"}},
        {"type": "OAUTH2", "user": "a", "refreshToken": "r", "clientId": "c", "clientSecret": "s", "expires": 1},
        {"user": "a", "accessToken": "t", "extra": True},
    ],
)
def test_every_shape_of_auth_is_read(auth: Mapping[str, Any]) -> None:
    assert read(auth=auth).host == "127.0.0.1"


@pytest.mark.parametrize(
    "auth",
    [{"type": "login", "user": "a", "pass": "b", "extra": True}, {"type": "OAuth2"}, {"type": "magic"}, "login", None],
)
def test_another_shape_of_auth_is_refused_with_the_shapes_there_are(auth: object) -> None:
    with pytest.raises(ConnectorError) as error:
        read(auth=auth)

    assert error.value.code == "connector.invalid_config"
    assert error.value.details is not None
    assert error.value.details.startswith('Error in key path "auth": (invalid_union) A login has user and pass')


@pytest.mark.parametrize(
    ("changed", "detail"),
    [
        ({"port": "587"}, 'Error in key path "port": (invalid_type) Expected number but received string.'),
        ({"host": None}, 'Error in key path "host": (invalid_type) Expected string but received null.'),
        ({"secure": "true"}, 'Error in key path "secure": (invalid_type) Expected boolean but received string.'),
        ({"customHeaders": {"X": 1}}, 'Error in key path "customHeaders'),
        (
            {"templates": [dict(DEFAULT_TEMPLATES[0])]},
            'Error in key path "templates": (custom) Templates are missing: Register, ForgotPassword, Generic.',
        ),
        (
            {"templates": [{**DEFAULT_TEMPLATES[0], "contentType": "text/markdown"}]},
            'Error in key path "templates.0.contentType": (invalid_enum_value)',
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(changed: Mapping[str, Any], detail: str) -> None:
    with pytest.raises(ConnectorError) as error:
        read(**changed)

    assert error.value.details is not None
    assert detail in error.value.details


def test_unknown_settings_are_no_mistake() -> None:
    assert read(pool=True, maxConnections=5, service="Gmail", dkim={"domainName": "example.com"}) == read()


@pytest.mark.parametrize(
    ("changed", "encryption"),
    [
        ({}, Encryption.IF_OFFERED),
        ({"secure": False}, Encryption.IF_OFFERED),
        ({"secure": True}, Encryption.FROM_THE_START),
        ({"port": 465}, Encryption.FROM_THE_START),
        ({"port": 465, "secure": False}, Encryption.IF_OFFERED),
        ({"requireTLS": True}, Encryption.REQUIRED),
        ({"ignoreTLS": True}, Encryption.NEVER),
        ({"ignoreTLS": True, "requireTLS": True}, Encryption.REQUIRED),
        ({"secure": True, "ignoreTLS": True}, Encryption.FROM_THE_START),
    ],
)
def test_settings_decide_when_to_encrypt(changed: Mapping[str, Any], encryption: Encryption) -> None:
    assert server_of(read(**changed), credentials=NOBODY).encryption is encryption


def test_every_setting_reaches_the_mailer() -> None:
    config = read(
        name="us.example",
        localAddress="127.0.0.3",
        connectionTimeout=1000,
        greetingTimeout=2000.5,
        socketTimeout=10**9,
        dnsTimeout=0,
        servername="mail.example",
        tls={
            "rejectUnauthorized": False,
            "ca": ["one", "two"],
            "minVersion": "TLSv1.2",
            "maxVersion": "TLSv1.3",
            "odd": 1,
        },
    )
    server = server_of(config, credentials=NOBODY)

    assert (server.host, server.port) == ("127.0.0.1", 25)
    assert (server.own_name, server.local_address) == ("us.example", "127.0.0.3")
    assert server.patience.connect == timedelta(seconds=1)
    assert server.patience.greeting == timedelta(milliseconds=2000.5)
    assert server.patience.answer == timedelta(minutes=10)
    assert server.patience.look_up == timedelta(seconds=30)
    assert (server.tls.name, server.tls.verifies) == ("mail.example", False)
    assert (server.tls.authorities, server.tls.minimum, server.tls.maximum) == ("one\ntwo", "TLSv1.2", "TLSv1.3")
    assert server_of(read(tls={"ciphers": "HIGH"}), credentials=NOBODY).tls.ciphers == "HIGH"
    assert server_of(read(servername="a", tls={"servername": "b"}), credentials=NOBODY).tls.name == "b"


@pytest.mark.parametrize("port", [0, -1, 65536, 587.5])
def test_a_port_that_is_none_is_told(port: float) -> None:
    with pytest.raises(MailFailed) as failed:
        server_of(read(port=port), credentials=NOBODY)
    assert failed.value.problem is MailProblem.SETTING


@pytest.mark.parametrize(
    ("given", "meant"),
    [("LOGIN", Mechanism.LOGIN), ("cram-md5", Mechanism.CRAM_MD5), ("NTLM", None), (None, None), (7, None)],
)
def test_a_mechanism_may_be_chosen(given: object, meant: Mechanism | None) -> None:
    assert mechanism(read(authMethod=given)) is meant


# What is sent


@pytest.mark.parametrize("usage", list(TemplateType))
async def test_a_new_connector_has_a_text_for_every_purpose(tools: Tools, usage: TemplateType) -> None:
    async with mail_server() as box:
        await send(tools, message(usage), port=box.port)

    [mail] = box.mails
    assert "123456" in mail.text
    assert "10 minutes" in mail.text
    assert mail.message.get_content_type() == "text/plain"
    assert (mail.sender, mail.recipients) == ("no-reply@example.com", ["ada@example.com"])


async def test_what_has_no_text_of_its_own_gets_the_generic_one(tools: Tools) -> None:
    kept = [
        {**each, "subject": each["usageType"]}
        for each in DEFAULT_TEMPLATES
        if each["usageType"] in {"Register", "SignIn", "ForgotPassword", "Generic"}
    ]
    async with mail_server() as box:
        await send(tools, message(TemplateType.BIND_MFA), port=box.port, templates=kept)
        await send(tools, message(TemplateType.REGISTER), port=box.port, templates=kept)

    assert [each.message["Subject"] for each in box.mails] == ["Generic", "Register"]


async def test_the_text_of_the_tenant_goes_first_and_variables_are_filled_in(tools: Tools) -> None:
    template = Template(
        subject="{{application.name}}: {{code}}",
        content="<b>{{code}}</b> {{user.name}} {{unknown}} {{application.branding.logoUrl}}",
        reply_to="{{application.name}} <help@example.com>",
        send_from="{{ application.name }} <codes@example.com>",
    )
    payload = {"code": "123456", "application": {"name": "Book, \r\nBcc: x@y store"}, "user": {"name": "<i>Ada</i>"}}
    async with mail_server() as box:
        await send(tools, message(template=template, payload=payload), port=box.port)

    [mail] = box.mails
    assert mail.message.get_content_type() == "text/html"
    assert mail.message["Subject"] == "Book,  Bcc: x@y store: 123456"
    assert mail.sender == "codes@example.com"
    assert str(mail.message["From"]) == '"Book,  Bcc: x@y store" <codes@example.com>'
    assert mail.message["Reply-To"].addresses[0].addr_spec == "help@example.com"
    assert mail.text.strip() == "<b>123456</b> <i>Ada</i> {{unknown}}"


async def test_sender_answers_and_headers_of_the_connector_are_used_as_they_are(tools: Tools) -> None:
    templates = [{**each, "replyTo": "{{ missing.part }}", "sendFrom": ""} for each in DEFAULT_TEMPLATES]
    async with mail_server() as box:
        await send(
            tools,
            message(payload={"code": "1", "missing": {}}),
            port=box.port,
            templates=templates,
            replyTo="help@example.com",
            customHeaders={"X-Campaign": "codes", "X-Tag": ["one", "two"]},
        )

    received = box.mails[0].message
    assert (received["From"], received["Reply-To"]) == ("Sekisho <no-reply@example.com>", "help@example.com")
    assert (received["X-Campaign"], received.get_all("X-Tag")) == ("codes", ["one", "two"])


# Signing in with OAuth 2.0

TOKENS = {"type": "OAuth2", "user": "postmaster", "clientId": "c", "clientSecret": "s", "refreshToken": "r"}


async def test_a_refresh_token_buys_an_access_token(tools: Tools, endpoint: TokenEndpoint) -> None:
    endpoint.answers.append((200, {"access_token": "fresh"}))
    async with mail_server(asks_for_login=True, box=MailBox(valid_tokens={"fresh"})) as box:
        await send(tools, message(), port=box.port, auth=TOKENS)

    assert endpoint.asked == [
        (
            "https://accounts.google.com/o/oauth2/token",
            {"client_id": "c", "client_secret": "s", "refresh_token": "r", "grant_type": "refresh_token"},
        )
    ]
    assert (box.tokens, len(box.mails)) == (["fresh"], 1)


@pytest.mark.parametrize(
    ("given", "tokens"),
    [
        ({"accessToken": "fresh"}, ["fresh"]),
        ({"accessToken": "fresh", "expires": NOW.timestamp() * 1000 + 1}, ["fresh"]),
        ({"accessToken": "stale", "expires": NOW.timestamp() * 1000}, ["fresh"]),
        ({"accessToken": "stale"}, ["stale", "fresh"]),
    ],
)
async def test_an_access_token_is_used_until_it_ends(
    tools: Tools, endpoint: TokenEndpoint, given: Mapping[str, Any], tokens: list[str]
) -> None:
    endpoint.answers.append((200, {"access_token": "fresh"}))
    async with mail_server(asks_for_login=True, box=MailBox(valid_tokens={"fresh"})) as box:
        await send(tools, message(), port=box.port, auth={**TOKENS, "accessUrl": "https://id.example/token", **given})

    assert box.tokens == tokens
    assert {url for url, _form in endpoint.asked} <= {"https://id.example/token"}


async def test_an_access_token_that_cannot_be_renewed_is_tried_once(tools: Tools) -> None:
    auth = {"type": "OAuth2", "user": "postmaster", "accessToken": "stale", "expires": 1}
    async with mail_server(asks_for_login=True, box=MailBox(valid_tokens={"fresh"})) as box:
        told = await refused(tools, port=box.port, auth=auth)

    assert (told["reason"], box.tokens) == ("auth_refused", ["stale"])


@pytest.mark.parametrize("passphrase", [None, "open sesame"])
async def test_a_service_account_signs_for_its_token(
    tools: Tools, endpoint: TokenEndpoint, passphrase: str | None
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    sealing = NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase.encode())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealing).decode()
    given = pem if passphrase is None else {"key": pem, "passphrase": passphrase}
    endpoint.answers.append((200, {"access_token": "fresh"}))
    auth = {"type": "OAuth2", "user": "ada@example.com", "serviceClient": "robot", "privateKey": given}
    async with mail_server(asks_for_login=True, box=MailBox(valid_tokens={"fresh"})) as box:
        await send(tools, message(), port=box.port, auth=auth)

    [(url, form)] = endpoint.asked
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    claims = jwt.decode(form["assertion"], RSAKey.import_key(public), algorithms=["RS256"]).claims
    began = int(NOW.timestamp())
    assert claims == {
        "iss": "robot",
        "sub": "ada@example.com",
        "scope": "https://mail.google.com/",
        "aud": url,
        "iat": began,
        "exp": began + 300,
    }
    assert len(box.mails) == 1


@pytest.mark.parametrize(
    ("auth", "answer", "told"),
    [
        ({"type": "OAuth2", "user": "a"}, None, "neither an accessToken nor a refreshToken"),
        (TOKENS, (400, {"error": "invalid_grant", "error_description": "revoked"}), "no access token: revoked"),
        (TOKENS, (200, {"access_token": ""}), "no access token: status 200"),
        (TOKENS, (200, ["fresh"]), "no access token: status 200"),
        (
            {"type": "OAuth2", "user": "a", "serviceClient": "c", "privateKey": "no key"},
            None,
            "privateKey is no RSA key",
        ),
    ],
)
async def test_without_an_access_token_nothing_is_sent(
    tools: Tools, endpoint: TokenEndpoint, auth: Mapping[str, Any], answer: tuple[int, Any] | None, told: str
) -> None:
    endpoint.answers += [] if answer is None else [answer]
    async with mail_server(asks_for_login=True) as box:
        assert told in (await refused(tools, port=box.port, auth=auth))["message"]

    assert box.mechanisms == []


async def test_oauth_without_its_type_is_a_login_without_a_password(tools: Tools) -> None:
    async with mail_server(asks_for_login=True) as box:
        told = await refused(tools, port=box.port, auth={"user": "postmaster", "accessToken": "fresh"})

    assert told["reason"] == "credentials_missing"


# What an administrator is told


async def test_a_wrong_password_is_told_with_what_to_do(tools: Tools) -> None:
    async with mail_server(asks_for_login=True, box=MailBox(logins={})) as box:
        told = await refused(tools, port=box.port)

    assert told["reason"] == "auth_refused"
    assert told["message"] == told["errorDescription"]
    assert told["message"].startswith(
        f"127.0.0.1:{box.port}: The server refused the sign-in (535 5.7.8 Authentication credentials invalid)."
        " Check auth.user and auth.pass."
    )


async def test_the_operator_reads_in_the_log_why_nothing_came(tools: Tools) -> None:
    async with mail_server(asks_for_login=True, box=MailBox(logins={})) as box:
        with capture_logs() as entries, pytest.raises(ConnectorError):
            await messenger(Smtp(), config=document(port=box.port), tools=tools).send(message())

    [entry] = entries
    assert (entry["event"], entry["connector"]) == ("a message was not sent", "simple-mail-transfer-protocol")
    assert "535 5.7.8" in entry["reason"]
    assert "horse" not in str(entry)


async def test_tls_at_the_wrong_port_is_told_both_ways(tools: Tools, tmp_path: Path) -> None:
    async with mail_server() as plain:
        on_plain = await refused(tools, port=plain.port, secure=True)
    async with mail_server(tls=server_context(certificate(tmp_path, "127.0.0.1"))) as encrypted:
        on_tls = await refused(tools, port=encrypted.port, greetingTimeout=300)

    assert on_plain["reason"] == "tls_not_spoken"
    assert "switch secure off and requireTLS on" in on_plain["message"]
    assert on_tls["reason"] == "no_greeting"
    assert "switch secure on" in on_tls["message"]


async def test_a_certificate_is_told_and_can_be_trusted(tools: Tools, tmp_path: Path) -> None:
    file = certificate(tmp_path, "127.0.0.1")
    async with mail_server(starttls=server_context(file)) as box:
        told = await refused(tools, port=box.port)
        for tls in ({"ca": authority(file)}, {"rejectUnauthorized": False}):
            await send(tools, message(), port=box.port, tls=tls, requireTLS=True)

    assert (told["reason"], [each.was_encrypted for each in box.mails]) == ("certificate", [True, True])


async def test_a_server_that_hangs_is_told(tools: Tools) -> None:
    async with scripted_server(b"220 hello\r\n", is_silent=True) as port:
        told = await refused(tools, port=port, socketTimeout=300)

    assert told["reason"] == "no_answer"


@pytest.mark.parametrize("problem", list(MailProblem))
def test_every_problem_has_its_advice(problem: MailProblem) -> None:
    told = explained(MailFailed(problem, "454 words"), config=read()).data
    assert isinstance(told, Mapping)
    assert told["reason"] == problem
    assert "(454 words). " in told["message"]
    assert told["message"].endswith(".")


# Presets and the form


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_a_preset_is_a_configuration_that_encrypts(preset: Any) -> None:
    config = read(**preset.config)

    assert server_of(config, credentials=NOBODY).encryption in {Encryption.REQUIRED, Encryption.FROM_THE_START}


def test_the_form_asks_for_every_setting_in_the_documented_order() -> None:
    items = [item.to_wire() for item in Smtp.manifest.form_items]

    assert [item["key"] for item in items] == [
        "host",
        "port",
        "auth",
        "fromEmail",
        "replyTo",
        "templates",
        "logger",
        "debug",
        "disableFileAccess",
        "disableUrlAccess",
        "name",
        "localAddress",
        "connectionTimeout",
        "greetingTimeout",
        "socketTimeout",
        "dnsTimeout",
        "secure",
        "tls",
        "servername",
        "ignoreTLS",
        "requireTLS",
        "customHeaders",
    ]
    filled = {item["key"]: item["defaultValue"] for item in items if "defaultValue" in item}
    assert parse(SmtpConfig, {"host": "a", "port": 25, "fromEmail": "a@example.com", **filled}).tls == {}
    assert {item["key"] for item in items if item.get("required")} == {"host", "port", "auth", "fromEmail", "templates"}


def test_the_readme_shows_the_presets() -> None:
    for preset in PRESETS:
        assert preset.config["host"] in Smtp.manifest.readme
        assert f"({preset.guide})" in Smtp.manifest.readme
        assert preset.name in Smtp.manifest.readme
    assert [each["id"] for each in Smtp.manifest.to_wire()["customData"]["presets"]] == [each.id for each in PRESETS]
