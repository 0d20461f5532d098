"""Asking providers whether a token was given to a person (experience.md §13.1)."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sekisho.captcha.check import ProviderCheck
from sekisho.captcha.models import CaptchaConfig, CaptchaMode, CaptchaType
from sekisho.kernel.secret import Secret
from sekisho.outbound.client import OutboundAnswer, OutboundFailed

TURNSTILE = CaptchaConfig(type=CaptchaType.TURNSTILE, site_key="site", secret_key=Secret("hush"))


class Provider:
    """Stands in for the client of outbound calls, and answers as told."""

    def __init__(self, answer: Any, *, status: int = 200) -> None:
        self._answer = answer
        self._status = status
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def client(self) -> "Provider":
        return self

    async def request(self, method: str, url: str, **what: Any) -> OutboundAnswer:
        assert method == "POST"
        self.asked.append((url, what))
        if isinstance(self._answer, Exception):
            raise self._answer
        return OutboundAnswer(status=self._status, headers={}, body=json.dumps(self._answer).encode(), url=url)


def recaptcha(mode: CaptchaMode | None = None) -> CaptchaConfig:
    return CaptchaConfig(
        type=CaptchaType.RECAPTCHA_ENTERPRISE,
        site_key="site",
        secret_key=Secret("hu&sh"),
        project_id="../project",
        mode=mode,
    )


def assessment(*, valid: bool = True, score: float = 0.9) -> dict[str, Any]:
    return {"tokenProperties": {"valid": valid}, "riskAnalysis": {"score": score}}


async def test_turnstile_is_sent_the_token_with_the_secret_in_the_body() -> None:
    provider = Provider({"success": True})
    assert await ProviderCheck(provider).is_human("tok", config=TURNSTILE)  # type: ignore[arg-type] # a stand-in
    ((url, what),) = provider.asked
    assert url == "https://challenges.cloudflare.com/turnstile/v0/siteverify"
    assert what == {"form": {"secret": "hush", "response": "tok"}}


async def test_recaptcha_is_asked_for_an_assessment_of_the_tenants_project_and_no_other() -> None:
    provider = Provider(assessment())
    assert await ProviderCheck(provider).is_human("tok", config=recaptcha())  # type: ignore[arg-type]
    ((url, what),) = provider.asked
    parts = urlsplit(url)
    assert (parts.netloc, parts.path) == (
        "recaptchaenterprise.googleapis.com",
        "/v1/projects/..%2Fproject/assessments",
    )
    assert parse_qs(parts.query) == {"key": ["hu&sh"]}
    assert what == {"json": {"event": {"token": "tok", "siteKey": "site", "expectedAction": "interaction"}}}


@pytest.mark.parametrize(
    ("answer", "config", "is_human"),
    [
        ({"success": False}, TURNSTILE, False),
        ({"success": "true"}, TURNSTILE, False),
        ({}, TURNSTILE, False),
        ([], TURNSTILE, False),
        (OutboundFailed("away"), TURNSTILE, False),
        (assessment(score=0.5), recaptcha(CaptchaMode.INVISIBLE), True),
        (assessment(score=0.49), recaptcha(CaptchaMode.INVISIBLE), False),
        (assessment(score=0.49), recaptcha(), False),
        (assessment(score=0.1), recaptcha(CaptchaMode.CHECKBOX), True),
        (assessment(valid=False), recaptcha(CaptchaMode.CHECKBOX), False),
        (assessment(valid=False), recaptcha(), False),
        ({"tokenProperties": {"valid": True}}, recaptcha(), False),
        ({"error": {"code": 403}}, recaptcha(), False),
    ],
)
async def test_only_a_clear_yes_is_a_yes(answer: Any, config: CaptchaConfig, is_human: bool) -> None:  # noqa: FBT001 — a column of the table
    assert await ProviderCheck(Provider(answer)).is_human("tok", config=config) is is_human  # type: ignore[arg-type]


async def test_a_yes_with_a_refusals_status_is_a_no() -> None:
    provider = Provider({"success": True}, status=500)
    assert not await ProviderCheck(provider).is_human("tok", config=TURNSTILE)  # type: ignore[arg-type]
