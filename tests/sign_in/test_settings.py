"""Sign-in settings: documents keep their shape, usernames their rules, and changes only what changed."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from sekisho.app import open_runtime
from sekisho.kernel.clock import ManualClock
from sekisho.kernel.ids import RandomIds, TenantId
from sekisho.migrations.sign_in_defaults import default_sign_in
from sekisho.settings import Settings
from sekisho.sign_in.models import (
    DEFAULT_USERNAME_POLICY,
    AllowedChars,
    Look,
    SentinelPolicy,
    SignInMode,
    UsernamePolicy,
)
from sekisho.sign_in.public import public_view
from sekisho.sign_in.store import from_columns, to_columns
from sekisho.sign_in.username import UsernameViolation, username_violation
from sekisho.tenants.urls import urls_of

ALL = AllowedChars(lowercase=True, uppercase=True, numbers=True, underscore=True)


def test_documents_go_in_and_out_unchanged() -> None:
    columns = msgspec.json.decode(msgspec.json.encode(to_columns(default_sign_in())))
    columns |= {
        "sign_up": {"identifiers": ["email"], "password": False, "verify": True},
        "password_policy": {"length": {"min": 8}, "rejects": {}},
        "sentinel_policy": {"maxAttempts": 100},
        "password_expiration": {"enabled": False},
        "forgot_password_methods": None,
        "sign_up_profile_fields": [{"name": "nickname"}],
        "custom_ui_assets": {"id": "abc", "createdAt": 1},
    }
    stored = msgspec.json.decode(msgspec.json.encode(to_columns(from_columns(columns))))
    assert stored == columns


def test_the_public_document_hides_what_is_the_tenants_own_business() -> None:
    view = public_view(default_sign_in(), tenant_id="default")
    assert view["tenantId"] == "default"
    assert not {"emailBlocklistPolicy", "forgotPasswordMethods", "trustedDevice"} & view.keys()


def test_looks_are_laid_over_each_other() -> None:
    looks = (
        Look(color={"primaryColor": "#111111"}, branding={"logoUrl": "https://a.example/l.png"}),
        Look(branding={"favicon": "https://b.example/f.png"}, custom_css="body{}"),
    )
    view = public_view(default_sign_in(), tenant_id="default", looks=looks)
    assert view["color"]["primaryColor"] == "#111111"
    assert view["color"]["darkPrimaryColor"] == "#9db8ff"
    assert view["branding"] == {"logoUrl": "https://a.example/l.png", "favicon": "https://b.example/f.png"}
    assert view["customCss"] == "body{}"


@pytest.mark.parametrize(
    ("username", "policy", "violation"),
    [
        ("ada_1", {}, None),
        ("_", {}, None),
        ("", {}, "required"),
        ("1ada", {}, "starts_with_number"),
        ("ada lovelace", {}, "invalid_charset_hard"),
        ("Åda", {}, "invalid_charset_hard"),
        ("ada\n", {}, "invalid_charset_hard"),
        ("a٣", {}, "invalid_charset_hard"),
        ("ada", {"min_length": 4}, "too_short"),
        ("ada", {"max_length": 2}, "too_long"),
        ("Ada", {"allowed_chars": msgspec.structs.replace(ALL, uppercase=False)}, "uppercase_not_allowed"),
        ("Ada", {"allowed_chars": msgspec.structs.replace(ALL, lowercase=False)}, "lowercase_not_allowed"),
        ("ada1", {"allowed_chars": msgspec.structs.replace(ALL, numbers=False)}, "numbers_not_allowed"),
        ("ada_", {"allowed_chars": msgspec.structs.replace(ALL, underscore=False)}, "underscore_not_allowed"),
    ],
)
def test_usernames(username: str, policy: dict[str, Any], violation: str | None) -> None:
    rules: UsernamePolicy = msgspec.structs.replace(DEFAULT_USERNAME_POLICY, **policy)
    assert username_violation(username, policy=rules) == (violation and UsernameViolation(violation))


async def test_a_change_is_seen_at_once_and_touches_nothing_else(
    settings: Settings, clock: ManualClock, ids: RandomIds
) -> None:
    runtime = await open_runtime(settings, clock=clock, ids=ids)
    urls = urls_of(TenantId("default"), origin="http://localhost:3001", public=runtime.public_urls)
    async with runtime.database.unit_of_work() as uow:
        sign_in = runtime.services(urls=urls, uow=uow).sign_in
        before = await sign_in.get()
        await sign_in.update(replace(before, sign_in_mode=SignInMode.SIGN_IN))
    async with runtime.database.unit_of_work() as uow:
        sign_in = runtime.services(urls=urls, uow=uow).sign_in
        await sign_in.update(replace(await sign_in.get(), sentinel_policy=SentinelPolicy(max_attempts=5)))
        assert (await sign_in.get()).sentinel_policy.attempts == 5
    async with runtime.database.unit_of_work() as uow:
        after = await runtime.services(urls=urls, uow=uow).sign_in.get()
    assert after == replace(before, sign_in_mode=SignInMode.SIGN_IN, sentinel_policy=SentinelPolicy(max_attempts=5))
    await runtime.close()
