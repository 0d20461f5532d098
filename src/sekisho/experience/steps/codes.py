"""Proving an e-mail address or a phone number by a code that was sent there (experience.md §4.2, §11).

Attack: finding out which accounts exist. Where a code is of use to account holders alone, nobody else is sent one, and
the answer, what is kept and the time it takes are the same as if it had been.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, assert_never

from sekisho.connectors.kit.messages import TemplateType
from sekisho.experience.desk import Desk
from sekisho.experience.errors import CaptchaRequired
from sekisho.experience.state import ExperienceState, InteractionEvent
from sekisho.messages.models import Delivery
from sekisho.oidc.models import Interaction
from sekisho.security.models import Action, Attempt, Limits
from sekisho.sign_in.email_blocklist import check_email
from sekisho.sign_in.models import SignInExperience, SignInMode, SignUp, SignUpIdentifier
from sekisho.users.models import Identifier, IdentifierType
from sekisho.verification.code import CodeVerification, code_verification_type
from sekisho.verification.errors import VerificationNotFound
from sekisho.verification_codes.errors import CodeRefused
from sekisho.verification_codes.models import Errand, PendingCode

_LANGUAGE_TAG = re.compile(r"[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*")  # RFC 5646 §2.1, roughly
_TEMPLATES: Mapping[InteractionEvent, TemplateType] = {
    InteractionEvent.SIGN_IN: TemplateType.SIGN_IN,
    InteractionEvent.REGISTER: TemplateType.REGISTER,
    InteractionEvent.FORGOT_PASSWORD: TemplateType.FORGOT_PASSWORD,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeProof:
    """A code that matched, and what is to be written when the flow is saved."""

    state: ExperienceState
    record: CodeVerification
    attempt: Attempt
    pending: PendingCode

    async def settle(self, desk: Desk) -> None:
        """Use the code up in the transaction that keeps what it proved, and uncount the attempt."""
        await desk.verification_codes.consume(self.pending)
        await desk.sentinel.succeeded(self.attempt)


async def send_code(
    desk: Desk, state: ExperienceState, *, identifier: Identifier, event: InteractionEvent, variables: Mapping[str, Any]
) -> tuple[ExperienceState, CodeVerification]:
    """Send a code for `event`, which a page may name before the flow is switched to it."""
    settings = await desk.sign_in.get()
    if state.user_id is None and settings.captcha_policy.is_on and not state.captcha.is_passed:
        raise CaptchaRequired
    if event is InteractionEvent.REGISTER and identifier.type is IdentifierType.EMAIL:
        check_email(identifier.value, policy=settings.email_blocklist_policy)
    template = _template(state, event, identifier.type, sign_up=settings.sign_up)
    record = CodeVerification(id=desk.ids.standard(), identifier=identifier, template=template.value)
    delivery = await _delivery(desk, state, event, identifier, settings=settings)
    await desk.verification_codes.send(_errand(record, identifier), variables=variables, delivery=delivery)
    return state.with_record(record), record


async def verify_code(
    desk: Desk, state: ExperienceState, *, identifier: Identifier, record_id: str, code: str
) -> CodeProof:
    """Check a code that came back; raises a `CodeRefused`, `TooManyAttempts`, and others."""
    record = sent_code(state, record_id, identifier.type)
    policy = (await desk.sign_in.get()).sentinel_policy
    limits = Limits(attempts=policy.attempts, lockout=policy.lockout)
    attempt = await desk.sentinel.admit(identifier, action=Action.VERIFICATION_CODE, limits=limits)
    try:
        pending = await desk.verification_codes.check(code, _errand(record, identifier))
    except CodeRefused:
        await desk.sentinel.failed(attempt)
        raise
    verified = replace(record, is_verified=True)
    return CodeProof(state=state.with_record(verified), record=verified, attempt=attempt, pending=pending)


def sent_code(state: ExperienceState, record_id: str, identifier: IdentifierType) -> CodeVerification:
    """Return the record of a code sent to such an identifier; raises `VerificationNotFound`."""
    record = state.record(record_id)
    if isinstance(record, CodeVerification) and record.type is code_verification_type(identifier):
        return record
    raise VerificationNotFound


async def variables_of(desk: Desk, interaction: Interaction, *, locale: str, to: IdentifierType) -> dict[str, Any]:
    """Return what templates may say of a flow.

    Facts come from the interaction, where the provider put them: a browser can write what it likes into `_logto`.
    """
    variables: dict[str, Any] = {"locale": locale}
    # Attack: words and links of a stranger's, which our mail would carry to whomever he names.
    if ui_locales := " ".join(filter(_LANGUAGE_TAG.fullmatch, interaction.params.get("ui_locales", "").split())):
        variables["uiLocales"] = ui_locales
    if to is IdentifierType.EMAIL:
        variables |= await desk.message_variables.of_application(interaction.client_id)
    return variables


def _template(
    state: ExperienceState, event: InteractionEvent, identifier: IdentifierType, *, sign_up: SignUp
) -> TemplateType:
    if state.user_id is not None and not _signs_up_with(sign_up, identifier):
        return TemplateType.BIND_MFA
    return _TEMPLATES[event]


def _signs_up_with(sign_up: SignUp, identifier: IdentifierType) -> bool:
    names = {SignUpIdentifier(identifier.value), SignUpIdentifier.EMAIL_OR_PHONE}
    return identifier in sign_up.identifiers or not names.isdisjoint(sign_up.secondary)


async def _delivery(
    desk: Desk,
    state: ExperienceState,
    event: InteractionEvent,
    identifier: Identifier,
    *,
    settings: SignInExperience,
) -> Delivery:
    match event:
        case InteractionEvent.REGISTER:
            return Delivery.OPEN
        case InteractionEvent.SIGN_IN:
            # Where people may register, an unknown address is asked to: everybody is sent a code.
            if state.user_id is not None or settings.sign_in_mode is not SignInMode.SIGN_IN:
                return Delivery.OPEN
        case InteractionEvent.FORGOT_PASSWORD:
            pass
        case _:
            assert_never(event)
    is_known = await desk.users.find_by_identifier(identifier) is not None
    return Delivery.DISCREET if is_known else Delivery.SILENT


def _errand(record: CodeVerification, recipient: Identifier) -> Errand:
    return Errand(purpose=TemplateType(record.template), recipient=recipient, record_id=record.id)
