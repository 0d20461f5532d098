"""Moves of who proves an address by a code: say who one is, have a code sent, give it back, go on."""

from typing import assert_never

from sekisho.experience.dispatch import (
    AskCode,
    AskNewPassword,
    CodePlace,
    Step,
    after_identifier,
    after_taken,
    after_unknown,
)
from sekisho.experience.errors import UserNotExist
from sekisho.experience.flow import Flow
from sekisho.experience.moves import begin, go_on, taken
from sekisho.experience.notes import Notes
from sekisho.experience.state import InteractionEvent
from sekisho.kernel.secret import Secret
from sekisho.sign_in.models import SignInExperience, SignInMethod
from sekisho.users.errors import EmailInUse, PhoneInUse
from sekisho.users.models import Identifier
from sekisho.verification.errors import VerificationNotFound

_EVENTS = {
    CodePlace.SIGN_IN: InteractionEvent.SIGN_IN,
    CodePlace.REGISTER: InteractionEvent.REGISTER,
    CodePlace.FORGOT_PASSWORD: InteractionEvent.FORGOT_PASSWORD,
}


async def say_who(
    flow: Flow, *, identifier: Identifier, method: SignInMethod, captcha_token: str | None, locale: str
) -> Step:
    """Say who one is, where the password or the code comes after."""

    async def move() -> Step:
        await begin(flow, InteractionEvent.SIGN_IN, captcha_token=captcha_token)
        flow.notes = Notes(identifier=identifier)
        step = after_identifier(method)
        if isinstance(step, AskCode):
            await _send(flow, identifier, InteractionEvent.SIGN_IN, locale=locale)
        return step

    return await taken(flow, move)


async def ask_for_code(
    flow: Flow, place: CodePlace, *, identifier: Identifier, captcha_token: str | None = None, locale: str
) -> Step:
    """Have a code sent. Who continues has begun already, and so has who signs in another way than he began."""

    async def move() -> Step:
        if place is not CodePlace.CONTINUE and not _is_under_way(flow, _EVENTS[place], identifier):
            await begin(flow, _EVENTS[place], captcha_token=captcha_token)
        await _send(flow, identifier, flow.state.event, locale=locale)
        return AskCode(place)

    return await taken(flow, move)


async def answer_with_password(flow: Flow, *, password: Secret) -> Step:
    """Prove who one said one is by the password, and come in."""

    async def move() -> Step:
        proof = await flow.verify_password(identifier=_named(flow), password=password)
        await flow.identify(verification_id=proof)
        return await flow.submit()

    return await taken(flow, move)


async def answer_with_code(flow: Flow, place: CodePlace, *, code: str, settings: SignInExperience) -> Step:
    """Give a code back, and go on with what it proves."""

    async def move() -> Step:
        identifier, record_id = _named(flow), _record(flow)
        await flow.verify_code(identifier=identifier, verification_id=record_id, code=code)
        match place:
            case CodePlace.CONTINUE:
                return await _add(flow, settings=settings)
            case CodePlace.FORGOT_PASSWORD:
                await flow.identify(verification_id=record_id)
                return AskNewPassword()
            case CodePlace.SIGN_IN | CodePlace.REGISTER:
                return await _come_in(flow, settings=settings)
            case _:
                assert_never(place)

    return await taken(flow, move)


async def come_in_as(flow: Flow, event: InteractionEvent) -> Step:
    """Sign in instead of registering, or the other way round, with the address that was proven.

    Who came by a provider to register takes his account there along.
    """

    async def move() -> Step:
        await flow.switch(event)
        await flow.identify(verification_id=_record(flow))
        account = flow.state.social
        if event is InteractionEvent.SIGN_IN and account is not None and account.is_verified:
            await flow.stage_social_identity(account.id)
        return await flow.submit()

    return await taken(flow, move)


async def choose_new_password(flow: Flow, *, password: Secret) -> Step:
    """Choose another password, and be done."""

    async def move() -> Step:
        await flow.stage_new_password(password)
        return await flow.submit()

    return await taken(flow, move)


async def _come_in(flow: Flow, *, settings: SignInExperience) -> Step:
    try:
        await flow.identify(verification_id=_record(flow))
    except UserNotExist as error:
        return after_unknown(_named(flow), error, settings=settings)
    except (EmailInUse, PhoneInUse) as error:
        return after_taken(_named(flow), error, settings=settings)
    return await flow.submit()


async def _add(flow: Flow, *, settings: SignInExperience) -> Step:
    """Add the address that was proven; who came by a provider may find that it is his account's (§15)."""
    identifier = _named(flow)
    try:
        await flow.stage_identifier(identifier.type, verification_id=_record(flow))
    except (EmailInUse, PhoneInUse) as error:
        if flow.state.user_id is None and flow.state.has_social_account:
            return after_taken(identifier, error, settings=settings)
        raise
    return await go_on(flow)


async def _send(flow: Flow, identifier: Identifier, event: InteractionEvent, *, locale: str) -> None:
    record_id = await flow.send_code(identifier=identifier, event=event, locale=locale)
    flow.notes = Notes(identifier=identifier, record_id=record_id, code_sent_at=flow.now)


def _is_under_way(flow: Flow, event: InteractionEvent, identifier: Identifier) -> bool:
    return flow.is_begun and flow.state.event is event and flow.notes.identifier == identifier


def _named(flow: Flow) -> Identifier:
    if flow.notes.identifier is None:
        raise VerificationNotFound
    return flow.notes.identifier


def _record(flow: Flow) -> str:
    if flow.notes.record_id is None:
        raise VerificationNotFound
    return flow.notes.record_id
