"""Asks a provider whether a token was given to a person (experience.md §13.1). Whatever goes wrong means no."""

from typing import Any, Protocol, assert_never
from urllib.parse import quote, urlencode

import structlog

from sekisho.captcha.models import CaptchaConfig, CaptchaMode, CaptchaType
from sekisho.outbound.on_demand import OutboundOnDemand

_TURNSTILE = "https://challenges.cloudflare.com/turnstile/v0/siteverify"
_RECAPTCHA = "https://recaptchaenterprise.googleapis.com/v1/projects"
_LEAST_SCORE = 0.5
# What the widget reports its visitor did.
_ACTION = "interaction"

log = structlog.get_logger(__name__)


class CaptchaCheck(Protocol):
    """Tells people from programs."""

    async def is_human(self, token: str, *, config: CaptchaConfig) -> bool: ...


class ProviderCheck:
    """Implements `CaptchaCheck` by asking whoever the tenant configured."""

    def __init__(self, outbound: OutboundOnDemand) -> None:
        self._outbound = outbound

    async def is_human(self, token: str, *, config: CaptchaConfig) -> bool:
        try:
            match config.type:
                case CaptchaType.TURNSTILE:
                    return await self._ask_turnstile(token, config)
                case CaptchaType.RECAPTCHA_ENTERPRISE:
                    return await self._ask_recaptcha(token, config)
                case _:
                    assert_never(config.type)
        # An outage of a provider must not open the door to programs, nor be a failure of ours.
        except Exception as error:  # noqa: BLE001 — whatever ails the provider, its answer is no
            log.warning("captcha provider not usable", provider=config.type, error=type(error).__name__)
            return False

    async def _ask_turnstile(self, token: str, config: CaptchaConfig) -> bool:
        form = {"secret": config.secret_key.reveal(), "response": token}
        answer = await self._outbound.client().request("POST", _TURNSTILE, form=form)
        return answer.is_success and answer.json().get("success") is True

    async def _ask_recaptcha(self, token: str, config: CaptchaConfig) -> bool:
        key = urlencode({"key": config.secret_key.reveal()})
        url = f"{_RECAPTCHA}/{quote(config.project_id or '', safe='')}/assessments?{key}"
        event = {"token": token, "siteKey": config.site_key, "expectedAction": _ACTION}
        answer = await self._outbound.client().request("POST", url, json={"event": event})
        return answer.is_success and _is_trusted(answer.json(), mode=config.mode)


def _is_trusted(assessment: Any, *, mode: CaptchaMode | None) -> bool:
    """Tell whether an assessment speaks for a person: whoever ticked a box has been asked already."""
    if assessment["tokenProperties"]["valid"] is not True:
        return False
    return mode is CaptchaMode.CHECKBOX or assessment["riskAnalysis"]["score"] >= _LEAST_SCORE
