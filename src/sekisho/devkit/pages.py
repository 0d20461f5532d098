"""What the development pages say: one frozen dataclass per template."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSignedIn:
    """Who signed in, what the ID token says about them, and the form that signs them out."""

    user_id: str
    username: str | None = None
    #: Claim names and their JSON values as text.
    claims: tuple[tuple[str, str], ...] = ()
    sign_out_action: str
    csrf_token: str

    @classmethod
    def told(cls, claims: Mapping[str, Any], *, user_id: str, sign_out_action: str, csrf_token: str) -> "DemoSignedIn":
        """Show the claims that say something."""
        return cls(
            user_id=user_id,
            username=claims.get("username"),
            claims=tuple(
                (name, msgspec.json.encode(value).decode()) for name, value in claims.items() if value is not None
            ),
            sign_out_action=sign_out_action,
            csrf_token=csrf_token,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoApp:
    """`/demo-app`: a small application to try the sign-in pages with."""

    template: ClassVar[str] = "devkit/demo_app.html"
    sign_in_url: str
    sign_up_url: str
    signed_in: DemoSignedIn | None = None
    #: Error of the last authorization, if any.
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDemoCode:
    """A code that waits for somebody, and where to type it."""

    user_code: str
    address: str
    complete_address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDemo:
    """`/device-demo-app`: a device that has no browser, to try the device flow with."""

    template: ClassVar[str] = "devkit/device_demo.html"
    start_url: str
    check_url: str
    code: DeviceDemoCode | None = None
    #: It was asked, and nobody has answered yet.
    is_pending: bool = False
    signed_in: DemoSignedIn | None = None
    #: What ended the waiting, if something went wrong.
    problem: str | None = None
