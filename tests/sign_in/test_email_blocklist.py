"""Which addresses a tenant takes: a table of pure decisions."""

import time
from typing import Any

import pytest

from sekisho.kernel.errors import DomainError
from sekisho.sign_in.email_blocklist import check_email
from sekisho.sign_in.errors import EmailNotAllowed, NoEmailAddress, SubaddressNotAllowed
from sekisho.sign_in.models import EmailBlocklistPolicy


@pytest.mark.parametrize(
    ("email", "policy"),
    [
        ("ada@example.com", {}),
        ("ada+work@example.com", {}),
        ("ada@example.com", {"block_subaddressing": True}),
        ("ada@example.com", {"custom_allowlist": ("grace@example.com", "@EXAMPLE.com")}),
        ("ada@example.com", {"custom_blocklist": ("grace@example.com", "@other.example", "@ample.com")}),
        ("ada@sub.example.com", {"custom_blocklist": ("@example.com",)}),
        ("ada@example.com", {"custom_allowlist": (), "custom_blocklist": ()}),
        ("a.da@example.com", {"custom_blocklist": ("ada@example.com",)}),
        ("ada@example.com", {"custom_blocklist": ("a*x*a@example.com", "ada*da@example.com", "*@*.example.com")}),
    ],
)
def test_an_address_is_taken(email: str, policy: dict[str, Any]) -> None:
    check_email(email, policy=EmailBlocklistPolicy(**policy))


@pytest.mark.parametrize(
    ("email", "policy", "refusal"),
    [
        ("nobody", {}, NoEmailAddress),
        ("nobody@", {}, NoEmailAddress),
        ("@example.com", {}, NoEmailAddress),
        ("ada+work@example.com", {"block_subaddressing": True}, SubaddressNotAllowed),
        ("ada+work@example.com", {"block_subaddressing": True, "custom_blocklist": ("@*.com",)}, SubaddressNotAllowed),
        ("ada@example.com", {"custom_allowlist": ("@other.example",)}, EmailNotAllowed),
        ("Ada@Example.com", {"custom_blocklist": ("aDA@exaMPLE.com",)}, EmailNotAllowed),
        ("ada@example.com", {"custom_allowlist": ("@example.com",), "custom_blocklist": ("a*@*",)}, EmailNotAllowed),
        ("ada@sub.example.com", {"custom_blocklist": ("@*.example.com",)}, EmailNotAllowed),
        ("ada.lovelace@example.com", {"custom_blocklist": ("a*.l*e@ex*.c*",)}, EmailNotAllowed),
        ("a.d.a@gmail.com", {"custom_blocklist": ("ada@googlemail.com",)}, EmailNotAllowed),
        ("ada@googlemail.com", {"custom_blocklist": ("a.da@gmail.com",)}, EmailNotAllowed),
        ("ada@gmail.com", {"custom_blocklist": ("@googlemail.com",)}, EmailNotAllowed),
    ],
)
def test_an_address_is_refused(email: str, policy: dict[str, Any], refusal: type[DomainError]) -> None:
    with pytest.raises(refusal):
        check_email(email, policy=EmailBlocklistPolicy(**policy))


def test_patterns_cannot_be_made_to_search_for_ever() -> None:
    policy = EmailBlocklistPolicy(custom_blocklist=("*a" * 100 + "b@*.com",))
    began = time.perf_counter()
    check_email("a" * 240 + "@example.com", policy=policy)
    assert time.perf_counter() - began < 0.5
