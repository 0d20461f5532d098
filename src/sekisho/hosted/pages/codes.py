"""The pages of codes that are sent, and of the password one chooses after one."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from sekisho.hosted.pages.parts import DEFAULT_HINT, Captcha, CountryChoice, FormPage, Identifier, PasswordHint


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterCode(FormPage):
    """`/…/verification-code`. Fields: `code`; the button `resend` asks for another one."""

    template: ClassVar[str] = "hosted/enter_code.html"
    kind: Identifier
    address: str
    #: Whether a code was sent for certain; else only to who has an account.
    is_sent: bool = True
    #: Seconds for which the code is good, and until another one may be asked for.
    lifetime: int = 600
    wait: int = 0
    change_url: str
    #: Where one signs in with the password instead.
    password_url: str | None = None

    @property
    def expires_in(self) -> timedelta:
        return timedelta(seconds=self.lifetime)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgotPassword(FormPage):
    """`/forgot-password`: where the code goes that lets one choose anew. Fields: `identifier`, `country`."""

    template: ClassVar[str] = "hosted/forgot_password.html"
    identifiers: tuple[Identifier, ...] = (Identifier.EMAIL,)
    identifier: str = ""
    country: CountryChoice | None = None
    back_url: str | None = None
    captcha: Captcha | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetPassword(FormPage):
    """`/forgot-password/reset`: another password. Fields: `newPassword`, `confirmPassword`."""

    template: ClassVar[str] = "hosted/reset_password.html"
    kind: Identifier = Identifier.EMAIL
    #: For the reader's password manager, which keeps the new password under it.
    identifier: str | None = None
    password_hint: PasswordHint = DEFAULT_HINT
    confirm_password: bool = False
