"""When the person must be asked something before the application gets its answer: a policy as data (oidc.md §9.1).

The first prompt with a reason is shown; with `prompt=none` the first reason becomes the error instead.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sekisho.oidc.acr import reached
from sekisho.oidc.authorize.request import AuthorizationRequest
from sekisho.oidc.errors import ConsentRequired, InteractionRequired, LoginRequired, OAuthError
from sekisho.oidc.models import ApplicationKind, Grant, Prompt, Scopes
from sekisho.oidc.scopes import OIDC_SCOPES


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything a reason may look at."""

    request: AuthorizationRequest
    now: datetime
    account_id: str | None
    login_at: datetime | None
    grant: Grant | None
    #: What the pages of this flow have already brought (`login`, `consent`).
    outcome: Mapping[str, Any] = field(default_factory=dict)
    #: Per requested resource: the requested scopes the person may have.
    available: Mapping[str, Scopes] = field(default_factory=dict)

    def is_pending(self, prompt: str) -> bool:
        """Tell whether the application asked for this prompt and has not had it yet."""
        return prompt in self.request.prompts and prompt not in self.outcome


@dataclass(frozen=True, slots=True)
class Reason:
    """`find` returns None when there is no reason, else the details for the page."""

    name: str
    find: Callable[[Situation], Mapping[str, Any] | None]
    error: Callable[[], OAuthError]


@dataclass(frozen=True, slots=True)
class PromptRule:
    name: str
    reasons: Sequence[Reason]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """A prompt that must be shown, and what to say instead when nothing may be shown."""

    prompt: Prompt
    error: OAuthError


def _when(condition: Callable[[Situation], bool]) -> Callable[[Situation], Mapping[str, Any] | None]:
    return lambda situation: {} if condition(situation) else None


def _is_too_old(situation: Situation) -> bool:
    max_age = situation.request.max_age
    if max_age is None or "login" in situation.outcome:
        return False
    return situation.login_at is None or situation.now - situation.login_at > max_age


def _is_below_level(situation: Situation) -> bool:
    levels = situation.request.acr_levels
    return bool(levels) and reached(levels, login_at=situation.login_at, now=situation.now) is None


def _is_somebody_else(situation: Situation) -> bool:
    hinted = situation.request.hinted_account
    return hinted is not None and situation.account_id is not None and hinted != situation.account_id


def missing_scopes(grant: Grant | None, requested: Scopes) -> Scopes:
    """Return the requested OpenID scopes that were neither granted nor refused."""
    decided = set() if grant is None else {*grant.scopes, *grant.rejected_scopes}
    return [scope for scope in requested if scope in OIDC_SCOPES and scope not in decided]


def missing_resource_scopes(grant: Grant | None, available: Mapping[str, Scopes]) -> Mapping[str, Scopes]:
    """Return, per resource, the scopes within reach that were neither granted nor refused."""
    missing: dict[str, Scopes] = {}
    for indicator, scopes in available.items():
        decided = (
            set()
            if grant is None
            else {*grant.resources.get(indicator, ()), *grant.rejected_resources.get(indicator, ())}
        )
        if left := [scope for scope in scopes if scope not in decided]:
            missing[indicator] = left
    return missing


def _missing_scopes(situation: Situation) -> Mapping[str, Any] | None:
    missing = missing_scopes(situation.grant, situation.request.scopes)
    return {"missingOIDCScope": missing} if missing else None


def _missing_resource_scopes(situation: Situation) -> Mapping[str, Any] | None:
    missing = missing_resource_scopes(situation.grant, situation.available)
    return {"missingResourceScopes": missing} if missing else None


def _scopes_missing() -> OAuthError:
    return ConsentRequired("requested scopes not granted")


PROMPTS: Sequence[PromptRule] = (
    PromptRule(
        "login",
        (
            Reason("login_prompt", _when(lambda it: it.is_pending("login")), LoginRequired),
            Reason("no_session", _when(lambda it: it.account_id is None), LoginRequired),
            Reason(
                "max_age",
                _when(_is_too_old),
                lambda: LoginRequired("End-User authentication could not be obtained"),
            ),
            Reason(
                "acr_values",
                _when(_is_below_level),
                lambda: LoginRequired("End-User authentication could not be obtained"),
            ),
            Reason(
                "id_token_hint",
                _when(_is_somebody_else),
                lambda: LoginRequired("id_token_hint and authenticated subject do not match"),
            ),
        ),
    ),
    PromptRule(
        "consent",
        (
            Reason("consent_prompt", _when(lambda it: it.is_pending("consent")), ConsentRequired),
            # RFC 8252 §8.6: another application may claim a native client's redirect URI, so the person always sees it.
            Reason(
                "native_client_prompt",
                _when(lambda it: it.request.client.kind is ApplicationKind.NATIVE and "consent" not in it.outcome),
                lambda: InteractionRequired("native clients require End-User interaction"),
            ),
            Reason("op_scopes_missing", _missing_scopes, _scopes_missing),
            Reason("rs_scopes_missing", _missing_resource_scopes, _scopes_missing),
        ),
    ),
)


def unmet(situation: Situation) -> Unmet | None:
    """Return the first prompt that has a reason, with all its reasons; None when nothing needs asking."""
    for rule in PROMPTS:
        found = [(reason, details) for reason in rule.reasons if (details := reason.find(situation)) is not None]
        if found:
            details = {name: value for _, each in found for name, value in each.items()}
            prompt = Prompt(name=rule.name, reasons=[reason.name for reason, _ in found], details=details)
            return Unmet(prompt=prompt, error=found[0][0].error())
    return None
