"""How people sign in, and what its settings refuse (management-api.md §13.1, §13.2)."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update
from tests.api.conftest import on_sqlite
from tests.support.factories import Factory
from tests.support.visitor import Visitor

from sekisho.app import WORK
from sekisho.db.database import UnitOfWork
from sekisho.jobs.models import Job
from sekisho.jobs.runner import JobRunner
from sekisho.kernel.clock import ManualClock
from sekisho.services import Runtime
from sekisho.sign_in.jobs import EVERYBODY_KNOWS, RENEW_USERNAME_KEYS
from sekisho.tenants.urls import urls_of
from sekisho.users.tables import UserTable

PATH = "/api/sign-in-exp"
CONFLICTS = f"{PATH}/username-policy/case-sensitivity-conflicts"
CHECK = f"{PATH}/default/check-password"
CHARACTERS = {"lowercase": True, "uppercase": True, "numbers": True, "underscore": True}
POLICY: dict[str, Any] = {"caseSensitive": True, "minLength": 1, "maxLength": 128, "allowedChars": CHARACTERS}
BY_USERNAME = {"identifier": "username", "password": True, "verificationCode": False, "isPasswordPrimary": True}
BY_EMAIL = {**BY_USERNAME, "identifier": "email"}
EMAIL_CODE = {**BY_EMAIL, "verificationCode": True}
SIGN_UP = {"identifiers": ["username"], "password": True, "verify": False}


async def settings(management: Visitor) -> dict[str, Any]:
    return dict((await management.get(PATH)).json())


async def change(management: Visitor, **body: Any) -> dict[str, Any]:
    answer = await management.patch(PATH, json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_what_is_given_is_replaced_and_the_rest_stays(management: Visitor) -> None:
    before = await settings(management)
    given: dict[str, Any] = {
        "color": {"primaryColor": "#abc", "isDarkModeEnabled": False, "darkPrimaryColor": "#AABBCC"},
        "branding": {"logoUrl": "https://example.com/logo.svg"},
        "languageInfo": {"autoDetect": False, "fallbackLanguage": "ja"},
        "termsOfUseUrl": "https://example.com/terms",
        "agreeToTermsPolicy": "Manual",
        "signInMode": "SignIn",
        "customCss": "body { color: red }",
        "customContent": {"/sign-in": "<p>Welcome</p>"},
        "supportEmail": "help@example.com",
        "sentinelPolicy": {"maxAttempts": 5, "lockoutDuration": 10},
        "verificationCodePolicy": {"expirationDuration": 120, "maxRetryAttempts": 3},
        "passkeySignIn": {"enabled": True, "showPasskeyButton": True},
        "captchaPolicy": {"enabled": False},
        "usernamePolicy": {**POLICY, "minLength": 3},
        "forgotPasswordMethods": None,
        "signUpProfileFields": [],
        "mfa": {"factors": ["Totp", "BackupCode"], "policy": "NoPrompt"},
    }

    changed = await change(management, **given)

    assert changed == {**before, **given}
    assert await settings(management) == changed
    assert changed["tenantId"] == "default"
    assert "trustedDevice" not in changed


async def test_a_part_of_the_password_policy_is_completed(management: Visitor) -> None:
    policy = (await change(management, passwordPolicy={"length": {"min": 12}, "rejects": {"pwned": False}}))[
        "passwordPolicy"
    ]
    assert policy == {
        "length": {"min": 12, "max": 256},
        "rejects": {"pwned": False, "repetitionAndSequence": True, "userInfo": True, "words": []},
    }


@on_sqlite
async def test_an_empty_text_clears(management: Visitor) -> None:
    names = ("termsOfUseUrl", "privacyPolicyUrl", "supportWebsiteUrl", "unknownSessionRedirectUrl")
    await change(management, **dict.fromkeys(names, "https://example.com"), supportEmail="a@b.co", customCss="a {}")
    texts = dict.fromkeys((*names, "supportEmail", "customCss"), "")
    assert (await change(management, **texts)).items() >= dict.fromkeys(texts, None).items()


@on_sqlite
async def test_what_nobody_knows_is_dropped_without_a_word(management: Visitor) -> None:
    changed = await change(
        management, socialSignInConnectorTargets=["nowhere"], signUpProfileFields=[{"name": "unknown"}], unknown=1
    )
    assert (changed["socialSignInConnectorTargets"], changed["signUpProfileFields"]) == ([], [])


@on_sqlite
async def test_lists_of_addresses_hold_each_item_once(management: Visitor) -> None:
    items = ["ann@example.com", "@example.com", "*@*.example.com", "@example.com"]
    changed = await change(management, emailBlocklistPolicy={"customBlocklist": items, "blockSubaddressing": True})
    assert changed["emailBlocklistPolicy"] == {"customBlocklist": items[:3], "blockSubaddressing": True}


def _mfa(*factors: str, policy: str = "UserControlled") -> dict[str, Any]:
    return {"factors": factors, "policy": policy}


SENSELESS: Sequence[tuple[dict[str, Any], int, str]] = (
    ({}, 422, "entity.invalid_input"),
    ({"tenantId": "default"}, 422, "entity.invalid_input"),
    ({"termsOfUseUrl": "nowhere"}, 400, "guard.invalid_input"),
    ({"supportEmail": "nobody"}, 400, "guard.invalid_input"),
    ({"color": {"primaryColor": "#12345", "isDarkModeEnabled": False, "darkPrimaryColor": "#fff"}}, 400, "guard"),
    ({"languageInfo": {"autoDetect": True, "fallbackLanguage": "xx"}}, 400, "guard.invalid_input"),
    ({"verificationCodePolicy": {"expirationDuration": 59}}, 400, "guard.invalid_input"),
    ({"verificationCodePolicy": {"maxRetryAttempts": 101}}, 400, "guard.invalid_input"),
    ({"usernamePolicy": {**POLICY, "minLength": 9, "maxLength": 8}}, 400, "guard.invalid_input"),
    ({"usernamePolicy": {**POLICY, "maxLength": 129}}, 400, "guard.invalid_input"),
    ({"usernamePolicy": {"caseSensitive": True}}, 400, "guard.invalid_input"),
    (
        {"usernamePolicy": {**POLICY, "allowedChars": {**dict.fromkeys(CHARACTERS, False), "numbers": True}}},
        400,
        "guard.invalid_input",
    ),
    ({"passwordExpiration": {"enabled": True}}, 400, "guard.invalid_input"),
    ({"passwordExpiration": {"enabled": True, "validPeriodDays": 0}}, 400, "guard.invalid_input"),
    ({"sentinelPolicy": {"maxAttempts": 0}}, 400, "guard.invalid_input"),
    ({"sentinelPolicy": {"lockoutDuration": 1e300}}, 400, "guard.invalid_input"),
    ({"signIn": None}, 400, "guard.invalid_input"),
    ({"termsOfUseUrl": "https://example.com/" + "x" * 2048}, 422, "entity.value_too_long"),
    ({"signUpProfileFields": [{"name": "a"}, {"name": "a"}]}, 400, "request.invalid_input"),
    ({"languageInfo": {"autoDetect": True, "fallbackLanguage": "sv"}}, 400, "unsupported_default_language"),
    (
        {"signUp": {**SIGN_UP, "identifiers": [], "secondaryIdentifiers": [{"identifier": "username"}]}},
        400,
        "missing_sign_up_identifiers",
    ),
    ({"signUp": {**SIGN_UP, "identifiers": ["username"] * 2}}, 400, "duplicated_sign_up_identifiers"),
    (
        {"signUp": {**SIGN_UP, "secondaryIdentifiers": [{"identifier": "username"}]}},
        400,
        "duplicated_sign_up_identifiers",
    ),
    (
        {
            "signUp": {
                "identifiers": ["email"],
                "password": True,
                "verify": True,
                "secondaryIdentifiers": [{"identifier": "emailOrPhone", "verify": True}],
            }
        },
        400,
        "duplicated_sign_up_identifiers",
    ),
    ({"signUp": {**SIGN_UP, "identifiers": ["email"]}}, 400, "passwordless_requires_verify"),
    (
        {"signUp": {**SIGN_UP, "verify": True, "secondaryIdentifiers": [{"identifier": "email"}]}},
        400,
        "passwordless_requires_verify",
    ),
    (
        {"signUp": {**SIGN_UP, "identifiers": ["email"], "verify": True}},
        400,
        "enabled_connector_not_found",
    ),
    ({"signIn": {"methods": [EMAIL_CODE]}}, 400, "enabled_connector_not_found"),
    (
        {"signIn": {"methods": [{**BY_USERNAME, "password": False}]}},
        400,
        "at_least_one_authentication_factor",
    ),
    (
        {
            "signUp": {"identifiers": ["username"], "password": False, "verify": True},
            "signIn": {"methods": [BY_EMAIL]},
        },
        400,
        "code_sign_in_must_be_enabled",
    ),
    ({"mfa": _mfa("Totp", "Totp")}, 400, "duplicated_mfa_factors"),
    ({"mfa": _mfa("BackupCode")}, 400, "backup_code_cannot_be_enabled_alone"),
    ({"adaptiveMfa": {"enabled": True}}, 422, "adaptive_mfa_requires_mfa"),
    (
        {"adaptiveMfa": {"enabled": True}, "mfa": _mfa("Totp", policy="Mandatory")},
        422,
        "adaptive_mfa_requires_non_skippable_policy",
    ),
    (
        {"mfa": _mfa("Totp", policy="PromptOnlyAtSignInMandatory")},
        422,
        "non_adaptive_mfa_requires_skippable_policy",
    ),
    ({"forgotPasswordMethods": ["EmailVerificationCode"]}, 400, "forgot_password_method_requires_connector"),
    (
        {"passwordExpiration": {"enabled": True, "validPeriodDays": 30}},
        422,
        "password_expiration_requires_forgot_password",
    ),
    (
        {"passwordExpiration": {"enabled": True, "validPeriodDays": 30}, "forgotPasswordMethods": None},
        422,
        "password_expiration_requires_forgot_password",
    ),
    ({"hideLogtoBranding": True}, 400, "request.invalid_input"),
    ({"customUiCsp": {"scriptSrc": ["https://example.com"]}}, 400, "request.invalid_input"),
    ({"emailBlocklistPolicy": {"blockDisposableAddresses": True}}, 400, "request.invalid_input"),
    *(
        ({"emailBlocklistPolicy": {"customAllowlist": [item]}}, 400, "invalid_custom_email_blocklist_format")
        for item in ("example.com", "@example", "@*.*", "a@b@example.com", "a b@example.com", "@.example.com", "@")
    ),
)


@on_sqlite
async def test_what_makes_no_sense_is_refused_and_nothing_changes(management: Visitor) -> None:
    before = await settings(management)
    for body, status, code in SENSELESS:
        answer = await management.patch(PATH, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, _whole(code)), body
        assert "{{" not in answer.json()["message"], body
        assert await settings(management) == before, body


def _whole(code: str) -> str:
    if code == "guard":
        return "guard.invalid_input"
    return code if "." in code else f"sign_in_experiences.{code}"


@on_sqlite
async def test_the_first_of_several_mistakes_is_told(management: Visitor) -> None:
    mistakes: list[tuple[str, Any, str]] = [
        ("hideLogtoBranding", True, "request.invalid_input"),
        ("forgotPasswordMethods", ["PhoneVerificationCode"], "forgot_password_method_requires_connector"),
        ("mfa", _mfa("BackupCode"), "backup_code_cannot_be_enabled_alone"),
        ("signIn", {"methods": [{**BY_USERNAME, "password": False}]}, "at_least_one_authentication_factor"),
        ("signUp", {**SIGN_UP, "identifiers": ["phone"]}, "passwordless_requires_verify"),
        ("languageInfo", {"autoDetect": True, "fallbackLanguage": "sv"}, "unsupported_default_language"),
        ("signUpProfileFields", [{"name": "a"}, {"name": "a"}], "request.invalid_input"),
    ]
    body: dict[str, Any] = {}
    for name, value, code in mistakes:
        body[name] = value
        answer = await management.patch(PATH, json=body)
        assert answer.json()["code"] == _whole(code)


@on_sqlite
async def test_second_factors_that_are_gone_are_not_asked_for_when_there_is_a_reason(management: Visitor) -> None:
    policy = "PromptOnlyAtSignInMandatory"
    changed = await change(management, mfa=_mfa("Totp", policy=policy), adaptiveMfa={"enabled": True})
    assert changed["adaptiveMfa"] == {"enabled": True}
    changed = await change(management, mfa=_mfa(policy="NoPrompt"))
    assert changed["adaptiveMfa"] == {"enabled": False}


@on_sqlite
async def test_an_expiration_that_is_off_is_stored_as_exactly_that(management: Visitor) -> None:
    changed = await change(management, passwordExpiration={"enabled": False, "validPeriodDays": 3, "enabledAt": 1})
    assert changed["passwordExpiration"] == {"enabled": False}


async def test_usernames_that_differ_by_case_keep_case_counting(management: Visitor, make: Factory) -> None:
    small = (await make.user(username="hokusai")).id
    capital = (await make.user(username="Hokusai")).id
    await make.user(username="hiroshige")

    refused = await management.patch(PATH, json={"usernamePolicy": {**POLICY, "caseSensitive": False}})

    told = {
        "totalConflicts": 1,
        "samples": [{"usernameLower": "hokusai", "userIds": sorted((small, capital))}],
    }
    assert refused.status_code == 409
    assert refused.json()["code"] == "sign_in_experiences.username_policy_case_conflicts_exist"
    assert refused.json()["data"] == told
    assert (await management.get(CONFLICTS)).json() == told
    assert (await settings(management))["usernamePolicy"] == POLICY


async def test_conflicts_are_counted_whole_and_shown_in_part(management: Visitor, make: Factory) -> None:
    for name in ("ando", "Ando", "bunko", "Bunko", "BUNKO"):
        await make.user(username=name)
    answer = (await management.get(CONFLICTS, params={"limit": 1})).json()
    assert (answer["totalConflicts"], [each["usernameLower"] for each in answer["samples"]]) == (2, ["ando"])
    whole = (await management.get(CONFLICTS)).json()["samples"]
    assert [len(each["userIds"]) for each in whole] == [2, 3]


@on_sqlite
@pytest.mark.parametrize("limit", ["0", "101", "many", "1.5"])
async def test_a_limit_is_a_number_up_to_a_hundred(management: Visitor, limit: str) -> None:
    answer = await management.get(CONFLICTS, params={"limit": limit})
    assert (answer.status_code, answer.json()["code"]) == (400, "guard.invalid_input")


async def test_users_are_found_in_any_case_from_when_case_stops_to_count(management: Visitor, make: Factory) -> None:
    await make.user(username="Hokusai")
    await change(management, usernamePolicy={**POLICY, "caseSensitive": False})
    taken = await management.post("/api/users", json={"username": "hOKUSAI"})
    assert taken.json()["code"] == "user.username_already_in_use"

    await change(management, usernamePolicy=POLICY)
    assert (await management.post("/api/users", json={"username": "hOKUSAI"})).status_code == 200
    again = await management.post("/api/users", json={"username": "Hokusai"})
    assert again.json()["code"] == "user.username_already_in_use"


async def test_who_came_while_others_went_by_the_old_policy_is_found_soon(
    management: Visitor, make: Factory, clock: ManualClock, runtime: Runtime
) -> None:
    await change(management, usernamePolicy={**POLICY, "caseSensitive": False})
    user = await make.user(username="Hokusai")
    async with make.services() as services:
        # As a process would that was not told yet.
        late = update(UserTable).where(UserTable.id == user.id).values(username_key="Hokusai")
        await services.uow.execute(late)

    clock.advance(EVERYBODY_KNOWS)
    runner = JobRunner(database=runtime.database, clock=clock, handlers={RENEW_USERNAME_KEYS: partial(_renew, runtime)})
    assert await runner.run_due() == 1

    taken = await management.post("/api/users", json={"username": "hokusai"})
    assert taken.json()["code"] == "user.username_already_in_use"


async def _renew(runtime: Runtime, job: Job, uow: UnitOfWork) -> None:
    urls = urls_of(job.tenant_id, origin="", public=runtime.public_urls)
    await WORK[job.name](runtime.services(urls=urls, uow=uow), job)


@on_sqlite
async def test_a_password_is_checked_against_the_policy(management: Visitor, make: Factory) -> None:
    user = await make.user(username="hokusai")
    good = await management.post(CHECK, json={"password": "Fuji-36-views", "userId": user.id})
    assert (good.status_code, good.json()) == (200, {"result": True})

    bad = await management.post(CHECK, json={"password": "hokusai1", "userId": user.id})
    assert (bad.status_code, bad.json()) == (
        400,
        {"result": False, "issues": [{"code": "password_rejected.restricted.user_info"}]},
    )
    short = await management.post(CHECK, json={"password": "x7", "userId": user.id})
    assert short.json()["issues"][0] == {"code": "password_rejected.too_short", "interpolation": {"min": 8}}


@on_sqlite
async def test_whose_password_it_is_matters_unless_the_policy_says_otherwise(management: Visitor) -> None:
    refused = await management.post(CHECK, json={"password": "Fuji-36-views"})
    assert (refused.status_code, refused.json()["code"]) == (400, "request.invalid_input")
    await change(management, passwordPolicy={"rejects": {"userInfo": False}})
    assert (await management.post(CHECK, json={"password": "Fuji-36-views"})).json() == {"result": True}


@on_sqlite
async def test_pages_of_a_tenants_own_need_a_place_and_are_never_for_administrators(
    management: Visitor, admin_management: Visitor
) -> None:
    path = f"{PATH}/default/custom-ui-assets"
    pages = {"file": ("ui.zip", b"PK", "application/zip")}
    refused = await management.post(path, files=pages)
    assert (refused.status_code, refused.json()["code"]) == (400, "storage.not_configured")
    never = await admin_management.post(f"/t/admin{path}", files=pages)
    assert (never.status_code, never.json()["code"]) == (400, "guard.not_allowed_for_admin_tenant")


async def test_settings_of_a_tenant_are_its_own(management: Visitor, admin_management: Visitor) -> None:
    before = (await admin_management.get(f"/t/admin{PATH}")).json()
    await change(management, customCss="a {}", signInMode="SignIn")
    assert (await admin_management.get(f"/t/admin{PATH}")).json() == before


@on_sqlite
async def test_who_may_not_manage_learns_nothing(visitor: Visitor) -> None:
    for method, path in (("GET", PATH), ("PATCH", PATH), ("POST", CHECK), ("GET", CONFLICTS)):
        assert (await visitor.request(method, path)).status_code == 401
