"""What the development pages say: one frozen dataclass per template."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSignedIn:
    """Who signed in, what the ID token says about them, and the form that signs them out."""

    user_id: str
    username: str | None = None
    #: Claim names and their JSON values as text.
    claims: tuple[tuple[str, str], ...] = ()
    sign_out_action: str
    csrf_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoApp:
    """`/demo-app`: a small application to try the sign-in pages with."""

    template: ClassVar[str] = "devkit/demo_app.html"
    sign_in_url: str
    sign_up_url: str
    signed_in: DemoSignedIn | None = None
    #: Error of the last authorization, if any.
    problem: str | None = None
