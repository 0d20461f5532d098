"""Sends messages as mails: chooses the text, fills it in, signs in, and tells what went wrong."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, assert_never

from sekisho.connectors.builtin.smtp.advice import explained
from sekisho.connectors.builtin.smtp.config import Auth, LoginAuth, ServiceAccountAuth, SmtpConfig, TokenAuth
from sekisho.connectors.builtin.smtp.form import FORM
from sekisho.connectors.builtin.smtp.presets import PRESETS
from sekisho.connectors.builtin.smtp.server import mechanism, server_of
from sekisho.connectors.builtin.smtp.tokens import access_token, may_renew
from sekisho.connectors.kit.config import Config
from sekisho.connectors.kit.mail import Bearer, Credentials, Login, Mail, MailFailed, MailProblem, Secret
from sekisho.connectors.kit.manifest import ConnectorType, Manifest, svg_file, text_file
from sekisho.connectors.kit.messages import Message, Template, fill, template_for
from sekisho.connectors.kit.tools import Tools


class Smtp:
    manifest: ClassVar[Manifest] = Manifest(
        id="simple-mail-transfer-protocol",
        type=ConnectorType.EMAIL,
        target="smtp",
        name=dict.fromkeys(("en", "zh-CN", "tr-TR", "ko", "ja"), "SMTP"),
        description={
            "en": "Send e-mails through any mail server.",
            "zh-CN": "通过任意邮件服务器发送邮件。",
            "tr-TR": "Herhangi bir posta sunucusu üzerinden e-posta gönderin.",
            "ko": "어떤 메일 서버로든 이메일을 보냅니다.",
            "ja": "お使いのメールサーバーからメールを送信します。",
        },
        logo=svg_file(__file__, "logo.svg"),
        readme=text_file(__file__, "readme.md"),
        form_items=FORM,
        custom_data={"presets": [each.to_wire() for each in PRESETS]},
    )
    config: ClassVar[type[Config]] = SmtpConfig

    async def send(self, message: Message, *, config: SmtpConfig, tools: Tools) -> None:
        template = message.template or template_for(message, config.templates).to_template()
        mail = _written(template, message=message, config=config)
        try:
            await _deliver(mail, config=config, tools=tools)
        except MailFailed as failed:
            raise explained(failed, config=config) from failed


async def _deliver(mail: Mail, *, config: SmtpConfig, tools: Tools) -> None:
    credentials = await _credentials(config, tools=tools)
    try:
        await tools.mail.send(mail, server=server_of(config, credentials=credentials))
    except MailFailed as failed:
        # An access token without a known end may have ended.
        auth = _oauth(config.auth)
        if failed.problem is not MailProblem.AUTH_REFUSED or auth is None or not may_renew(auth, tools=tools):
            raise
        renewed = Bearer(user=auth.user, token=await access_token(auth, tools=tools, renews=True))
        await tools.mail.send(mail, server=server_of(config, credentials=renewed))


async def _credentials(config: SmtpConfig, *, tools: Tools) -> Credentials:
    if (oauth := _oauth(config.auth)) is not None:
        return Bearer(user=oauth.user, token=await access_token(oauth, tools=tools))
    match config.auth:
        case LoginAuth(user=user, password=password):
            secret = None if password is None else Secret(password)
            return Login(user=user, password=secret, mechanism=mechanism(config))
        case TokenAuth(user=user) | ServiceAccountAuth(user=user):
            return Login(user=user, password=None)
        case _:
            assert_never(config.auth)


def _oauth(auth: Auth) -> TokenAuth | ServiceAccountAuth | None:
    """Return how to sign in with OAuth2, where that was chosen: without a type, everything is a login."""
    return auth if not isinstance(auth, LoginAuth) and auth.type is not None else None


def _written(template: Template, *, message: Message, config: SmtpConfig) -> Mail:
    def filled(text: str | None) -> str:
        return "" if text is None else fill(text, message.payload)

    return Mail(
        to=message.to,
        sender=filled(template.send_from) or config.from_email,
        reply_to=filled(template.reply_to) or config.reply_to,
        subject=filled(template.subject),
        content=filled(template.content),
        is_html=template.content_type != "text/plain",
        headers=_headers(config.custom_headers),
    )


def _headers(custom: Mapping[str, str | list[str]]) -> Mapping[str, Sequence[str]]:
    return {name: [value] if isinstance(value, str) else value for name, value in custom.items()}
