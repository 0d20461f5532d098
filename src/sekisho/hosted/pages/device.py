"""The pages of somebody who connects a device."""

from dataclasses import dataclass, field
from typing import ClassVar

from sekisho.hosted.pages.parts import FieldErrors


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCodeInput:
    """`/device`: the code that a device shows. Fields: `xsrf`, `user_code`."""

    template: ClassVar[str] = "hosted/device.html"
    action: str
    xsrf: str
    user_code: str = ""
    problem: str | None = None
    errors: FieldErrors = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceConfirmation:
    """`/device` with a code that waits. Fields: `xsrf`, `user_code`; the button pressed is `confirm` or `abort`."""

    template: ClassVar[str] = "hosted/device_confirmation.html"
    action: str
    xsrf: str
    user_code: str
    application_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceConnected:
    """`/device/success`."""

    template: ClassVar[str] = "hosted/device_connected.html"
