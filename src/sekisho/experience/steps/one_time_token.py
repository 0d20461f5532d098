"""Proving an e-mail address by a token that came in a link to it (experience.md §4.2 and §17.2)."""

from dataclasses import dataclass, replace

from sekisho.experience.desk import Desk
from sekisho.experience.state import ExperienceState
from sekisho.kernel.errors import DomainError
from sekisho.kernel.secret import Secret
from sekisho.security.models import Action, Attempt, Limits
from sekisho.users.models import Identifier
from sekisho.verification.one_time_token import OneTimeTokenVerification


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenProof:
    """A token that was used up, and the attempt that is uncounted when the flow is saved."""

    state: ExperienceState
    record: OneTimeTokenVerification
    attempt: Attempt

    async def settle(self, desk: Desk) -> None:
        await desk.sentinel.succeeded(self.attempt)


async def use_one_time_token(
    desk: Desk, state: ExperienceState, *, identifier: Identifier, token: Secret
) -> TokenProof:
    """Use a token up, in the transaction that keeps what it proves; raises what speaks against it."""
    policy = (await desk.sign_in.get()).sentinel_policy
    limits = Limits(attempts=policy.attempts, lockout=policy.lockout)
    attempt = await desk.sentinel.admit(identifier, action=Action.ONE_TIME_TOKEN, limits=limits)
    try:
        used = await desk.one_time_tokens.consume(token.reveal(), email=identifier.value, event=state.event.value)
    except DomainError:
        # Two that use one link at once: the slower one has written nothing, but holds a transaction.
        await desk.uow.abandon()
        await desk.sentinel.failed(attempt)
        raise
    record = OneTimeTokenVerification(
        id=desk.ids.standard(), identifier=identifier, is_verified=True, context=used.context
    )
    captcha = replace(state.captcha, is_skipped=True)
    return TokenProof(state=replace(state.with_record(record), captcha=captcha), record=record, attempt=attempt)
