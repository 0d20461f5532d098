"""The people who have an account at every fake provider: one with everything, and two who lack something."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`number` is what each provider makes its own kind of id of."""

    key: str
    number: int
    name: str | None = None
    email: str | None = None
    is_email_verified: bool = False
    phone: str | None = None
    picture_url: str | None = None

    def without_email(self) -> Self:
        return replace(self, email=None, is_email_verified=False)


_PEOPLE = (
    Account(
        key="hokusai",
        number=1760_1031,
        name="Katsushika Hokusai",
        email="hokusai@example.com",
        is_email_verified=True,
        phone="81312345678",
        picture_url="https://pictures.example/hokusai.png",
    ),
    Account(key="hiroshige", number=1797_0001, name="Utagawa Hiroshige", email="hiroshige@example.com"),
    Account(key="sharaku", number=1794_0005),
)
ACCOUNTS: Mapping[str, Account] = MappingProxyType({each.key: each for each in _PEOPLE})
