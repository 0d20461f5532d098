"""The pages of who comes through a provider for the first time."""

from dataclasses import dataclass
from typing import ClassVar

from sekisho.hosted.pages.parts import FormPage, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialLink(FormPage):
    """`/social/link/{connectorId}`: an account with the same address exists. Button: `decision`, `link` or `create`."""

    template: ClassVar[str] = "hosted/social_link.html"
    provider: str
    #: What is known of the account, masked.
    account: str
    may_create: bool
    back_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialRegister(FormPage):
    """`/social/register/{connectorId}`: what has to be agreed to before an account is made."""

    template: ClassVar[str] = "hosted/social_register.html"
    provider: str
    back_url: str
    terms: Terms | None = None
