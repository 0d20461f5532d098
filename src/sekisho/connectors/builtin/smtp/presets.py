"""What known providers need. Data: the guide prints it, the Console fills a form with it.

What stands in angle brackets is for the administrator to replace.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """`guide` is where the provider explains how to get the account and its password."""

    id: str
    name: str
    guide: str
    config: Mapping[str, Any]

    def to_wire(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "guide": self.guide, "config": dict(self.config)}


PRESETS: Sequence[Preset] = (
    Preset(
        id="gmail",
        name="Gmail",
        guide="https://support.google.com/a/answer/176600",
        config={
            "host": "smtp.gmail.com",
            "port": 587,
            "secure": False,
            "requireTLS": True,
            "auth": {"type": "login", "user": "<you@gmail.com>", "pass": "<app password>"},
            "fromEmail": "<you@gmail.com>",
        },
    ),
    Preset(
        id="sendgrid",
        name="SendGrid",
        guide="https://www.twilio.com/docs/sendgrid/for-developers/sending-email/integrating-with-the-smtp-api",
        config={
            "host": "smtp.sendgrid.net",
            "port": 587,
            "secure": False,
            "requireTLS": True,
            "auth": {"type": "login", "user": "apikey", "pass": "<API key>"},
            "fromEmail": "<verified sender>",
        },
    ),
    Preset(
        id="aliyun-direct-mail",
        name="Aliyun DirectMail",
        guide="https://www.alibabacloud.com/help/en/direct-mail/user-guide/send-emails-using-smtp",
        config={
            "host": "smtpdm.aliyun.com",
            "port": 465,
            "secure": True,
            "auth": {"type": "login", "user": "<sender address>", "pass": "<SMTP password>"},
            "fromEmail": "<sender address>",
        },
    ),
)
